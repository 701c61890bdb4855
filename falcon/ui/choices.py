"""What a person chose for the next question, and whether the sidebar must say it anew.

A run that only asks a question finds the sidebar as it left it. Drawing that once more
would put off the first token, and everybody else's next ones, by most of a page run.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from falcon.containers import ContainerName
from falcon.ui.backend import Backend, Target
from falcon.ui.compare.view import is_comparing
from falcon.ui.composer.box import is_sending
from falcon.ui.endpoint.settings import chosen_target
from falcon.ui.language import current_language
from falcon.ui.messages.wanted import is_answer_wanted
from falcon.ui.parameters.own_preset_settings import written_system_prompt
from falcon.ui.parameters.values import is_settled, set_values
from falcon.ui.sidebar import LOOK_KEY, Choices, draw_sidebar, is_list_open

KEY = "choices_drawn"


@dataclass(frozen=True, slots=True)
class _Drawn:
    choices: Choices
    basis: object


def choices(backend: Backend) -> Choices:
    """Return what is chosen; draw the sidebar, unless it is as an earlier run drew it
    and an answer waits to be started."""
    # An interrupted drawing leaves nothing behind to rely on.
    drawn: _Drawn | None = st.session_state.pop(KEY, None)
    is_asking = is_sending() or is_answer_wanted()
    # The list of conversations follows what is asked, and so does a comparison.
    is_asking = is_asking and not is_list_open() and not is_comparing()
    if drawn is None or not is_asking or drawn.basis != _basis(backend):
        drawn = _Drawn(draw_sidebar(backend), _basis(backend))
    st.session_state[KEY] = drawn
    return drawn.choices


def _basis(backend: Backend) -> object:
    """Return all that the choices are made of; never waits, and changes nothing."""
    target = chosen_target(backend)
    return (
        target,
        _container(backend, target) if target else backend.local_model(),
        dict(set_values()),
        is_settled(),
        written_system_prompt(),
        st.session_state.get(LOOK_KEY),
        current_language(),
    )


def _container(backend: Backend, target: Target) -> ContainerName | None:
    client = backend.made_client(target)
    return target.container or (client.known_container if client else None)
