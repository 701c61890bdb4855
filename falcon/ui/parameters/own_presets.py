"""The presets there are: the built-in ones and a person's own.

The own ones are on disk under the browser's id, or else in the session alone; another
tab's are seen from this tab's next run on. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from falcon.errors import ConfigurationError, HistoryError
from falcon.presets import BUILT_IN, Preset, check_room
from falcon.registry import Registry
from falcon.text import text
from falcon.ui.conversations.owner import Owner, current_owner
from falcon.ui.language import say

KEPT_KEY = "presets_kept"
"""Those on disk, as they were last read."""
OWN_KEY = "presets_own"
"""Those that only the session has."""

DEFAULTS = Preset(name=text("Defaults"), description=text("Nothing is set."))
BUILT_IN_NAMED = {preset.name: preset for preset in (DEFAULTS, *BUILT_IN)}


def all_presets() -> Mapping[str, Preset]:
    return {**BUILT_IN_NAMED, **own_presets()}


def preset_label(name: str) -> str:
    """Return a preset's name as it is shown: a person's own stays as it was written."""
    return say(BUILT_IN_NAMED[name].name) if name in BUILT_IN_NAMED else name


def own_presets() -> Mapping[str, Preset]:
    """Return the person's own presets by name."""
    return {**st.session_state.get(KEPT_KEY, {}), **_of_session()}


def are_kept() -> bool:
    """Whether a reload finds all of them again."""
    return _owner() is not None and not _of_session()


def read_own_presets(registry: Registry) -> None:
    """Have `own_presets` return what is on disk now; if that fails, what was there."""
    owner = _owner()
    if owner is None:
        return
    with suppress(HistoryError):
        if KEPT_KEY not in st.session_state and _of_session():
            # Saved before the browser had told whose they are.
            with suppress(ConfigurationError):
                registry.save_presets(owner.id, _of_session().values())
                _of_session().clear()
        found = registry.presets(owner.id)
        st.session_state[KEPT_KEY] = {preset.name: preset for preset in found}


def keep_own_presets(registry: Registry, presets: tuple[Preset, ...]) -> None:
    """Keep all of them, each in place of an own one of its name, or none.

    Raises ConfigurationError if they would be too many. Raises HistoryError if the disk
    refuses; then the session has them all the same.
    """
    named = {preset.name: preset for preset in presets}
    check_room(own_presets().keys() | named.keys())
    owner = _owner()
    if owner is None:
        _of_session().update(named)
        return
    try:
        registry.save_presets(owner.id, presets)
    except HistoryError:
        _of_session().update(named)
        raise
    for name in named:
        _of_session().pop(name, None)
    read_own_presets(registry)


def delete_own_preset(registry: Registry, name: str) -> None:
    """Raises HistoryError if the disk refuses, and then it is still there."""
    owner = _owner()
    if owner is not None:
        registry.delete_preset(owner.id, name)
    for presets in (_of_session(), st.session_state.get(KEPT_KEY, {})):
        presets.pop(name, None)


def _owner() -> Owner | None:
    """Return the owner, if the browser says the same one after a reload."""
    owner = current_owner()
    return owner if owner is not None and owner.is_kept else None


def _of_session() -> dict[str, Preset]:
    own: dict[str, Preset] = st.session_state.setdefault(OWN_KEY, {})
    return own
