"""Documents that a person attaches to a question: text, Markdown and PDF.

From a file's bytes to its text, within limits. A file is read as if somebody hostile
had made it. Knows neither the page nor the model: falcon/documents/fitting.py says
which part of a document fits one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from falcon.errors import AttachmentError
from falcon.text import text

ENDINGS = ("txt", "md", "markdown", "pdf")
LARGEST_FILE = 5 * 1024 * 1024
"""Bytes."""
MOST_FILES = 3
"""With one question."""
MOST_PAGES = 200
LONGEST_NAME = 80
"""Characters."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document's text, or as much of its beginning as is to be sent."""

    name: str
    text: str
    page_ends: tuple[int, ...] = ()
    """Where in the whole text each page ends; empty: it has no pages."""
    length: int = 0
    """Characters of the whole text."""

    @property
    def is_cut(self) -> bool:
        return len(self.text) < self.length

    @property
    def whole_pages(self) -> int:
        """How many pages are in the text from beginning to end."""
        return sum(end <= len(self.text) for end in self.page_ends)

    def beginning(self, length: int) -> Document:
        """Return the document without what comes after so many characters."""
        return replace(self, text=self.text[:length].rstrip())


def read_document(name: str, file: bytes) -> Document:
    """Return the text of a file; its content, not its name, says what it is.

    Raises AttachmentError, which says why the file cannot be read.
    """
    name = clean_name(name)
    if len(file) > LARGEST_FILE:
        raise AttachmentError(
            text(
                "{name} has {size:.1f} MB; {most} MB are allowed.",
                name=name,
                size=len(file) / 1024**2,
                most=LARGEST_FILE // 1024**2,
            )
        )
    if not file.strip():
        raise _empty(name)
    # What other readers allow too: some mail programs put lines before it.
    if b"%PDF-" in file[:1024]:
        from falcon.documents.pdf import read_pages

        return _from_pages(name, [_tidy(page) for page in read_pages(name, file)])
    if name.lower().endswith(".pdf"):
        raise AttachmentError(
            text("{name} is not a PDF, whatever its name says.", name=name)
        )
    from falcon.documents.plain_text import decode

    content = _tidy(decode(name, file))
    if not content:
        raise _empty(name)
    return Document(name, content, length=len(content))


def clean_name(name: str) -> str:
    """Return a file's name on one line, without what cannot be seen."""
    seen = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(seen) > LONGEST_NAME:
        seen = f"{seen[: LONGEST_NAME - 12]}…{seen[-11:]}"
    return seen or "document"


def _from_pages(name: str, pages: Sequence[str]) -> Document:
    content, ends = "", []
    for page in pages:
        content = f"{content}\n\n{page}" if content and page else content + page
        ends.append(len(content))
    if not content:
        raise AttachmentError(
            text(
                "{name} holds no text: it may be scanned. Run text recognition on it "
                "first, or copy what you need into the question.",
                name=name,
            )
        )
    return Document(name, content, tuple(ends), len(content))


def _empty(name: str) -> AttachmentError:
    return AttachmentError(text("{name} is empty.", name=name))


def _tidy(text: str) -> str:
    """Return a text without line ends, blanks and characters that only cost tokens."""
    text = text.encode("utf-8", "replace").decode()  # No half characters.
    lines = (line.rstrip() for line in text.splitlines())
    text = "\n".join(lines).translate(_CONTROLS).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) if text.strip() else ""


_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127, 0xFEFF])
