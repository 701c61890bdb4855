"""The page around the chat: its title, icon and style."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

import streamlit as st

ICON = Path(__file__).with_name("falcon.svg")
STYLE = Path(__file__).with_name("style.css")
NAME = "Falcon Chat"
SIDEBAR_WIDTH = 330
"""Pixels: the longest parameter's name, its badge and its buttons on one line."""


def begin_page() -> None:
    """Set the title and draw the heading; the first Streamlit call of a run."""
    st.set_page_config(
        page_title=NAME,
        page_icon=icon_uri(),
        layout="centered",
        initial_sidebar_state=SIDEBAR_WIDTH,
    )
    st.html(STYLE)
    st.html(
        f'<div class="falcon-title"><img src="{icon_uri()}" alt="">'
        f"<h1>{NAME}</h1></div>"
    )


@cache
def icon_uri() -> str:
    """Return the icon as a data URI: nothing has to be fetched for it."""
    return f"data:image/svg+xml;base64,{b64encode(ICON.read_bytes()).decode()}"
