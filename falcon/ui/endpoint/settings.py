"""Which endpoint answers: its form, and what is chosen with it."""

from __future__ import annotations

import streamlit as st

from falcon.containers import CONTAINER_NAMES
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.models import MODELS, find_model
from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.endpoint.light import draw_light
from falcon.ui.endpoint.picker import draw_picker, forget_choice, list_in_thread
from falcon.ui.language import say

KEY = "target"
_FIELDS = ("name", "region", "profile", "model", "container")
_FORMS = ("sidebar_endpoint", "dialog_endpoint")


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
    with st.expander(say("Change endpoint"), icon=":material/dns:"):
        if target is not None:
            st.button(
                say("Use the Falcon on this machine"),
                on_click=_choose,
                args=(None,),
                width="stretch",
            )
        draw_form("sidebar_endpoint", backend, target)


def open_form(title: str, backend: Backend) -> None:
    """Open the form over the page."""
    st.dialog(title)(_draw_dialog)(backend)


def _draw_dialog(backend: Backend) -> None:
    st.write(say(texts.CONNECT))
    draw_form("dialog_endpoint", backend, chosen_target(backend))


def draw_form(key: str, backend: Backend, target: Target | None) -> None:
    """Draw the form for a SageMaker endpoint and, once wanted, those that there are.

    What is wrong is said in one line.
    """
    now = _fill(key, backend, target)
    models, containers = [model.id for model in MODELS], ("", *CONTAINER_NAMES)
    unknown = say("What SageMaker says")
    with st.form(key, border=False):
        # Each with what it says now, too: a browser that was told it while it still
        # loaded the widget does not know it, and would say that a person emptied it.
        for field, label, example in (
            ("name", say("Endpoint name"), "falcon"),
            ("region", say("Region"), "us-east-1"),
            ("profile", say("AWS profile"), "default"),
        ):
            st.text_input(label, now[field], key=f"{key}_{field}", placeholder=example)
        st.selectbox(
            say("Model behind it"),
            models,
            models.index(now["model"]),
            key=f"{key}_model",
        )
        st.selectbox(
            say("Container"),
            containers,
            containers.index(now["container"]),
            key=f"{key}_container",
            format_func=lambda name: name or unknown,
            help=say(texts.CONTAINER_HELP),
        )
        is_used = st.form_submit_button(
            say("Use this endpoint"),
            type="primary",
            on_click=_use,
            args=(key,),
            width="stretch",
        )
        st.form_submit_button(
            say("List endpoints"),
            icon=":material/list:",
            on_click=list_in_thread,
            args=(key,),
            width="stretch",
        )
    problem = st.session_state.pop(f"{key}_problem", None)
    # A fixed place: what was wrong before must not stay while an answer is watched.
    place = st.empty()
    if problem:
        place.error(say(problem))
    if draw_picker(key, backend, use=_use) or (is_used and not problem):
        # Closes the dialog, where the form stands in one.
        st.rerun()


def _fill(key: str, backend: Backend, target: Target | None) -> dict[str, str]:
    """Give the form's fields their first values; return what they say now."""
    endpoint = target and target.endpoint
    first = (
        endpoint.name if endpoint else "",
        endpoint.region if endpoint else "",
        (endpoint and endpoint.profile) or "",
        (target.model if target else backend.settings.model).id,
        (target and target.container) or "",
    )
    return {
        field: st.session_state.setdefault(f"{key}_{field}", value)
        for field, value in zip(_FIELDS, first, strict=True)
    }


def _use(key: str) -> None:
    """Choose what stands in the form's fields."""
    name, region, profile, model, container = (
        st.session_state[f"{key}_{field}"] for field in _FIELDS
    )
    if not name.strip():
        st.session_state[f"{key}_problem"] = texts.NO_ENDPOINT_NAME
        return
    try:
        endpoint = Endpoint(
            name=name.strip(), region=region.strip(), profile=profile.strip() or None
        )
    except ConfigurationError as error:
        st.session_state[f"{key}_problem"] = error
        return
    _choose(
        Target(endpoint=endpoint, model=find_model(model), container=container or None)
    )


def _choose(target: Target | None) -> None:
    st.session_state[KEY] = target
    # Every form shows what was chosen last.
    for key in _FORMS:
        forget_choice(key)
        for field in _FIELDS:
            st.session_state.pop(f"{key}_{field}", None)
