"""Where a question is written, and Stop beside it while an answer runs."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from falcon.generation import Generation
from falcon.ui import texts

KEY = "question"
CHOSEN_KEY = "starter_chosen"
DRAFT_KEY = "question_draft"


def draw_composer() -> str | None:
    """Draw the box at the bottom of the page; return the question that was sent."""
    if draft := st.session_state.pop(DRAFT_KEY, None):
        st.session_state[KEY] = draft
        st.toast(texts.BUSY)
    # Not within `st.bottom`: only Streamlit's own place for it makes the page follow
    # a growing answer.
    written = st.chat_input("Ask a Falcon…", key=KEY)
    question: str | None = st.session_state.pop(CHOSEN_KEY, None) or written
    return question.strip() or None if question else None


def put_back(question: str) -> NoReturn:
    """Give a question that came while an answer runs back to the box."""
    st.session_state[DRAFT_KEY] = question
    st.rerun()


def draw_stop(running: Generation) -> None:
    """Draw Stop outside the watching loop, so that a click interrupts that loop."""
    st.bottom.button(
        "Stop",
        key="stop",
        icon=":material/stop_circle:",
        on_click=running.stop,
    )
