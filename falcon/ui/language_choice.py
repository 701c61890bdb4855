"""The choice of a language, which the browser keeps for the next visit.

Kept in the browser's own storage and not in a cookie, which the proxy of SageMaker
Studio may strip, nor in the address, which people share.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from falcon.ui.language import choose_language, chosen_language, current_language

NAMES = MappingProxyType({"en": "English", "ko": "한국어"})
"""Each in its own language, for those who read no other."""
KEY = "language_choice"
COMPONENT_KEY = "language_component"
_SCRIPT = """
const NAME = "falcon-chat-language";

function kept() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function keep(language) {
  try {
    localStorage.setItem(NAME, language);
  } catch {
    // It then counts until the next reload.
  }
}

// Told once, as a choice made since then counts more.
const told = new WeakSet();

export default function ({ data, parentElement, setStateValue }) {
  document.documentElement.lang = data.language;
  if (data.is_chosen) {
    keep(data.language);
  } else if (!told.has(parentElement)) {
    told.add(parentElement);
    const language = kept();
    if (language && language !== data.language) setStateValue("language", language);
  }
}
"""


def recall_language() -> None:
    """Ask the browser what was chosen in it; only another language than its own is
    told, with another page run. Drawn before anything is said."""
    component = st.components.v2.component("falcon_language", js=_SCRIPT)
    said = component(
        key=COMPONENT_KEY,
        data={
            "language": current_language(),
            "is_chosen": chosen_language() is not None,
        },
        on_language_change=_recall,
    )
    _recall(said)


def draw_language() -> None:
    st.session_state[KEY] = current_language()
    st.segmented_control(
        "Language / 언어",
        NAMES,
        format_func=NAMES.__getitem__,
        key=KEY,
        required=True,
        width="stretch",
        on_change=_choose,
    )


def _choose() -> None:
    choose_language(st.session_state[KEY])


def _recall(said: Mapping[str, Any] | None = None) -> None:
    said = st.session_state[COMPONENT_KEY] if said is None else said
    told = said.get("language")
    # Anything may come from a browser.
    if chosen_language() is None and isinstance(told, str):
        choose_language(told)
