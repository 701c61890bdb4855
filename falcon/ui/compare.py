"""The comparison in place of the chat: what is asked goes to every column at once.

The page only watches the answers; the comparison belongs to the server.
"""

from __future__ import annotations

from functools import partial
from typing import NoReturn

import streamlit as st

from falcon.comparison import MOST_QUESTIONS, Comparison
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.compare_answers import draw_answers, watch_answers
from falcon.ui.compare_columns import draw_columns
from falcon.ui.compare_results import draw_results
from falcon.ui.compare_settings import opener, record, settings_of
from falcon.ui.compare_view import (
    find_comparison,
    hide_comparison,
    keep_comparison,
    start_new_comparison,
)
from falcon.ui.sidebar import Choices

KEY = "compare_question"
DRAFT_KEY = "compare_question_draft"
AGAIN_KEY = "compare_again"
LOADED_KEY = "compare_loaded"
STYLE = """<style>
[data-testid="stMainBlockContainer"],
[data-testid="stBottomBlockContainer"] { max-width: 90rem; }
[data-testid="stMain"] [data-testid="stColumn"] { min-width: min(15rem, 100%); }
.st-key-compare_results { overflow-x: auto; }
</style>"""
"""As wide as the window; columns that would be too narrow stand below one another."""


def draw_compare(backend: Backend, choices: Choices) -> None:
    is_loading = LOADED_KEY not in st.session_state
    st.session_state[LOADED_KEY] = True
    comparison = find_comparison()
    if comparison is None:
        comparison = Comparison(settings_of(choices))
        keep_comparison(comparison)
    question = _draw_composer()
    if st.session_state.pop(AGAIN_KEY, False):
        _ask(backend, comparison, comparison.runs[-1].question, again=True)
    elif question:
        _ask(backend, comparison, question)
    running = comparison.running
    if running is not None:
        # Outside the watching loop, so that a click interrupts that loop.
        st.bottom.button(
            "Stop all",
            key="compare_stop_all",
            icon=":material/stop_circle:",
            on_click=running.stop,
        )
    st.html(STYLE)
    _draw_head(comparison)
    with st.container():
        draw_columns(backend, comparison, choices.target)
    with st.container():
        places = draw_answers(backend, comparison)
    results = st.empty()
    if running is None and comparison.runs:
        with results.container():
            draw_results(comparison)
    if running is not None:
        watch_answers(running, places, is_loading=is_loading)
        st.rerun()


def _draw_composer() -> str | None:
    if draft := st.session_state.pop(DRAFT_KEY, None):
        st.session_state[KEY], why = draft
        st.toast(why)
    written = st.chat_input(texts.COMPARE_QUESTION, key=KEY)
    return written.strip() or None if written else None


def _ask(
    backend: Backend, comparison: Comparison, question: str, *, again: bool = False
) -> None:
    asked = comparison.ask(
        question, partial(opener, backend), record=partial(record, backend), again=again
    )
    if asked is not None:
        return
    if comparison.running is not None:
        _put_back(question, texts.COMPARE_BUSY)
    _put_back(question, texts.COMPARE_FULL.format(most=MOST_QUESTIONS))


def _put_back(question: str, why: str) -> NoReturn:
    """Give a question that was not asked back to the box."""
    st.session_state[DRAFT_KEY] = (question, why)
    st.rerun()


def _draw_head(comparison: Comparison) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Compare", anchor=False, width="stretch")
        st.button(
            "Ask again",
            icon=":material/refresh:",
            help=texts.COMPARE_AGAIN_HELP,
            on_click=_want_again,
            disabled=not comparison.runs or comparison.running is not None,
        )
        st.button(
            "New comparison",
            icon=":material/add_column_right:",
            on_click=start_new_comparison,
            disabled=not comparison.runs or comparison.running is not None,
        )
        st.button(
            "Back to the chat",
            key="compare_back",
            icon=":material/chat:",
            on_click=hide_comparison,
        )


def _want_again() -> None:
    st.session_state[AGAIN_KEY] = True
