"""The page around the chat: its title, icon and style."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.responses import FileResponse
from starlette.routing import Route

ICON = Path(__file__).with_name("falcon.svg")
STYLE = Path(__file__).with_name("style.css")
NAME = "Falcon Chat"
SIDEBAR_WIDTH = 330
"""Pixels: the longest parameter's name, its badge and its buttons on one line."""


def begin_page() -> None:
    """Set the title and draw the heading; the first Streamlit call of a run."""
    # The icon is not given to Streamlit, here or as an avatar: it would import numpy
    # and Pillow to look at it, 0.2 s before the first paint.
    st.set_page_config(
        page_title=NAME, layout="centered", initial_sidebar_state=SIDEBAR_WIDTH
    )
    icon = f':root {{ --falcon-icon: url("{icon_uri()}"); }}'
    st.html(f"<style>{icon}{STYLE.read_text(encoding='utf-8')}</style>")
    st.html(f'<div class="falcon-title"><i></i><h1>{NAME}</h1></div>')


@cache
def icon_uri() -> str:
    """Return the icon as a data URI: nothing has to be fetched for it."""
    return f"data:image/svg+xml;base64,{b64encode(ICON.read_bytes()).decode()}"


def icon_route() -> Route:
    """Return the route that gives a browser the icon where it looks for Streamlit's."""
    return Route("/favicon.png", lambda _: FileResponse(ICON))
