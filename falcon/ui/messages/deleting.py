"""Delete a message and what follows it, and have it back."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from falcon.conversation import Conversation
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.language import say

DELETED_KEY = "messages_deleted"


@dataclass(frozen=True, slots=True)
class _Deleted:
    before: Conversation
    count: int


def delete(registry: Registry, conversation_id: str, message_id: str) -> None:
    """Take the message and what follows out of the conversation.

    An answer that is growing there ends.
    """
    before = registry.load(conversation_id)
    if before is None or message_id not in before.messages:
        return
    gone = before.messages.keys() - before.without(message_id).messages.keys()
    running = registry.generation(conversation_id)
    if running is not None and any(before.messages[each].is_growing for each in gone):
        running.stop()
        before = registry.load(conversation_id) or before
    registry.change(
        conversation_id,
        lambda conversation: (
            conversation.without(message_id)
            if message_id in conversation.messages
            else conversation
        ),
    )
    st.session_state[DELETED_KEY] = _Deleted(before, len(gone))


def forget_deleted() -> None:
    """Offer no more to have back what was deleted."""
    st.session_state.pop(DELETED_KEY, None)


def draw_undo(registry: Registry, conversation: Conversation) -> None:
    """Say what was just deleted in this conversation, with the way back."""
    deleted: _Deleted | None = st.session_state.get(DELETED_KEY)
    if deleted is None or deleted.before.id != conversation.id:
        st.empty()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if deleted.count == 1:
            said = say(texts.MESSAGE_DELETED)
        else:
            said = say(texts.MESSAGES_DELETED, count=deleted.count)
        st.caption(said, width="content")
        st.button(
            say("Undo"),
            icon=":material/undo:",
            type="tertiary",
            on_click=_undo,
            args=(registry, deleted),
        )


def _undo(registry: Registry, deleted: _Deleted) -> None:
    registry.change(
        deleted.before.id,
        lambda conversation: conversation.with_again(deleted.before),
    )
    forget_deleted()
