"""What the page offers under the small model's "I do not know"."""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Message
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.endpoint_settings import chosen_target, draw_form


def is_unknown_answer(message: Message | None) -> bool:
    """Whether the small model says that it does not know."""
    return (
        message is not None
        and message.role == "assistant"
        and message.text.startswith(texts.UNKNOWN_ANSWERS)
    )


def draw_offers(backend: Backend) -> None:
    with st.container(horizontal=True):
        if st.button("A bigger Falcon on this machine", icon=":material/memory:"):
            _draw_bigger_model()
        if st.button("Connect an endpoint", icon=":material/cloud:"):
            _draw_connect(backend)


@st.dialog("A bigger Falcon on this machine")
def _draw_bigger_model() -> None:
    st.write(texts.BIGGER_MODEL)
    st.code(texts.BIGGER_MODEL_COMMAND, language="bash", wrap_lines=True)
    st.write(texts.BIGGER_MODEL_NEEDS)


@st.dialog("Connect an endpoint")
def _draw_connect(backend: Backend) -> None:
    st.write(texts.CONNECT)
    draw_form("dialog_endpoint", backend, chosen_target(backend))
