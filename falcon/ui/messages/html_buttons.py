"""Copy and More, the buttons under every message: plain HTML, which costs the least.

One listener in the browser serves them all. Copy works there alone, in the moment of
the click, which browsers insist on; on plain http a page has no clipboard, and the
oldest way still works. More tells the server which message it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from falcon.ui import texts
from falcon.ui.language import say

SCRIPT = Path(__file__).with_name("html_buttons.js")
NAME = "html_buttons"


def copy_button(text: str) -> str:
    """Return the HTML of a button that copies `text`."""
    return (
        '<button type="button" class="falcon-button falcon-copy"'
        f' title="{escape(say("Copy"))}" data-text="{_attribute(text)}"></button>'
    )


def more_button(message_id: str) -> str:
    """Return the HTML of a button that asks for more actions on a message."""
    return (
        '<button type="button" class="falcon-button falcon-more"'
        f' title="{escape(say("More"))}" data-message="{escape(message_id)}"></button>'
    )


def draw_html_buttons(on_more: Callable[[str], None]) -> None:
    """Draw what serves the buttons; once on the page, and never seen."""
    _component()(
        key=NAME,
        data={"done": say("Copied"), "failed": say(texts.NOT_COPIED)},
        on_more_change=lambda: on_more(st.session_state[NAME]["more"]),
    )


def _attribute(text: str) -> str:
    # Streamlit's sanitiser drops an attribute in which it sees markup: "-->".
    quoted = json.dumps(text, ensure_ascii=False)
    quoted = quoted.replace("<", r"\u003c").replace(">", r"\u003e")
    return escape(quoted)


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(NAME, js=SCRIPT.read_text(encoding="utf-8"))
