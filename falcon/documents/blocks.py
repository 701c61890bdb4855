"""Documents within a question's text: what is on the screen is what the model is sent.

Each document stands in a fenced block before the question, where models look for it:

    Document: report.pdf (pages 1 to 12 of 40)
    ```
    …
    ```

    Which of these numbers is the largest?
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from falcon.documents import Document

_BLOCK = re.compile(r"Document: ([^\n]+)\n(`{3,})\n(.*?)\n\2(?:\n\n|\Z)", re.DOTALL)
_BACKTICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Block:
    """A document as it stands in a question's text."""

    heading: str
    text: str


def with_documents(question: str, documents: Iterable[Document]) -> str:
    """Return the text of a question about these documents."""
    return "".join(map(_block, documents)) + question


def without_documents(text: str) -> tuple[tuple[Block, ...], str]:
    """Return the blocks at the beginning of a question's text, and the rest of it."""
    blocks: list[Block] = []
    position = 0
    while found := _BLOCK.match(text, position):
        blocks.append(Block(found[1], found[3]))
        position = found.end()
    return tuple(blocks), text[position:]


def heading(document: Document) -> str:
    """Return a document's name, and which part it is."""
    if not document.is_cut:
        return document.name
    whole, pages = document.whole_pages, len(document.page_ends)
    if whole:
        return f"{document.name} (pages 1 to {whole} of {pages})"
    return f"{document.name} (its beginning)"


def _block(document: Document) -> str:
    # Longer than any in the document, which so cannot end its block itself.
    longest = max(map(len, _BACKTICKS.findall(document.text)), default=2)
    fence = "`" * (longest + 1)
    return f"Document: {heading(document)}\n{fence}\n{document.text}\n{fence}\n\n"
