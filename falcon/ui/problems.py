"""An error on the page: what happened and what to do. It never becomes a message."""

from __future__ import annotations

import streamlit as st

from falcon.errors import FalconError
from falcon.ui.backend import Backend
from falcon.ui.endpoint.settings import open_form
from falcon.ui.language import say
from falcon.ui.messages.wanted import want_answer


def draw_problem(problem: str | FalconError) -> None:
    """Show what went wrong, or only what is missing."""
    if isinstance(problem, FalconError):
        st.error(say(problem), icon=":material/error:")
    else:
        st.info(say(problem), icon=":material/info:")


def draw_failure(
    problem: str | FalconError, *, question_id: str | None, backend: Backend
) -> None:
    """Show why a question has no answer, and what can be done about it."""
    draw_problem(problem)
    with st.container(horizontal=True):
        if question_id is not None:
            st.button(
                say("Retry"),
                key="retry",
                icon=":material/refresh:",
                on_click=want_answer,
                args=(question_id,),
            )
        label = say("Change endpoint")
        if st.button(label, key="change_endpoint", icon=":material/dns:"):
            open_form(label, backend)
