"""Presets above the parameters: the choice of one.

The chosen one is the one that makes just what is set now, so the field is a mark too.
"""

from __future__ import annotations

import streamlit as st

from falcon.errors import ConfigurationError
from falcon.parameters import GenerationParameters
from falcon.presets import Preset, find_equal
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.parameters.own_preset_settings import (
    CHOSEN_KEY,
    NOTE_KEY,
    draw_own_presets,
    written_system_prompt,
)
from falcon.ui.parameters.own_preset_settings import (
    SYSTEM_PROMPT_KEY as SYSTEM_PROMPT_KEY,
)
from falcon.ui.parameters.own_presets import (
    BUILT_IN_NAMED,
    all_presets,
    preset_label,
    read_own_presets,
)
from falcon.ui.parameters.values import current, settle, use

KEY = "preset"


def draw_presets(backend: Backend) -> None:
    defaults = backend.settings.parameters
    settle(defaults)
    read_own_presets(backend.registry)
    equal = _equal(defaults)
    name = None if equal is None else equal.name
    # Not every time: a value that is sent closes an open list.
    if KEY not in st.session_state or st.session_state[KEY] != name:
        st.session_state[KEY] = name
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        st.selectbox(
            say("Preset"),
            list(all_presets()),
            key=KEY,
            format_func=preset_label,
            placeholder=say("Values of your own"),
            help=say(texts.PRESET_HELP),
            on_change=_choose,
            args=(defaults,),
        )
        with st.popover(
            say("Own"), icon=":material/bookmark:", help=say(texts.OWN_PRESETS_HELP)
        ):
            draw_own_presets(backend, equal)
    # Never nothing: what follows keeps its place while an answer is watched.
    st.caption(_describe(equal))


def _describe(preset: Preset | None) -> str:
    if preset is None:
        return say(texts.NO_PRESET)
    if preset.name in BUILT_IN_NAMED:
        return plain(say(preset.description))
    return plain(preset.description) or say(texts.OWN_PRESET)


def _equal(defaults: GenerationParameters) -> Preset | None:
    """Return the preset that makes what is set now: the chosen one, if several do."""
    presets = all_presets()
    chosen = presets.get(st.session_state.get(CHOSEN_KEY, ""))
    return find_equal(
        (*([chosen] if chosen else ()), *presets.values()),
        current(defaults),
        system_prompt=written_system_prompt(),
        base=defaults,
    )


def _choose(defaults: GenerationParameters) -> None:
    preset = all_presets().get(st.session_state[KEY] or "")
    if preset is None:
        return  # It was emptied, which changes no parameter.
    st.session_state[CHOSEN_KEY] = preset.name
    try:
        use(preset.applied_to(defaults))
    except ConfigurationError as error:
        st.session_state[NOTE_KEY] = error
        return
    if preset.system_prompt is not None:
        st.session_state[SYSTEM_PROMPT_KEY] = preset.system_prompt
