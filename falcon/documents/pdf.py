"""The pages of a PDF, read by pypdf in a process of its own.

A PDF is a small program, and one that was made to harm would keep a thread busy or
fill the memory for good. The process has a bounded time and memory, and the page's
process never imports pypdf.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from falcon.errors import AttachmentError
from falcon.text import Text, text

PROJECT = Path(__file__).parents[2]
SECONDS = 10.0
"""Of processor time; 200 pages of print take about 1."""
PATIENCE = 3
"""How many times as long a busy machine may take."""
_AT_ONCE = threading.BoundedSemaphore(2)


def read_pages(name: str, file: bytes, *, seconds: float = SECONDS) -> list[str]:
    """Return the text of each page, empty where a page is a picture.

    Raises AttachmentError.
    """
    with _AT_ONCE:
        try:
            child = subprocess.run(
                [sys.executable, "-m", "falcon.documents.pdf_reader", str(seconds)],
                cwd=PROJECT,
                input=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds * PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _too_slow(name) from error
    if child.returncode < 0:  # The system has ended it.
        raise _too_slow(name)
    if child.returncode:  # Whatever pypdf stumbled over.
        raise AttachmentError(
            text("{name} is broken: its pages cannot be read.", name=name)
        )
    said = json.loads(child.stdout)
    if "refusal" in said:
        raise AttachmentError(_refusal(name, said))
    pages: list[str] = said["pages"]
    return pages


def _refusal(name: str, said: Mapping[str, object]) -> Text:
    match said:
        case {"refusal": "encrypted"}:
            return text(
                "{name} is protected by a password. Save it without one first.",
                name=name,
            )
        case {"refusal": "pages", "pages": pages, "most": most}:
            return text(
                "{name} has {pages} pages; {most} are allowed.",
                name=name,
                pages=pages,
                most=most,
            )
    return text(
        "{name} needs more memory to read than a document should. Print it to a new "
        "PDF, or copy what you need into the question.",
        name=name,
    )


def _too_slow(name: str) -> AttachmentError:
    return AttachmentError(
        text(
            "{name} takes too long to read. Print it to a new PDF, or copy what you "
            "need into the question.",
            name=name,
        )
    )
