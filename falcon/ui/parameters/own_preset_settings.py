"""The panel of a person's own presets: save, delete, pass on as a file."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import streamlit as st

from falcon.errors import ConfigurationError, FalconError, HistoryError
from falcon.parameters import GenerationParameters
from falcon.presets import (
    LONGEST_NAME,
    Preset,
    export_presets,
    import_presets,
    preset_of,
)
from falcon.registry import Registry
from falcon.text import text
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.conversations.owner import current_owner
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.parameters.own_presets import (
    BUILT_IN_NAMED,
    are_kept,
    delete_own_preset,
    keep_own_presets,
    own_presets,
)
from falcon.ui.parameters.values import OFFERED, current, set_values

CHOSEN_KEY = "preset_chosen"
NOTE_KEY = "preset_note"
SYSTEM_PROMPT_KEY = "system_prompt"
NAME_KEY = "preset_name"
WITH_PROMPT_KEY = "preset_with_prompt"
IMPORTS_KEY = "preset_imports"
FILE_NAME = "falcon-presets.json"
LARGEST_FILE = 20
"""Megabytes; falcon/interchange/document.py takes no more."""


def draw_own_presets(backend: Backend, equal: Preset | None) -> None:
    """Draw the panel; `equal` is the preset that is chosen."""
    registry = backend.registry
    with st.form("save_preset", border=False, clear_on_submit=True):
        st.text_input(say("Name"), key=NAME_KEY, max_chars=LONGEST_NAME)
        st.checkbox(say("With the system prompt"), key=WITH_PROMPT_KEY)
        st.form_submit_button(
            say("Save as preset"),
            on_click=_save,
            args=(registry, backend.settings.parameters),
            width="stretch",
        )
    _draw_note()
    own = own_presets()
    st.button(
        say("Delete the chosen preset"),
        key="delete_preset",
        icon=":material/delete:",
        disabled=equal is None or equal.name not in own,
        on_click=_delete,
        args=(registry, equal and equal.name),
        width="stretch",
    )
    st.download_button(
        say("Export your presets"),
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
        say("Import presets"),
        "json",
        key=key,
        on_change=_import,
        args=(registry, key),
        max_upload_size=LARGEST_FILE,
    )
    st.caption(_where_kept(backend))


def _where_kept(backend: Backend) -> str:
    owner = current_owner()
    if owner is None or not owner.is_kept:
        return say(texts.OWN_PRESETS_OF_SESSION)
    if not are_kept():
        return say(texts.OWN_PRESETS_NOT_KEPT)
    if backend.history_problem is not None:
        return say(texts.OWN_PRESETS_IN_MEMORY)
    return say(texts.OWN_PRESETS)


def _draw_note() -> None:
    note = st.session_state.get(NOTE_KEY)
    if isinstance(note, FalconError):
        st.error(plain(say(note)), icon=":material/error:")
    elif note:
        st.caption(plain(say(note)))
    else:
        st.empty()


def _save(registry: Registry, defaults: GenerationParameters) -> None:
    name: str = st.session_state[NAME_KEY].strip()
    with_prompt: bool = st.session_state[WITH_PROMPT_KEY]
    parameters = current(defaults)
    try:
        preset = preset_of(
            parameters,
            name=name,
            system_prompt=written_system_prompt() if with_prompt else None,
        )
        # What was set to its usual value counts too: the settings may say otherwise.
        said = {key: getattr(parameters, key) for key in OFFERED if key in set_values()}
        known = {key: value for key, value in said.items() if value is not None}
        parameters_said = MappingProxyType({**preset.parameters, **known})
        saved = replace(preset, parameters=parameters_said)
    except ConfigurationError as error:
        st.session_state[NOTE_KEY] = error
        return
    st.session_state[NOTE_KEY] = _keep(registry, (saved,)) or text(
        "Saved as {name}.", name=name
    )
    if name in own_presets():
        st.session_state[CHOSEN_KEY] = name


def _delete(registry: Registry, name: str) -> None:
    st.session_state[NOTE_KEY] = None
    try:
        delete_own_preset(registry, name)
    except HistoryError as error:
        st.session_state[NOTE_KEY] = error


def _import(registry: Registry, key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    st.session_state[IMPORTS_KEY] += 1
    try:
        presets = import_presets(file.getvalue())
    except ConfigurationError as error:
        st.session_state[NOTE_KEY] = error
        return
    st.session_state[NOTE_KEY] = _keep(registry, presets) or text(
        "Imported: {names}.", names=", ".join(preset.name for preset in presets)
    )


def _keep(registry: Registry, presets: tuple[Preset, ...]) -> FalconError | None:
    """Keep all of them or none; return what is wrong."""
    names = {preset.name for preset in presets}
    try:
        if taken := names & BUILT_IN_NAMED.keys():
            raise ConfigurationError(
                text(
                    "There is a built-in preset with the name {name}. Choose another.",
                    name=min(taken),
                )
            )
        keep_own_presets(registry, presets)
    except ConfigurationError as error:
        return error
    except HistoryError as error:
        return HistoryError(text("Not saved: {problem}", problem=error))
    return None


def written_system_prompt() -> str:
    written: str = st.session_state.get(SYSTEM_PROMPT_KEY, "")
    return written.strip()
