"""What the page offers under the small model's "I do not know"."""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Message
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.endpoint.settings import open_form
from falcon.ui.language import say


def is_unknown_answer(message: Message | None) -> bool:
    """Whether the small model says that it does not know."""
    return (
        message is not None
        and message.role == "assistant"
        and message.text.startswith(texts.UNKNOWN_ANSWERS)
    )


def draw_offers(backend: Backend) -> None:
    with st.container(horizontal=True):
        bigger, connect = (
            say("A bigger Falcon on this machine"),
            say("Connect an endpoint"),
        )
        if st.button(bigger, key="bigger_model", icon=":material/memory:"):
            st.dialog(bigger)(_draw_bigger_model)()
        if st.button(connect, key="connect", icon=":material/cloud:"):
            open_form(connect, backend)


def _draw_bigger_model() -> None:
    st.write(say(texts.BIGGER_MODEL))
    st.code(texts.BIGGER_MODEL_COMMAND, language="bash", wrap_lines=True)
    st.write(say(texts.BIGGER_MODEL_NEEDS))
