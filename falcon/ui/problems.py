"""An error on the page: what happened and what to do. It never becomes a message."""

from __future__ import annotations

import streamlit as st

RETRY_KEY = "retry_wanted"


def draw_problem(problem: object, *, can_retry: bool = False) -> None:
    """Show what went wrong, with a button that asks the same question again."""
    st.error(str(problem), icon=":material/error:")
    if can_retry:
        st.button("Retry", key="retry", icon=":material/refresh:", on_click=_want_retry)


def is_retry_wanted() -> bool:
    """Whether Retry was pressed; true only once for each press."""
    wanted: bool = st.session_state.pop(RETRY_KEY, False)
    return wanted


def _want_retry() -> None:
    st.session_state[RETRY_KEY] = True
