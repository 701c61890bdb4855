"""Where a click may end a run that waits, and begin the next one."""

from __future__ import annotations

import streamlit as st

_KEY = "making_way"


def make_way() -> None:
    """Let Streamlit begin another run here, if a click asked for one.

    It does so wherever a script calls it, and reading a value of the session's is the
    call that costs the least; counting all of them took more than drawing a token.
    """
    st.session_state.get(_KEY)
