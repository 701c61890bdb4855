"""The parameters that a person has set on the page, by their names.

Only what was touched stands here, an explicit 0 too: all else is left to the settings
and to the endpoint's container. Of the widgets it knows only how their keys begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from falcon.parameters import GenerationParameters

PREFIX = "parameter_"
"""How the session's key of everything here begins."""
SET_KEY = f"{PREFIX}values"
WANTED_KEY = "wanted_parameters"

# Not offered: a container makes only one answer in a stream, so best_of does not go
# with it; the page needs the details for what it says under an answer; and a streamed
# answer never begins with its prompt, whatever return_full_text says.
OFFERED = (
    "max_new_tokens",
    "truncate",
    "do_sample",
    "temperature",
    "top_p",
    "top_k",
    "typical_p",
    "repetition_penalty",
    "frequency_penalty",
    "stop",
    "seed",
    "watermark",
)


def set_values() -> dict[str, Any]:
    """Return what was set, to read and to change.

    None: not sent although the settings have a value.
    """
    # Whole or decimal, as each parameter is: dataclasses.replace wants exactly that.
    values: dict[str, Any] = st.session_state.setdefault(SET_KEY, {})
    return values


def current(defaults: GenerationParameters) -> GenerationParameters:
    """Return `defaults`, those of the settings, with what was set."""
    return replace(defaults, **set_values())


def use(parameters: GenerationParameters) -> None:
    """Set just these parameters, as of the next time that they are drawn."""
    st.session_state[WANTED_KEY] = parameters


def settle(defaults: GenerationParameters) -> None:
    """Do what `use` asked for; called before anything of the parameters is drawn."""
    wanted: GenerationParameters | None = st.session_state.pop(WANTED_KEY, None)
    if wanted is None:
        return
    reset_all()
    for name in OFFERED:
        value = getattr(wanted, name)
        if value != getattr(defaults, name):
            set_values()[name] = value


def is_settled() -> bool:
    """Whether nothing waits to be set."""
    return WANTED_KEY not in st.session_state


def reset(name: str) -> None:
    """Return one parameter to its default."""
    set_values().pop(name, None)
    # Its widget is then drawn afresh, from what is set.
    st.session_state.pop(f"{PREFIX}{name}", None)


def reset_all() -> None:
    """Return every parameter to its default."""
    for key in list(st.session_state):
        if str(key).startswith(PREFIX):
            del st.session_state[key]
