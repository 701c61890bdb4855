"""A column's settings as the page has them: from the sidebar, and back into it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from falcon.compare_run import ColumnSettings
from falcon.errors import FalconError
from falcon.local.runtime import REGION
from falcon.open_conversation import OpenStream
from falcon.record import AnswerRecord
from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.endpoint.settings import KEY as TARGET_KEY
from falcon.ui.parameters.preset_settings import SYSTEM_PROMPT_KEY
from falcon.ui.parameters.values import use
from falcon.ui.sidebar import Choices


def settings_of(choices: Choices) -> ColumnSettings:
    """Return what is chosen in the sidebar now."""
    settings = ColumnSettings(
        parameters=choices.parameters, system_prompt=choices.system_prompt
    )
    return with_target(settings, choices.target)


def with_target(settings: ColumnSettings, target: Target | None) -> ColumnSettings:
    if target is None:
        return replace(settings, endpoint=None, container=None)
    return replace(
        settings,
        endpoint=target.endpoint,
        model=target.model,
        container=target.container,
    )


def target_of(settings: ColumnSettings) -> Target | None:
    """Return whom a column asks; None: the Falcon on this machine."""
    if settings.endpoint is None:
        return None
    return Target(
        endpoint=settings.endpoint, model=settings.model, container=settings.container
    )


def name_of(target: Target | None) -> str:
    """Return what a target is called; that of this machine is still to be said."""
    if target is None:
        return texts.COMPARE_HERE
    return f"{target.endpoint.name} ({target.endpoint.region})"


def opener(backend: Backend, settings: ColumnSettings) -> OpenStream:
    """Return what opens the stream of a column's answer."""
    target = target_of(settings)
    if target is not None:
        # Made before the first column is asked: one column's time would otherwise hold
        # the making of another's client. What is wrong, its own answer says.
        with suppress(FalconError):
            backend.client(target)
    return backend.opener(
        target, settings.parameters, system_prompt=settings.system_prompt
    )


def record(backend: Backend, settings: ColumnSettings) -> AnswerRecord:
    """Return what is known of a column's answer before it is asked for."""
    if settings.endpoint is not None:
        return settings.record
    model = backend.local_model()
    return replace(
        settings.record,
        endpoint=backend.local.name,
        region=REGION,
        model=model.id if model else "",
    )


def use_in_sidebar(settings: ColumnSettings) -> None:
    """Have the next run's sidebar show a column's settings."""
    use(settings.parameters)
    st.session_state[SYSTEM_PROMPT_KEY] = settings.system_prompt
    st.session_state[TARGET_KEY] = target_of(settings)
