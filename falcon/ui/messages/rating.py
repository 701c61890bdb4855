"""Thumbs up or down for an answer, and why."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from falcon.conversation import Conversation, Message, Rating
from falcon.registry import Registry
from falcon.ui.language import say

_THUMBS: dict[int | None, Rating | None] = {None: None, 0: "bad", 1: "good"}
_VALUES = {rating: value for value, rating in _THUMBS.items()}


def draw_rating(registry: Registry, conversation_id: str, message: Message) -> None:
    arguments = (registry, conversation_id, message.id)
    key = f"rating_{message.id}"
    st.session_state[key] = _VALUES[message.rating]
    st.feedback("thumbs", key=key, on_change=_keep, args=arguments)
    if message.rating is None:
        st.empty()
        return
    with st.popover(say("Comment"), icon=":material/add_comment:", type="tertiary"):
        st.text_area(
            say("What was good or bad about it?"),
            message.comment,
            key=f"comment_{message.id}",
            on_change=_keep,
            args=arguments,
        )


def _keep(registry: Registry, conversation_id: str, message_id: str) -> None:
    rating = _THUMBS[st.session_state[f"rating_{message_id}"]]
    comment: str | None = st.session_state.get(f"comment_{message_id}")

    def change(conversation: Conversation) -> Conversation:
        message = conversation.messages.get(message_id)
        if message is None:
            return conversation
        said = message.comment if comment is None else comment.strip()
        return conversation.replace(replace(message, rating=rating, comment=said))

    registry.change(conversation_id, change)
