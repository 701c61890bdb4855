"""The sidebar, from top to bottom, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from falcon.models import DEFAULT_MODEL
from falcon.parameters import GenerationParameters
from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.endpoint_settings import chosen_target, draw_endpoint
from falcon.ui.open_conversation import start_new_conversation
from falcon.ui.parameter_settings import draw_parameters
from falcon.ui.share import draw_share
from falcon.ui.transcript import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose for the next question."""

    target: Target | None
    """None: the endpoint on this machine."""
    parameters: GenerationParameters
    system_prompt: str
    look: Look


def draw_sidebar(backend: Backend) -> Choices:
    settings = backend.settings
    with st.sidebar:
        st.button(
            "New chat",
            icon=":material/add_comment:",
            on_click=start_new_conversation,
            width="stretch",
        )
        target = chosen_target(backend)
        draw_endpoint(backend, target)
        model = target.model if target else backend.local_model() or DEFAULT_MODEL
        parameters = draw_parameters(settings.parameters, model.window)
        system_prompt = st.text_area(
            "System prompt",
            settings.system_prompt,
            key="system_prompt",
            help=texts.SYSTEM_PROMPT_HELP,
        )
        look: Look = st.segmented_control(
            "Look",
            ("native", "bubbles"),
            default="native",
            key="look",
            required=True,
            width="stretch",
        )
        draw_share()
    return Choices(
        target=target,
        parameters=parameters,
        system_prompt=system_prompt.strip(),
        look=look,
    )
