"""The line under the question box: the context meter, and the request as code."""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation
from falcon.ui.backend import Backend
from falcon.ui.composer.code import draw_code_button
from falcon.ui.composer.context_meter import draw_context
from falcon.ui.sidebar import Choices


def draw_under_composer(
    backend: Backend, conversation: Conversation, choices: Choices
) -> None:
    line = st.bottom.container(
        key="under_composer",
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        wrap=False,
    )
    with line:
        draw_context(backend, conversation, choices)
        draw_code_button()
