"""Keeps the keyboard's focus where a person can go on: the script does all of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT = Path(__file__).with_name("keyboard_focus.js")


def draw_keyboard_focus() -> None:
    """Draw what holds the script; once on the page, and never seen."""
    _component()(key="keyboard_focus")


@cache
def _component() -> ComponentRenderer:
    script = SCRIPT.read_text(encoding="utf-8")
    return st.components.v2.component("keyboard_focus", js=script)
