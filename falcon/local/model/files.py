"""Where the small model's files lie. Imports nothing that only training needs."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent
GGUF = _FOLDER / "falcon-small-q8_0.gguf"
GGUF_CHECKSUM = _FOLDER / "falcon-small-q8_0.gguf.sha256"
EVALUATION = _FOLDER / "evaluation" / "questions.txt"
