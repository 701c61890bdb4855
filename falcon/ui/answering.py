"""One honest line about what is answering."""

from __future__ import annotations

import streamlit as st

from falcon.ui import texts
from falcon.ui.backend import Backend, Target


def draw_answering(backend: Backend, target: Target | None) -> None:
    st.caption(_describe(backend, target))


def _describe(backend: Backend, target: Target | None) -> str:
    if target is not None:
        return texts.SAGEMAKER_ENDPOINT.format(
            name=target.endpoint.name, region=target.endpoint.region
        )
    local = backend.local
    if local.state == "unavailable":
        return texts.NO_LOCAL_MODEL.format(reason=local.reason)
    if local.facts is None:
        return texts.LOCAL_MODEL_COMES
    if local.facts.is_shipped_model:
        return texts.SMALL_LOCAL_MODEL.format(
            millions=local.facts.parameter_count / 1e6
        )
    return texts.LOCAL_MODEL.format(name=local.facts.name)
