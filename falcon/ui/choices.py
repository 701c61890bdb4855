"""What a person chose for the next question, and whether the sidebar must say it anew.

A run that only asks a question finds the sidebar as it left it. Drawing that once more
would put off the first token, and everybody else's next ones, by most of a page run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from falcon.ui.backend import Backend
from falcon.ui.compare.view import is_comparing
from falcon.ui.composer.box import is_sending
from falcon.ui.conversations.owner import draw_owner
from falcon.ui.endpoint.settings import chosen_target
from falcon.ui.keyboard_focus import draw_keyboard_focus
from falcon.ui.language import current_language
from falcon.ui.messages.wanted import is_answer_wanted
from falcon.ui.narrow_screen import draw_narrow_screen
from falcon.ui.parameters.own_preset_settings import written_system_prompt
from falcon.ui.parameters.own_presets import own_presets
from falcon.ui.parameters.values import is_settled, set_values
from falcon.ui.sidebar import LOOK_KEY, Choices, draw_sidebar, is_list_open

KEY = "choices_drawn"


@dataclass(frozen=True, slots=True)
class _Drawn:
    choices: Choices
    basis: object
    """All that they are made of."""


@contextmanager
def choices(backend: Backend) -> Iterator[Choices]:
    """What is chosen. Draws the sidebar; or where an answer waits to be started and all
    is as an earlier run drew it, leaves that out.

    The block is to end by Streamlit's rerun then. Where it begins no answer after all,
    the sidebar is drawn behind it: a run that ends without is its removal.
    """
    # An interrupted drawing leaves nothing behind to rely on.
    drawn: _Drawn | None = st.session_state.pop(KEY, None)
    is_left_out = drawn is not None and _may_be_left_out(backend, drawn)
    if drawn is None or not is_left_out:
        drawn = _draw(backend)
    st.session_state[KEY] = drawn
    # In the middle of the page, where everything keeps its place.
    draw_owner()
    draw_narrow_screen()
    draw_keyboard_focus()
    try:
        yield drawn.choices
    except Exception:  # Streamlit's own, which end a run early, are none.
        if is_left_out:
            _draw_late(backend)
        raise
    if is_left_out:
        _draw_late(backend)


def _draw(backend: Backend) -> _Drawn:
    # What becomes known while it is drawn counts for the next time.
    known = _known(backend)
    chosen = draw_sidebar(backend)
    return _Drawn(chosen, (known, _set()))


def _draw_late(backend: Backend) -> None:
    del st.session_state[KEY]
    st.session_state[KEY] = _draw(backend)


def _may_be_left_out(backend: Backend, drawn: _Drawn) -> bool:
    return (
        (is_sending() or is_answer_wanted())
        and drawn.basis == (_known(backend), _set())
        # The list of conversations follows what is asked, and so does a comparison.
        and not is_list_open()
        and not is_comparing()
        # Streamlit lets go of a file for download that a run does not draw.
        and not own_presets()
    )


def _known(backend: Backend) -> object:
    """Return what the parameters' bounds are made of; never waits."""
    target = chosen_target(backend)
    if target is None:
        return backend.local_model()
    client = backend.made_client(target)
    return target, target.container or (client.known_container if client else None)


def _set() -> object:
    """Return what a person has set."""
    return (
        dict(set_values()),
        is_settled(),
        written_system_prompt(),
        st.session_state.get(LOOK_KEY),
        current_language(),
    )
