"""An error on the page: what happened and what to do. It never becomes a message."""

from __future__ import annotations

import streamlit as st

from falcon.ui.backend import Backend
from falcon.ui.endpoint_settings import change_endpoint
from falcon.ui.wanted import want_answer


def draw_problem(problem: object) -> None:
    """Show what went wrong."""
    st.error(str(problem), icon=":material/error:")


def draw_failure(problem: object, *, question_id: str | None, backend: Backend) -> None:
    """Show why a question has no answer, and what can be done about it."""
    draw_problem(problem)
    with st.container(horizontal=True):
        if question_id is not None:
            st.button(
                "Retry",
                key="retry",
                icon=":material/refresh:",
                on_click=want_answer,
                args=(question_id,),
            )
        if st.button("Change endpoint", key="change_endpoint", icon=":material/dns:"):
            change_endpoint(backend)
