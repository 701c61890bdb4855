"""Edit a question where it stands and send it again; what it was stays a version."""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation, Message
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.language import say
from falcon.ui.messages.wanted import want_answer

EDITED_KEY = "message_edited"


def edit(message_id: str) -> None:
    st.session_state[EDITED_KEY] = message_id


def is_edited(message: Message) -> bool:
    return st.session_state.get(EDITED_KEY) == message.id


def draw_editor(
    registry: Registry, conversation: Conversation, message: Message
) -> None:
    key = f"edit_{message.id}"
    with st.form(f"form_{message.id}", border=False):
        st.text_area(
            say("Edit the question"),
            message.text,
            key=key,
            label_visibility="collapsed",
        )
        with st.container(horizontal=True):
            st.form_submit_button(
                say("Send"),
                type="primary",
                on_click=_send,
                args=(registry, conversation.id, message.id, key),
            )
            st.form_submit_button(say("Cancel"), on_click=_close)


def _send(registry: Registry, conversation_id: str, message_id: str, key: str) -> None:
    text = st.session_state[key].strip()
    running = registry.generation(conversation_id)
    if running is not None and not running.ended:
        st.toast(say(texts.BUSY_EDIT))
        return
    if not text:
        return
    edited = Message("user", text)

    def add(conversation: Conversation) -> Conversation:
        if message_id not in conversation.messages:
            return conversation
        parent_id = conversation.messages[message_id].parent_id
        return conversation.add(edited, after=parent_id)

    registry.change(conversation_id, add)
    want_answer(edited.id)
    _close()


def _close() -> None:
    st.session_state.pop(EDITED_KEY, None)
