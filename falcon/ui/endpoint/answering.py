"""One honest line about what is answering."""

from __future__ import annotations

import streamlit as st

from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.language import say
from falcon.ui.model_languages import describe_languages


def draw_answering(backend: Backend, target: Target | None) -> None:
    model = target.model if target else backend.local_model()
    languages = describe_languages(model)
    said = (_describe(backend, target), languages)
    st.caption("  \n".join(line for line in said if line))


def _describe(backend: Backend, target: Target | None) -> str:
    if target is not None:
        return say(
            texts.SAGEMAKER_ENDPOINT,
            name=target.endpoint.name,
            region=target.endpoint.region,
        )
    local = backend.local
    if local.state == "unavailable":
        return say(texts.NO_LOCAL_MODEL, reason=local.reason)
    if local.facts is None:
        return say(texts.LOCAL_MODEL_COMES)
    if local.facts.is_shipped_model:
        return say(texts.SMALL_LOCAL_MODEL, millions=local.facts.parameter_count / 1e6)
    return say(texts.LOCAL_MODEL, name=local.facts.name)
