"""The conversation's messages on the page: the newest ones, older ones on demand."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from falcon.conversation import Conversation, Message
from falcon.generation import Generation
from falcon.ui.figures import describe_ending, describe_progress
from falcon.ui.open_conversation import FIGURES_KEY, SHOWN_KEY

Look = Literal["native", "bubbles"]

MESSAGES_SHOWN = 20
"""More cost time with every token: the browser walks over all of them."""
BUBBLES_SHOWN = 10
"""Each bubble is a frame of its own that loads 1.16 MB of script."""


def draw_transcript(
    conversation: Conversation, generation: Generation | None, look: Look
) -> DeltaGenerator | None:
    """Draw the messages; return where the running answer is to grow, if one runs."""
    messages = _draw_older_button(conversation.path())
    if generation is None or not messages or messages[-1].role != "assistant":
        _draw_messages(messages, look)
        return None
    if generation.ended:
        _figures()[messages[-1].id] = describe_progress(generation.progress)
        _draw_messages(messages, look)
        return None
    _draw_messages(messages[:-1], look)
    place = _place("assistant")
    growing = place.container()
    place.empty()
    return growing


def _draw_messages(messages: tuple[Message, ...], look: Look) -> None:
    bubbles_from = len(messages) - (BUBBLES_SHOWN if look == "bubbles" else 0)
    for position, message in enumerate(messages):
        if position < bubbles_from:
            draw_message(message)
        else:
            draw_bubble(message)


def _draw_older_button(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Draw the button if there are older messages; return the messages to show."""
    shown: int = st.session_state.setdefault(SHOWN_KEY, MESSAGES_SHOWN)
    if len(messages) > shown:
        st.button("Show older", on_click=_show_older, icon=":material/expand_less:")
    else:
        st.empty()
    return messages[-shown:]


def _show_older() -> None:
    st.session_state[SHOWN_KEY] += MESSAGES_SHOWN


# Every message is two elements, its text and its small print or nothing. Were there
# fewer than a message that stood at the same place before, the rest of that one would
# stay in view until the run ends, and a run that watches an answer is long.


def draw_message(message: Message) -> None:
    place = _place(message.role)
    if message.role == "user":
        place.text(message.text)
    else:
        place.markdown(message.text)
    _draw_small_print(message, place)


def draw_bubble(message: Message) -> None:
    # Brings numpy and pyarrow, 43 MB, which the native look does without.
    from falcon.ui.bubbles import draw

    place = st.container()
    with place:
        draw(message)
    _draw_small_print(message, place)


def _draw_small_print(message: Message, place: DeltaGenerator) -> None:
    lines = (_figures().get(message.id), describe_ending(message.finish_reason))
    if said := "  \n".join(line for line in lines if line):
        place.caption(said)
    else:
        place.empty()


def _place(role: str) -> DeltaGenerator:
    return st.chat_message(role, avatar=":material/person:" if role == "user" else None)


def _figures() -> dict[str, str]:
    """The figures of the answers that were watched in this session, by message."""
    figures: dict[str, str] = st.session_state.setdefault(FIGURES_KEY, {})
    return figures
