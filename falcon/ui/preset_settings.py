"""Presets above the parameters: choose one, save the own ones, pass them on as a file.

The chosen one is the one that makes just what is set now, so the field is a mark too.
A person's own are kept with the session, until there is a place for them on disk; the
page says so.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import streamlit as st

from falcon.errors import ConfigurationError
from falcon.parameters import GenerationParameters
from falcon.presets import (
    BUILT_IN,
    LONGEST_NAME,
    MOST_PRESETS,
    Preset,
    export_presets,
    find_equal,
    import_presets,
    preset_of,
)
from falcon.ui import texts
from falcon.ui.labels import plain
from falcon.ui.parameter_values import OFFERED, current, set_values, settle, use

KEY = "preset"
CHOSEN_KEY = "preset_chosen"
OWN_KEY = "presets_own"
NAME_KEY = "preset_name"
WITH_PROMPT_KEY = "preset_with_prompt"
IMPORTS_KEY = "preset_imports"
NOTE_KEY = "preset_note"
SYSTEM_PROMPT_KEY = "system_prompt"
FILE_NAME = "falcon-presets.json"
LARGEST_FILE = 20
"""Megabytes; falcon/interchange/document.py takes no more."""

DEFAULTS = Preset(name="Defaults", description=texts.DEFAULTS_PRESET)


def draw_presets(defaults: GenerationParameters) -> None:
    """Draw the choice of presets; `defaults` are the parameters of the settings."""
    settle(defaults)
    equal = _equal(defaults)
    name = None if equal is None else equal.name
    # Not every time: a value that is sent closes an open list.
    if KEY not in st.session_state or st.session_state[KEY] != name:
        st.session_state[KEY] = name
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        st.selectbox(
            "Preset",
            _presets(),
            key=KEY,
            placeholder="Values of your own",
            help=texts.PRESET_HELP,
            on_change=_choose,
            args=(defaults,),
        )
        with st.popover("Own", icon=":material/bookmark:", help=texts.OWN_PRESETS_HELP):
            _draw_own(defaults, equal)
    # Never nothing: what follows keeps its place while an answer is watched.
    st.caption(_describe(equal))


def own_presets() -> dict[str, Preset]:
    """Return the person's own presets by name, to read and to change."""
    own: dict[str, Preset] = st.session_state.setdefault(OWN_KEY, {})
    return own


def _describe(preset: Preset | None) -> str:
    if preset is None:
        return texts.NO_PRESET
    return plain(preset.description) or texts.OWN_PRESET


def _presets() -> dict[str, Preset]:
    built_in = {preset.name: preset for preset in (DEFAULTS, *BUILT_IN)}
    return {**built_in, **own_presets()}


def _equal(defaults: GenerationParameters) -> Preset | None:
    """Return the preset that makes what is set now: the chosen one, if several do."""
    presets = _presets()
    chosen = presets.get(st.session_state.get(CHOSEN_KEY, ""))
    return find_equal(
        (*([chosen] if chosen else ()), *presets.values()),
        current(defaults),
        system_prompt=_system_prompt(),
        base=defaults,
    )


def _system_prompt() -> str:
    written: str = st.session_state.get(SYSTEM_PROMPT_KEY, "")
    return written.strip()


def _choose(defaults: GenerationParameters) -> None:
    preset = _presets().get(st.session_state[KEY] or "")
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


def _draw_own(defaults: GenerationParameters, equal: Preset | None) -> None:
    with st.form("save_preset", border=False, clear_on_submit=True):
        st.text_input("Name", key=NAME_KEY, max_chars=LONGEST_NAME)
        st.checkbox("With the system prompt", key=WITH_PROMPT_KEY)
        st.form_submit_button(
            "Save as preset", on_click=_save, args=(defaults,), width="stretch"
        )
    _draw_note()
    own = own_presets()
    st.button(
        "Delete the chosen preset",
        key="delete_preset",
        icon=":material/delete:",
        disabled=equal is None or equal.name not in own,
        on_click=_delete,
        args=(equal and equal.name,),
        width="stretch",
    )
    st.download_button(
        "Export your presets",
        export_presets(own.values()),
        FILE_NAME,
        "application/json",
        icon=":material/download:",
        disabled=not own,
        on_click="ignore",
        width="stretch",
    )
    # A new one each time, or it would go on showing the file that was read.
    key = f"{IMPORTS_KEY}_{st.session_state.setdefault(IMPORTS_KEY, 0)}"
    st.file_uploader(
        "Import presets",
        "json",
        key=key,
        on_change=_import,
        args=(key,),
        max_upload_size=LARGEST_FILE,
    )
    st.caption(texts.OWN_PRESETS)


def _draw_note() -> None:
    note = st.session_state.get(NOTE_KEY)
    if isinstance(note, ConfigurationError):
        st.error(plain(str(note)), icon=":material/error:")
    elif note:
        st.caption(note)
    else:
        st.empty()


def _save(defaults: GenerationParameters) -> None:
    name: str = st.session_state[NAME_KEY].strip()
    with_prompt: bool = st.session_state[WITH_PROMPT_KEY]
    parameters = current(defaults)
    try:
        preset = preset_of(
            parameters,
            name=name,
            system_prompt=_system_prompt() if with_prompt else None,
        )
        # What was set to its usual value counts too: the settings may say otherwise.
        said = {key: getattr(parameters, key) for key in OFFERED if key in set_values()}
        known = {key: value for key, value in said.items() if value is not None}
        _add(
            (
                replace(
                    preset, parameters=MappingProxyType({**preset.parameters, **known})
                ),
            )
        )
    except ConfigurationError as error:
        st.session_state[NOTE_KEY] = error
        return
    st.session_state[CHOSEN_KEY] = name
    st.session_state[NOTE_KEY] = texts.PRESET_SAVED.format(name=plain(name))


def _delete(name: str) -> None:
    own_presets().pop(name, None)
    st.session_state[NOTE_KEY] = None


def _import(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    st.session_state[IMPORTS_KEY] += 1
    try:
        presets = import_presets(file.getvalue())
        _add(presets)
    except ConfigurationError as error:
        st.session_state[NOTE_KEY] = error
        return
    st.session_state[NOTE_KEY] = texts.PRESETS_IMPORTED.format(
        names=plain(", ".join(preset.name for preset in presets))
    )


def _add(presets: tuple[Preset, ...]) -> None:
    """Keep all of them, each in place of an own one of its name, or none."""
    names = {preset.name for preset in presets}
    if taken := names & {preset.name for preset in (DEFAULTS, *BUILT_IN)}:
        raise ConfigurationError(texts.PRESET_TAKEN.format(name=min(taken)))
    if len(names | own_presets().keys()) > MOST_PRESETS:
        raise ConfigurationError(texts.PRESETS_FULL.format(most=MOST_PRESETS))
    own_presets().update({preset.name: preset for preset in presets})
