"""The list of the conversations of this browser's owner, and the search in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from falcon.errors import HistoryError
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.conversations.menu import (
    draw_menu,
    draw_rename,
    draw_undo,
    is_renamed,
)
from falcon.ui.conversations.opened import conversation, show_conversation
from falcon.ui.conversations.owner import Owner, current_owner
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.narrow_screen import leave_sidebar

if TYPE_CHECKING:
    from falcon.history import Summary

SEARCH_KEY = "conversation_search"
SHOWN_KEY = "conversations_shown"
DRAWN_KEY = "conversations_drawn"
CONVERSATIONS_SHOWN = 15
LONGEST_SEARCH = 200


def draw_conversations(backend: Backend) -> None:
    if backend.history_problem is not None:
        st.warning(say(texts.NOT_ON_DISK, problem=backend.history_problem))
    draw_undo(backend.registry)
    search = st.text_input(
        say("Search conversations"),
        key=SEARCH_KEY,
        max_chars=LONGEST_SEARCH,
        placeholder=say("Search"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    owner = current_owner()
    try:
        _draw_list(backend.registry, owner, search)
    except HistoryError as error:
        st.caption(say(error))


def _draw_list(registry: Registry, owner: Owner | None, search: str) -> None:
    shown: int = st.session_state.setdefault(SHOWN_KEY, CONVERSATIONS_SHOWN)
    found = (
        registry.list(owner.id, search=search, limit=shown + 1)
        if owner is not None
        else ()
    )
    with st.container(key="conversation_list", gap=None):
        for summary in found[:shown]:
            _draw_row(registry, summary)
        # Until a run ends, what an earlier one drew further down stays in view.
        for _ in range(st.session_state.get(DRAWN_KEY, 0) - len(found)):
            st.empty()
    st.session_state[DRAWN_KEY] = len(found)
    if len(found) > shown:
        st.button(say("Show more"), on_click=_show_more, type="tertiary")
    else:
        st.empty()
    _say_what_is_missing(owner, search, is_empty=not found)


def _draw_row(registry: Registry, summary: Summary) -> None:
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap=None
    ):
        if is_renamed(summary.id):
            draw_rename(registry, summary)
            return
        st.button(
            plain(summary.title) or say(texts.NO_TITLE),
            key=f"conversation_{summary.id}",
            icon=":material/keep:" if summary.is_pinned else None,
            type="secondary" if summary.id == conversation().id else "tertiary",
            width="stretch",
            on_click=_open,
            args=(summary.id,),
        )
        draw_menu(registry, summary)


def _open(conversation_id: str) -> None:
    show_conversation(conversation_id)
    leave_sidebar()


def _show_more() -> None:
    st.session_state[SHOWN_KEY] += CONVERSATIONS_SHOWN


def _say_what_is_missing(owner: Owner | None, search: str, *, is_empty: bool) -> None:
    if owner is not None and is_empty:
        st.caption(say(texts.NOTHING_FOUND if search else texts.NO_CONVERSATIONS))
    elif owner is not None and not owner.is_kept:
        st.caption(say(texts.OWNER_NOT_KEPT))
    else:
        st.empty()
