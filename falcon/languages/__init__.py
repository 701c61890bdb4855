"""What the page says, in each language: a catalogue for people and one for gettext."""

from __future__ import annotations

from pathlib import Path

LANGUAGES = ("en", "ko")
"""The sentences themselves are English: that catalogue says each as it is."""
FOLDER = Path(__file__).parent
