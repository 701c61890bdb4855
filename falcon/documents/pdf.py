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
from pathlib import Path

from falcon.errors import AttachmentError

PROJECT = Path(__file__).parents[2]
SECONDS = 10.0
"""Of processor time; 200 pages of print take about 1."""
PATIENCE = 3
"""How many times as long a busy machine may take."""
_AT_ONCE = threading.BoundedSemaphore(2)

_REFUSALS = {
    "encrypted": "{name} is protected by a password. Save it without one first.",
    "pages": "{name} has {pages} pages; {most} are allowed.",
    "too much": (
        "{name} needs more memory to read than a document should. "
        "Print it to a new PDF, or copy what you need into the question."
    ),
}
_BROKEN = "{name} is broken: its pages cannot be read."
_TOO_SLOW = (
    "{name} takes too long to read. "
    "Print it to a new PDF, or copy what you need into the question."
)


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
            raise AttachmentError(_TOO_SLOW.format(name=name)) from error
    if child.returncode < 0:  # The system has ended it.
        raise AttachmentError(_TOO_SLOW.format(name=name))
    if child.returncode:  # Whatever pypdf stumbled over.
        raise AttachmentError(_BROKEN.format(name=name))
    said = json.loads(child.stdout)
    if refusal := said.pop("refusal", None):
        raise AttachmentError(_REFUSALS[refusal].format(name=name, **said))
    pages: list[str] = said["pages"]
    return pages
