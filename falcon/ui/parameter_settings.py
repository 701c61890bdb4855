"""The sidebar's parameters. "Default" is a state of its own: nothing is sent for it.

A parameter is set once its slider was touched and until it is reset. Bounds come from
falcon/parameters.py; the context window bounds max_new_tokens further.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from falcon.context_window import ContextWindow
from falcon.parameters import (
    BOUNDS,
    MAX_STOP_SEQUENCES,
    GenerationParameters,
    ParameterName,
)
from falcon.ui import texts

PREFIX = "parameter_"
"""How the session's key of everything here begins."""
SET_KEY = f"{PREFIX}values"
SAMPLING_KEY = f"{PREFIX}do_sample"
SEED_KEY = f"{PREFIX}seed"
STOP_KEY = f"{PREFIX}stop"

NEUTRAL: MappingProxyType[ParameterName, float] = MappingProxyType(
    {
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "typical_p": 1.0,
        "repetition_penalty": 1.0,
        "frequency_penalty": 0.0,
    }
)
"""The value of each parameter that changes nothing: where its slider rests."""

SAMPLING: MappingProxyType[str, bool | None] = MappingProxyType(
    {"default": None, "on": True, "off": False}
)
# A browser's numbers are exact up to here.
LARGEST_SEED = 2**53 - 1


def draw_parameters(
    defaults: GenerationParameters, window: ContextWindow
) -> GenerationParameters:
    """Draw every parameter and return them; `defaults` are those of the settings."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Parameters**", width="stretch")
        st.button(
            "Reset all", on_click=_reset_all, type="tertiary", disabled=not _any()
        )
    _draw_slider("max_new_tokens", defaults, maximum=window.max_total_tokens - 1)
    does_sample = _draw_sampling(defaults)
    _draw_slider("temperature", defaults, disabled=does_sample is False)
    _draw_slider("top_p", defaults, disabled=does_sample is False)
    with st.expander("More parameters"):
        _draw_slider("top_k", defaults, disabled=does_sample is False)
        _draw_slider("typical_p", defaults, disabled=does_sample is False)
        if does_sample is False:
            st.caption(texts.SAMPLING_OFF)
        _draw_slider("repetition_penalty", defaults)
        _draw_slider("frequency_penalty", defaults)
        seed = _draw_seed(defaults)
        stop = _draw_stop(defaults)
    return replace(defaults, do_sample=does_sample, seed=seed, stop=stop, **_set())


def _set() -> dict[str, Any]:
    # Whole or decimal, as each parameter is: dataclasses.replace wants exactly that.
    values: dict[str, Any] = st.session_state.setdefault(SET_KEY, {})
    return values


def _any() -> bool:
    others = (st.session_state.get(key) for key in (SEED_KEY, STOP_KEY))
    sampling = st.session_state.get(SAMPLING_KEY, "default")
    return bool(_set()) or sampling != "default" or any(other for other in others)


def _draw_slider(
    name: ParameterName,
    defaults: GenerationParameters,
    *,
    maximum: float | None = None,
    disabled: bool = False,
) -> None:
    bounds = BOUNDS[name]
    number = int if bounds.is_integer else float
    least, step = number(bounds.minimum), number(bounds.step)
    most = number(min(bounds.maximum, maximum or bounds.maximum))
    default = getattr(defaults, name)
    resting = number(min(NEUTRAL[name] if default is None else default, most))
    key = f"{PREFIX}{name}"
    # Only when Streamlit takes it for a new slider: a value sent in the middle of a
    # drag would undo the drag.
    if st.session_state.get(f"{key}_most") != most:
        st.session_state[f"{key}_most"] = most
        st.session_state[key] = min(_set().get(name, resting), most)
    with st.container(gap=None):
        _draw_heading(name, default, resting)
        st.slider(
            name,
            least,
            most,
            step=step,
            key=key,
            label_visibility="collapsed",
            disabled=disabled,
            on_change=_keep,
            args=(name,),
        )


def _draw_heading(name: ParameterName, default: float | None, resting: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        # Not the slider's own label: a reader of the page aloud would say its markup.
        st.markdown(
            f":small[{name} {_badge(name, default)}]",
            width="stretch",
            help=texts.PARAMETER_HELP[name],
        )
        st.button(
            ":material/restart_alt:",
            key=f"reset_{name}",
            help=f"Reset {name} to its default",
            type="tertiary",
            disabled=name not in _set(),
            on_click=_reset,
            args=(name, resting),
        )


def _badge(name: ParameterName, default: float | None) -> str:
    if name in _set():
        return ":orange-badge[set]"
    known = "" if default is None else f" {default:g}"
    return f":gray-badge[default{known}]"


def _keep(name: ParameterName) -> None:
    _set()[name] = st.session_state[f"{PREFIX}{name}"]


def _reset(name: ParameterName, resting: float) -> None:
    _set().pop(name, None)
    st.session_state[f"{PREFIX}{name}"] = resting


def _reset_all() -> None:
    for key in list(st.session_state):
        if str(key).startswith(PREFIX):
            del st.session_state[key]


def _draw_sampling(defaults: GenerationParameters) -> bool | None:
    chosen = st.segmented_control(
        "do_sample",
        SAMPLING,
        default="default",
        key=SAMPLING_KEY,
        required=True,
        help=texts.SAMPLING_HELP,
        width="stretch",
    )
    return defaults.do_sample if chosen == "default" else SAMPLING[chosen]


def _draw_seed(defaults: GenerationParameters) -> int | None:
    chosen = st.number_input(
        "seed",
        0,
        LARGEST_SEED,
        None,
        key=SEED_KEY,
        placeholder="default" if defaults.seed is None else f"default {defaults.seed}",
        help=texts.PARAMETER_HELP["seed"],
    )
    return defaults.seed if chosen is None else chosen


def _draw_stop(defaults: GenerationParameters) -> tuple[str, ...]:
    chosen = st.multiselect(
        "stop",
        defaults.stop,
        key=STOP_KEY,
        accept_new_options=True,
        max_selections=MAX_STOP_SEQUENCES,
        placeholder=f"default: {' '.join(defaults.stop) or 'none'}",
        help=texts.STOP_HELP,
    )
    return tuple(chosen) or defaults.stop
