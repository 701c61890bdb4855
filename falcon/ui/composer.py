"""Where a question is written, and Stop beside it while an answer runs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from falcon.generation import Generation
from falcon.ui import texts

KEY = "question"
CHOSEN_KEY = "starter_chosen"
BUSY_KEY = "question_came_too_early"


def draw_composer(is_busy: Callable[[], bool]) -> str | None:
    """Draw the box at the bottom of the page; return the question that was sent.

    A question that comes while `is_busy` goes back into the box.
    """
    # Not within `st.bottom`: only Streamlit's own place for it makes the page follow
    # a growing answer.
    written = st.chat_input(
        "Ask a Falcon…", key=KEY, on_submit=_put_back, args=(is_busy,)
    )
    if st.session_state.pop(BUSY_KEY, False):
        st.toast(texts.BUSY)
        written = None
    question: str | None = st.session_state.pop(CHOSEN_KEY, None) or written
    return question.strip() or None if question else None


def draw_stop(running: Generation) -> None:
    """Draw Stop outside the watching loop, so that a click interrupts that loop."""
    st.bottom.button(
        "Stop",
        key="stop",
        icon=":material/stop_circle:",
        on_click=running.stop,
    )


def _put_back(is_busy: Callable[[], bool]) -> None:
    # Asked now: when the box was drawn, the answer may not have begun.
    if is_busy():
        st.session_state[BUSY_KEY] = True
        st.session_state[KEY] = st.session_state[KEY]
