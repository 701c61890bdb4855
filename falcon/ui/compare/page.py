"""The comparison in place of the chat: what is asked goes to every column at once.

The page only watches the answers; the comparison belongs to the server.
"""

from __future__ import annotations

from functools import partial
from typing import NoReturn

import streamlit as st

from falcon.comparison import MOST_QUESTIONS, Comparison
from falcon.errors import InvalidInputError, OverloadedError
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.compare.answers import draw_answers, watch_answers
from falcon.ui.compare.columns import draw_columns
from falcon.ui.compare.earlier import draw_earlier, draw_kept
from falcon.ui.compare.results import draw_results
from falcon.ui.compare.settings import opener, record, settings_of
from falcon.ui.compare.view import (
    begin_comparison,
    find_comparison,
    hide_comparison,
    start_new_comparison,
)
from falcon.ui.composer.refusal import (
    check_length,
    draw_refusal,
    forget_refusal,
    refuse,
)
from falcon.ui.conversations.owner import asker
from falcon.ui.language import say
from falcon.ui.sidebar import Choices

KEY = "compare_question"
DRAFT_KEY = "compare_question_draft"
AGAIN_KEY = "compare_again"
LOADED_KEY = "compare_loaded"
STYLE = """<style>
[data-testid="stMainBlockContainer"],
[data-testid="stBottomBlockContainer"] { max-width: 90rem; }
[data-testid="stMainBlockContainer"] [data-testid="stColumn"] {
  min-width: min(13rem, 100%);
}
.st-key-compare_results { overflow-x: auto; }
[class*="st-key-compare_open_"] button { padding: 0.25rem 0.625rem; }
[class*="st-key-compare_open_"] :is(button, button > div) {
  justify-content: flex-start; min-width: 0;
}
[class*="st-key-compare_open_"] button p { text-align: start; }
[class*="st-key-compare_delete_"] button { padding: 0.5rem; }
/* For who cannot see the bin. */
[class*="st-key-compare_delete_"] [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
</style>"""
"""As wide as the window; columns that would be too narrow stand below one another."""


def draw_compare(backend: Backend, choices: Choices) -> None:
    is_loading = LOADED_KEY not in st.session_state
    st.session_state[LOADED_KEY] = True
    registry = backend.registry
    comparison = find_comparison(registry.comparisons)
    if comparison is None:
        comparison = begin_comparison(registry.comparisons, settings_of(choices))
    draw_refusal(registry.limiter, is_busy=comparison.running is not None)
    question = _draw_composer()
    if st.session_state.pop(AGAIN_KEY, False):
        _ask(backend, comparison, comparison.runs[-1].question, again=True)
    elif question:
        _ask(backend, comparison, question)
    running = comparison.running
    if running is not None:
        # Outside the watching loop, so that a click interrupts that loop.
        st.bottom.button(
            say("Stop all"),
            key="compare_stop_all",
            icon=":material/stop_circle:",
            on_click=running.stop,
        )
    st.html(STYLE)
    _draw_head(backend, comparison)
    draw_kept(backend, comparison)
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
        if why:
            st.toast(why)
    written = st.chat_input(say(texts.COMPARE_QUESTION), key=KEY)
    return written.strip() or None if written else None


def _ask(
    backend: Backend, comparison: Comparison, question: str, *, again: bool = False
) -> None:
    limiter, who = backend.registry.limiter, asker()
    try:
        check_length(question)
        asked = comparison.ask(
            question,
            partial(opener, backend),
            record=partial(record, backend),
            again=again,
            admit=lambda answers: limiter.admit(who, answers=answers),
        )
    except (OverloadedError, InvalidInputError) as problem:
        if not again:
            st.session_state[DRAFT_KEY] = (question, "")
        refuse(problem, answers=len(comparison.columns))
    if asked is not None:
        forget_refusal()
        return
    if comparison.running is not None:
        _put_back(question, say(texts.COMPARE_BUSY))
    _put_back(question, say(texts.COMPARE_FULL, most=MOST_QUESTIONS))


def _put_back(question: str, why: str) -> NoReturn:
    """Give a question that was not asked back to the box."""
    st.session_state[DRAFT_KEY] = (question, why)
    st.rerun()


def _draw_head(backend: Backend, comparison: Comparison) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(say("Compare"), anchor=False, width="stretch")
        st.button(
            say("Ask again"),
            icon=":material/refresh:",
            help=say(texts.COMPARE_AGAIN_HELP),
            on_click=_want_again,
            disabled=not comparison.runs or comparison.running is not None,
        )
        st.button(
            say("New comparison"),
            icon=":material/add_column_right:",
            on_click=start_new_comparison,
            disabled=not comparison.runs,
        )
        draw_earlier(backend.registry.comparisons, comparison)
        st.button(
            say("Back to the chat"),
            key="compare_back",
            icon=":material/chat:",
            on_click=hide_comparison,
        )


def _want_again() -> None:
    st.session_state[AGAIN_KEY] = True
