"""Names for the files that a person saves: safe on every system, in every script."""

from __future__ import annotations

import unicodedata
from datetime import date

LONGEST_NAME = 120
"""Bytes of the title in it; file systems allow 255 for the whole name."""


def file_name(title: str, extension: str, *, day: date) -> str:
    """Return a name such as 팔콘이-뭐예요-2026-11-20.md.

    Letters, digits and their marks stay, whatever the script; everything else, path
    characters among it, becomes a hyphen.
    """
    composed = unicodedata.normalize("NFC", title)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in composed)
    slug = "-".join(kept.split()).encode()[:LONGEST_NAME].decode("utf-8", "ignore")
    return f"{slug.strip('-') or 'conversation'}-{day:%Y-%m-%d}.{extension}"
