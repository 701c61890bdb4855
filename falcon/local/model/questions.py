"""The format of evaluation/questions.txt.

A case is one or more `Q:` lines, the turns in order, and one or more `A:` lines: the
beginning of the expected answer to the last turn, and beginnings of other answers that
would do. `# ` begins a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SHORTEST_BEGINNING = 20
"""Bytes; fewer would not tell one answer from another."""


@dataclass(frozen=True, slots=True)
class Case:
    """A dialogue's questions and how the answer to the last one should begin."""

    group: str
    questions: tuple[str, ...]
    beginnings: tuple[str, ...]


def parse(text: str) -> Iterator[Case]:
    """Yield the cases of a file of questions; raises ValueError naming a wrong line."""
    group, questions, beginnings = "", list[str](), list[str]()
    for number, line in enumerate([*text.splitlines(), "# "], 1):
        marker, content = line[:2], line[2:].strip()
        if beginnings and marker != "A:":
            yield Case(group, tuple(questions), tuple(beginnings))
            questions, beginnings = [], []
        if marker == "# ":
            if questions:
                raise ValueError(f"line {number}: the question before has no answer")
            group = content
        elif marker == "Q:" and content:
            questions.append(content)
        elif (
            marker == "A:" and questions and len(content.encode()) >= SHORTEST_BEGINNING
        ):
            beginnings.append(content)
        elif line.strip():
            raise ValueError(
                f"line {number}: neither a question, an answer nor a group"
            )
