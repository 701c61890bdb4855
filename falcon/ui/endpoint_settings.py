"""Which endpoint answers: its form, and a light that says how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from falcon.containers import CONTAINER_NAMES
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.models import MODELS, find_model
from falcon.ui import texts
from falcon.ui.backend import Backend, Target

KEY = "target"
SECONDS_BETWEEN_LOOKS = 3.0
SECONDS_BETWEEN_LOOKS_AT_START = 0.5


def chosen_target(backend: Backend) -> Target | None:
    """Return the endpoint that this session talks to; None: the one on this machine."""
    settings = backend.settings
    if KEY not in st.session_state:
        st.session_state[KEY] = settings.endpoint and Target(
            endpoint=settings.endpoint,
            container=settings.container,
            model=settings.model,
        )
    target: Target | None = st.session_state[KEY]
    return target


def draw_endpoint(backend: Backend, target: Target | None) -> None:
    """Draw the status light and, folded, the form."""
    draw_light(backend, target)
    with st.expander("Change endpoint", icon=":material/dns:"):
        if target is not None:
            st.button(
                "Use the Falcon on this machine",
                on_click=_choose,
                args=(None,),
                width="stretch",
            )
        draw_form("sidebar_endpoint", backend, target)


def draw_form(key: str, backend: Backend, target: Target | None) -> None:
    """Draw the form for a SageMaker endpoint; what is wrong is said in one line."""
    endpoint = target and target.endpoint
    models = [model.id for model in MODELS]
    shown = target.model if target else backend.settings.model
    with st.form(key, border=False):
        name = st.text_input(
            "Endpoint name",
            endpoint.name if endpoint else "",
            placeholder="falcon-7b-instruct",
        )
        region = st.text_input(
            "Region", endpoint.region if endpoint else "", placeholder="us-east-1"
        )
        profile = st.text_input(
            "AWS profile", (endpoint and endpoint.profile) or "", placeholder="default"
        )
        model = st.selectbox("Model behind it", models, models.index(shown.id))
        containers = (None, *CONTAINER_NAMES)
        container = st.selectbox(
            "Container",
            containers,
            containers.index(target.container if target else None),
            format_func=lambda name: name or "What SageMaker says",
            help=texts.CONTAINER_HELP,
        )
        if st.form_submit_button("Use this endpoint", type="primary", width="stretch"):
            try:
                chosen = Endpoint(
                    name=name.strip(),
                    region=region.strip(),
                    profile=profile.strip() or None,
                )
            except ConfigurationError as error:
                st.error(str(error))
                return
            _choose(
                Target(endpoint=chosen, model=find_model(model), container=container)
            )
            st.rerun()


def _choose(target: Target | None) -> None:
    st.session_state[KEY] = target


def draw_light(backend: Backend, target: Target | None) -> None:
    """Say in a few words how the endpoint is, and look again every few seconds."""
    is_starting = target is None and _is_starting(backend)
    pause = SECONDS_BETWEEN_LOOKS_AT_START if is_starting else SECONDS_BETWEEN_LOOKS
    st.fragment(_draw_light, run_every=pause)(backend, target, is_starting)


def _draw_light(backend: Backend, target: Target | None, was_starting: bool) -> None:
    if was_starting and not _is_starting(backend):
        # The rest of the page learns what is answering.
        st.rerun()
    name = "This machine" if target is None else target.endpoint.name
    light = _local_light(backend) if target is None else _light(backend, target)
    st.markdown(f"**{name}** :{light.colour}-badge[{light.word}]")
    if light.meaning:
        st.caption(light.meaning)


def _is_starting(backend: Backend) -> bool:
    return backend.local.state not in ("ready", "unavailable")


@dataclass(frozen=True, slots=True)
class _Light:
    colour: Literal["green", "orange", "red", "gray"]
    word: str
    meaning: str = ""


def _local_light(backend: Backend) -> _Light:
    local = backend.local
    match local.state:
        case "ready":
            return _Light("green", "ready")
        case "unavailable":
            return _Light("red", "unavailable", local.reason)
    return _Light("orange", local.state, local.reason)


def _light(backend: Backend, target: Target) -> _Light:
    state = backend.state(target.endpoint)
    if state is None:
        return _Light("gray", "looking…")
    match state.status:
        case "in service":
            return _Light("green", state.status)
        case "starting":
            return _Light("orange", state.status, state.meaning)
        case "unknown":
            return _Light("gray", "state unknown", state.meaning)
    return _Light("red", state.status, state.meaning)
