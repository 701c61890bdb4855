"""How the endpoint is: a light, what it means, and while it starts how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.endpoint.details import draw_details
from falcon.ui.labels import plain
from falcon.ui.language import mark, say
from falcon.ui.spans import span

if TYPE_CHECKING:
    from falcon.endpoints import EndpointState

REDRAW_KEY = "redraw_light"
SECONDS_BETWEEN_LOOKS = 3.0
SECONDS_BETWEEN_LOOKS_AT_START = 0.5
USUAL_START = timedelta(minutes=15)
"""The long end of what a Falcon on a GPU takes; 5 minutes is the short one."""


_STATES = (
    mark("ready"),
    mark("starting"),
    mark("downloading"),
    mark("unavailable"),
    mark("in service"),
    mark("not in service"),
    mark("not found"),
)
"""What an endpoint and the one on this machine say of themselves, for the
catalogues."""


@dataclass(frozen=True, slots=True)
class _Light:
    colour: Literal["green", "orange", "red", "gray"]
    word: str
    meaning: str = ""
    starting_since: datetime | None = None


def draw_light(backend: Backend, target: Target | None) -> None:
    """Say in a few words how the endpoint is, and look again every few seconds."""
    is_starting = target is None and _is_starting(backend)
    pause = SECONDS_BETWEEN_LOOKS_AT_START if is_starting else SECONDS_BETWEEN_LOOKS
    st.fragment(_draw_light, run_every=pause)(backend, target, is_starting)


def _draw_light(backend: Backend, target: Target | None, was_starting: bool) -> None:
    if was_starting and not _is_starting(backend):
        # The rest of the page learns what is answering.
        st.rerun()
    places = (st.empty(), st.empty(), st.empty())
    _fill(places, backend, target)
    st.session_state[REDRAW_KEY] = partial(_fill, places, backend, target)
    if target is not None:
        with st.expander(say("About this endpoint"), icon=":material/info:"):
            details = backend.endpoints.details(target.endpoint)
            draw_details(target.endpoint, details)


def redraw_light() -> None:
    """Bring this run's light up to date: a fragment has to wait until a run ends."""
    redraw: Callable[[], None] | None = st.session_state.get(REDRAW_KEY)
    if redraw is not None:
        redraw()


def _fill(
    places: tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator],
    backend: Backend,
    target: Target | None,
) -> None:
    word, meaning, progress = places
    name = say("This machine") if target is None else target.endpoint.name
    light = _local_light(backend) if target is None else _light(backend, target)
    word.markdown(f"**{name}** :{light.colour}-badge[{say(light.word)}]")
    if light.meaning:
        meaning.caption(plain(light.meaning))
    else:
        meaning.empty()
    if light.starting_since is not None:
        elapsed = datetime.now(UTC) - light.starting_since
        share = min(max(elapsed / USUAL_START, 0.0), 1.0)
        said = texts.STARTING_SO_FAR if share < 1 else texts.STARTING_LONG
        progress.progress(share, say(said, time=span(elapsed)))
    else:
        progress.empty()


def _is_starting(backend: Backend) -> bool:
    return backend.local.state not in ("ready", "unavailable")


def _local_light(backend: Backend) -> _Light:
    local = backend.local
    match local.state:
        case "ready":
            return _Light("green", "ready")
        case "unavailable":
            return _Light("red", "unavailable", say(local.reason))
    return _Light("orange", local.state, say(local.reason))


def _light(backend: Backend, target: Target) -> _Light:
    state = backend.endpoints.state(target.endpoint)
    if state is None:
        return _Light("gray", mark("looking…"))
    match state.status:
        case "in service":
            # What is in service since long needs no words.
            return _Light("green", state.status, _meaning(state) if state.since else "")
        case "starting":
            return _Light("orange", state.status, say(state.meaning), state.since)
        case "unknown":
            return _Light("gray", mark("state unknown"), say(state.meaning))
    return _Light("red", state.status, _meaning(state))


def _meaning(state: EndpointState) -> str:
    if state.since is None:
        return say(state.meaning)
    time = span(datetime.now(UTC) - state.since)
    return say(texts.SINCE, meaning=state.meaning, time=time)
