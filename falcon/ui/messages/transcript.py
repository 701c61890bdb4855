"""The conversation's messages on the page: the newest ones, older ones on demand."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from falcon.conversation import Conversation, Message
from falcon.generation import Generation
from falcon.registry import Registry
from falcon.ui.conversations.opened import SHOWN_KEY
from falcon.ui.language import say
from falcon.ui.messages.actions import MessageActions
from falcon.ui.messages.editing import draw_editor, is_edited
from falcon.ui.messages.images import without_images
from falcon.ui.messages.question import draw_question

Look = Literal["native", "bubbles"]

MESSAGES_SHOWN = 20
"""More cost time with every token: the browser walks over all of them."""
BUBBLES_SHOWN = 10
"""Each bubble is a frame of its own that loads 1.16 MB of script."""


def draw_transcript(
    registry: Registry,
    conversation: Conversation,
    generation: Generation | None,
    look: Look,
) -> DeltaGenerator | None:
    """Draw the messages; return where the running answer is to grow, if it is shown."""
    is_running = generation is not None and not generation.ended
    actions = MessageActions(registry, conversation, is_running)
    messages = _draw_older_button(conversation.path())
    if not is_running or not messages or not messages[-1].is_growing:
        _draw_messages(messages, look, actions)
        return None
    _draw_messages(messages[:-1], look, actions)
    place = _place("assistant")
    growing = place.container()
    place.empty()
    return growing


def _draw_messages(
    messages: tuple[Message, ...], look: Look, actions: MessageActions
) -> None:
    bubbles_from = len(messages) - (BUBBLES_SHOWN if look == "bubbles" else 0)
    for position, message in enumerate(messages):
        if position < bubbles_from or is_edited(message):
            draw_message(message, actions)
        else:
            draw_bubble(message, actions)


def _draw_older_button(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Draw the button if there are older messages; return the messages to show."""
    shown: int = st.session_state.setdefault(SHOWN_KEY, MESSAGES_SHOWN)
    if len(messages) > shown:
        st.button(
            say("Show older"),
            key="show_older",
            on_click=_show_older,
            icon=":material/expand_less:",
        )
    else:
        st.empty()
    return messages[-shown:]


def _show_older() -> None:
    st.session_state[SHOWN_KEY] += MESSAGES_SHOWN


# Every message is two elements, its text and the line under it or nothing. Were there
# fewer than a message that stood at the same place before, the rest of that one would
# stay in view until the run ends, and a run that watches an answer is long.


def draw_message(message: Message, actions: MessageActions) -> None:
    place = _place(message.role)
    if is_edited(message):
        with place:
            draw_editor(actions.registry, actions.conversation, message)
        place.empty()
        return
    if message.role == "user":
        draw_question(message.text, place)
    else:
        place.markdown(without_images(message.text))
    actions.draw(message, place)


def draw_bubble(message: Message, actions: MessageActions) -> None:
    # Brings numpy and pyarrow, 43 MB, which the native look does without.
    from falcon.ui.messages.bubbles import draw

    place = st.container()
    with place:
        draw(message)
    actions.draw(message, place)


def _place(role: str) -> DeltaGenerator:
    return st.chat_message(role, avatar=":material/person:" if role == "user" else None)
