"""The parameters in their groups. "Default" is a state of its own: nothing is sent.

Bounds come from falcon/parameters.py, narrowed to what model and container take.
"""

from __future__ import annotations

import streamlit as st

from falcon.containers import ContainerName, find_container
from falcon.containers.vllm_parameters import HIGHEST_TEMPERATURE
from falcon.context_window import ContextWindow
from falcon.parameters import BOUNDS, GenerationParameters, ParameterName
from falcon.ui import texts
from falcon.ui.language import say
from falcon.ui.parameters.values import OFFERED, current, reset_all, set_values, settle
from falcon.ui.parameters.widgets import SAMPLING, Column, caption


def draw_parameters(
    defaults: GenerationParameters,
    window: ContextWindow,
    container: ContainerName | None = None,
) -> GenerationParameters:
    """Draw every parameter and return them; `defaults` are those of the settings.

    `container` is the endpoint's wire format; while it is not known, all are offered.
    """
    settle(defaults)
    column = Column(defaults, _longest(window, container), _missing(container))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{say('Parameters')}**", width="stretch")
        st.button(
            say("Reset all"),
            on_click=reset_all,
            type="tertiary",
            disabled=not set_values(),
            help=say(texts.RESET_ALL_HELP),
        )
    names = ", ".join(column.missing)
    said = say(texts.MISSING_PARAMETERS, container=container, names=names)
    caption(said if names else "")
    with st.expander(say("Length"), expanded=True, type="compact"):
        column.slider("max_new_tokens")
        column.number("truncate")
    with st.expander(say("Sampling"), expanded=True, type="compact"):
        column.switch("do_sample")
        caption(say(texts.SAMPLING_OFF) if current(defaults).do_sample is False else "")
        for name in SAMPLING:
            column.slider(name)
    with st.expander(say("Penalties"), type="compact"):
        column.slider("repetition_penalty")
        column.slider("frequency_penalty")
    with st.expander(say("Stop, seed and watermark"), type="compact"):
        column.stop()
        column.seed()
        column.switch("watermark")
    return column.parameters()


def _missing(container: ContainerName | None) -> tuple[str, ...]:
    if container is None:
        return ()
    # Stop sequences always work: the client watches for them itself.
    has = find_container(container).PARAMETERS | {"stop"}
    return tuple(name for name in OFFERED if name not in has)


def _longest(
    window: ContextWindow, container: ContainerName | None
) -> dict[ParameterName, float]:
    """Return the largest value of each numeric parameter, here."""
    longest = {name: bounds.maximum for name, bounds in BOUNDS.items()}
    longest["max_new_tokens"] = min(
        longest["max_new_tokens"], window.max_total_tokens - 1
    )
    longest["truncate"] = min(longest["truncate"], window.max_input_tokens)
    if container in ("lmi", "openai_chat"):
        longest["temperature"] = HIGHEST_TEMPERATURE
    return longest
