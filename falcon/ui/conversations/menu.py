"""What a person does to a conversation in the list: rename, pin, delete, undo."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from falcon.conversation import Conversation
from falcon.errors import HistoryError
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.conversations.opened import (
    conversation,
    show_conversation,
    start_new_conversation,
)
from falcon.ui.labels import plain
from falcon.ui.language import mark, say, speaker

if TYPE_CHECKING:
    from falcon.history import Summary

RENAMED_KEY = "conversation_renamed"
"""The id of the conversation whose name is being written."""
TITLE_KEY = "conversation_title"
DELETED_KEY = "conversation_deleted"
PROBLEM_KEY = "conversation_list_problem"
LONGEST_TITLE = 200
SECONDS_TO_UNDO = 60.0

RENAME = mark(":material/edit: Rename")
PIN = mark(":material/keep: Pin")
UNPIN = mark(":material/keep_off: Unpin")
DELETE = mark(":material/delete: Delete")


@dataclass(frozen=True, slots=True)
class _Deleted:
    id: str
    title: str
    was_open: bool
    when: float


def draw_menu(registry: Registry, summary: Summary) -> None:
    key = f"conversation_menu_{summary.id}"
    st.menu_button(
        say(texts.CONVERSATION_MENU, title=plain(summary.title)),
        (RENAME, UNPIN if summary.is_pinned else PIN, DELETE),
        key=key,
        format_func=speaker(),
        type="tertiary",
        icon=":material/more_vert:",
        on_click=_act,
        args=(registry, summary, key),
    )


def is_renamed(conversation_id: str) -> bool:
    """Whether the name of this conversation is being written."""
    return bool(st.session_state.get(RENAMED_KEY) == conversation_id)


def draw_rename(registry: Registry, summary: Summary) -> None:
    st.text_input(
        say(texts.CONVERSATION_NAME),
        summary.title,
        key=TITLE_KEY,
        max_chars=LONGEST_TITLE,
        label_visibility="collapsed",
        on_change=_rename,
        args=(registry, summary.id),
    )
    st.button(
        say(texts.CONVERSATION_NAME_KEEP),
        key="rename_end",
        icon=":material/check:",
        help=say(texts.CONVERSATION_NAME_KEEP),
        type="tertiary",
        on_click=_end_rename,
    )


def draw_undo(registry: Registry) -> None:
    """Offer to have back what was deleted a moment ago; say what did not work."""
    deleted: _Deleted | None = st.session_state.get(DELETED_KEY)
    if problem := st.session_state.pop(PROBLEM_KEY, None):
        st.error(say(problem), icon=":material/error:")
    elif deleted is not None and time.time() - deleted.when < SECONDS_TO_UNDO:
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.caption(say(texts.DELETED, title=plain(deleted.title)), width="stretch")
            st.button(
                say("Undo"),
                key="undo_delete",
                icon=":material/undo:",
                on_click=_undo,
                args=(registry, deleted),
            )
    else:
        st.empty()


def _act(registry: Registry, summary: Summary, key: str) -> None:
    st.session_state.pop(RENAMED_KEY, None)
    match st.session_state[key]:
        case chosen if chosen == RENAME:
            st.session_state[RENAMED_KEY] = summary.id
        case chosen if chosen == DELETE:
            _delete(registry, summary)
        case chosen:
            _change(registry, summary.id, _pinned if chosen == PIN else _unpinned)


def _pinned(old: Conversation) -> Conversation:
    return replace(old, is_pinned=True)


def _unpinned(old: Conversation) -> Conversation:
    return replace(old, is_pinned=False)


def _rename(registry: Registry, conversation_id: str) -> None:
    title = " ".join(st.session_state[TITLE_KEY].split())
    _change(registry, conversation_id, lambda old: replace(old, title=title))
    _end_rename()


def _end_rename() -> None:
    st.session_state.pop(RENAMED_KEY, None)


def _change(
    registry: Registry,
    conversation_id: str,
    change: Callable[[Conversation], Conversation],
) -> None:
    try:
        registry.change(conversation_id, change)
    except HistoryError as error:
        st.session_state[PROBLEM_KEY] = error
        return
    st.session_state[PROBLEM_KEY] = registry.problem(conversation_id)


def _delete(registry: Registry, summary: Summary) -> None:
    try:
        registry.delete(summary.id)
    except HistoryError as error:
        st.session_state[PROBLEM_KEY] = error
        return
    was_open = conversation().id == summary.id
    if was_open:
        start_new_conversation()
    st.session_state[DELETED_KEY] = _Deleted(
        summary.id, summary.title, was_open, time.time()
    )


def _undo(registry: Registry, deleted: _Deleted) -> None:
    try:
        registry.restore(deleted.id)
    except HistoryError as error:
        st.session_state[PROBLEM_KEY] = error
        return
    del st.session_state[DELETED_KEY]
    if deleted.was_open and not conversation().messages:
        show_conversation(deleted.id)
