"""Why a question was not asked, over the box in which it waits, and until when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from falcon.errors import FalconError, InvalidInputError, OverloadedError
from falcon.limits import Limiter
from falcon.text import text
from falcon.ui import texts
from falcon.ui.conversations.owner import asker
from falcon.ui.labels import plain
from falcon.ui.language import say

KEY = "refusal"
SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_QUESTION = 100_000
"""Characters, without documents: all of it is on the screen whenever that is drawn."""


@dataclass(frozen=True, slots=True)
class Refusal:
    problem: FalconError
    answers: int
    """How many were asked for at once."""


def check_length(question: str) -> None:
    """Raise InvalidInputError if a question is too long to be asked."""
    if len(question) > LONGEST_QUESTION:
        raise InvalidInputError(
            text(
                "A question may have {most:,} characters and this one has {count:,}. "
                "Attach a long text as a file, or shorten it.",
                most=LONGEST_QUESTION,
                count=len(question),
            )
        )


def refuse(problem: FalconError, *, answers: int = 1) -> NoReturn:
    """Draw the page again with this over the box."""
    st.session_state[KEY] = Refusal(problem, answers)
    st.rerun()


def forget_refusal() -> None:
    st.session_state.pop(KEY, None)


def draw_refusal(limiter: Limiter, *, is_busy: bool = False) -> None:
    """Draw why the last question was not asked, if it was not: one element."""
    refusal: Refusal | None = st.session_state.get(KEY)
    with st.bottom.container():
        if refusal is None or is_busy:
            st.empty()
        elif not isinstance(refusal.problem, OverloadedError):
            _draw_problem(refusal.problem)
        elif limiter.problem(asker(), answers=refusal.answers) is None:
            forget_refusal()
            st.empty()
        else:
            _count_down(limiter, refusal.answers)


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
def _count_down(limiter: Limiter, answers: int) -> None:
    problem = limiter.problem(asker(), answers=answers)
    if problem is None:
        st.rerun()
    _draw_problem(problem)
    # Outside the message, which a screen reader would read out again every second.
    if problem.retry_after is None:
        st.caption(say(texts.REFUSAL_ENDS_BY_ITSELF))
    else:
        seconds = math.ceil(problem.retry_after)
        st.caption(say(texts.REFUSAL_ENDS_IN, seconds=seconds))


def _draw_problem(problem: FalconError) -> None:
    st.warning(plain(say(problem)), icon=":material/hourglass_top:")
