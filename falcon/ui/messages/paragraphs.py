"""Cuts a growing text into finished parts and a tail, without drawing anything.

A finished part never changes again, so it is sent to the browser once; only the tail
is sent anew for every token. Without this, an answer of n tokens costs n² bytes.
"""

from __future__ import annotations

import re

SHORTEST_PART = 400
"""Characters; shorter paragraphs are kept together, since every part is an element."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CONTINUES = re.compile(r"\s|[-*+>|]|\d+[.)]\s")
"""How a line begins that may belong to a list, a quote or a table above it."""


def split_finished(text: str) -> tuple[str, ...]:
    """Return the parts of `text`, of which only the last may still change.

    A cut is made at an empty line, never inside a fenced code block, a formula or a
    list. Joined again the parts are `text`.
    """
    parts: list[str] = []
    start, position, fence, formula = 0, 0, "", False
    previous_is_empty = False
    for line in text.splitlines(keepends=True):
        is_cut = (
            previous_is_empty
            and not fence
            and not formula
            and position - start >= SHORTEST_PART
            and line.strip() != ""
            and not _CONTINUES.match(line)
        )
        if is_cut:
            parts.append(text[start:position])
            start = position
        fence = _fence_after(line, fence)
        if not fence:
            formula ^= line.count("$$") % 2 == 1
        previous_is_empty = line.strip() == ""
        position += len(line)
    return (*parts, text[start:])


def _fence_after(line: str, fence: str) -> str:
    """Return the code fence that is open after `line`, given the one before it."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    marks = found[1]
    if not fence:
        return marks
    closes = marks.startswith(fence) and line.strip() == marks
    return "" if closes else fence
