"""One line about where the open conversation is kept and whose it is.

Says nothing where all is as anybody would expect: saved, in one's own list.
"""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation
from falcon.errors import HistoryError
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.conversations.opened import latest
from falcon.ui.conversations.owner import current_owner
from falcon.ui.language import say


def draw_saving(registry: Registry, conversation: Conversation) -> None:
    problem = registry.problem(conversation.id)
    if problem is not None:
        _draw_problem(registry, conversation, problem)
    elif conversation.is_temporary:
        st.caption(say(texts.TEMPORARY))
    elif _is_shared(conversation):
        st.caption(say(texts.SHARED_WITH_YOU))
    else:
        st.empty()


def _draw_problem(
    registry: Registry, conversation: Conversation, problem: HistoryError
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(say(texts.NOT_SAVED, problem=problem), icon=":material/cloud_off:")
        st.button(
            say("Try again"),
            key="save_again",
            icon=":material/refresh:",
            on_click=_save_again,
            args=(registry, conversation),
        )


def _is_shared(conversation: Conversation) -> bool:
    owner = current_owner()
    # One that its browser does not keep may have been the same person's.
    return (
        owner is not None and owner.is_kept and conversation.owner not in ("", owner.id)
    )


def _save_again(registry: Registry, conversation: Conversation) -> None:
    registry.save(latest(registry, conversation))
