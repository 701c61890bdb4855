"""Makes a text safe to stand in a label, which Streamlit reads as Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&])")
# Streamlit looks for these after Markdown has taken the backslashes away.
_NAMES = re.compile(r":(?=[\w/])|(?<=www)\.|@")
_JOINER = "\N{WORD JOINER}"
"""Invisible, without width, and no place to break a line."""


def plain(text: str) -> str:
    """Return what shows as `text` itself, whatever it holds."""
    return _MARKS.sub(r"\\\1", _NAMES.sub(rf"\g<0>{_JOINER}", text))
