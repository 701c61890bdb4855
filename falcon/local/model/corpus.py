"""The corpus: questions in several wordings with their answers, as readable files.

Knows the format of corpus/*.txt and *.list and refuses what does not follow it. Knows
nothing about how dialogues are made of it.

An entry is a group of `Q:` lines (wordings of one question) and the `A:` answer that
follows; an answer runs until the next `Q:`, `F:` or `# ` line. `F:` lines are wordings
of a follow-up that goes on from the answer before it. `# ` begins a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

CORPUS = Path(__file__).parent / "corpus"
LISTS = MappingProxyType(
    {
        "name": "names.list",
        "colour": "colours.list",
        "city": "cities.list",
        "이름": "korean_names.list",
    }
)
"""What may stand in braces in a wording or answer, and the file of words for it."""
PLACEHOLDER = re.compile("{(" + "|".join(LISTS) + ")}")
UNKNOWN = "I am a small Falcon network made for trying this application"
"""How the answer to a question outside the corpus begins, in English …"""
UNKNOWN_KOREAN = "저는 이 애플리케이션을 써 보기 위해 만든 작은 팔콘 신경망"
"""… and in Korean."""

_RESERVED = ("A:", "User:", "Assistant:")


class CorpusError(ValueError):
    """A file does not follow the format; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question in its wordings, and its answer."""

    wordings: tuple[str, ...]
    answer: str

    @property
    def is_unknown(self) -> bool:
        """Whether the answer admits that the question is outside the corpus."""
        return self.answer.startswith((UNKNOWN, UNKNOWN_KOREAN))


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and the follow-ups that go on from it, each from the one before."""

    exchanges: tuple[Exchange, ...]
    place: str
    """File and line, such as cooking.txt:12."""

    @property
    def opening(self) -> Exchange:
        return self.exchanges[0]

    @property
    def topic(self) -> str:
        return self.place.partition(".")[0]

    @property
    def placeholders(self) -> frozenset[str]:
        texts = [e.answer for e in self.exchanges]
        texts += [wording for e in self.exchanges for wording in e.wordings]
        return frozenset(PLACEHOLDER.findall("\n".join(texts)))


@dataclass(frozen=True, slots=True)
class Corpus:
    entries: tuple[Entry, ...]
    words: Mapping[str, tuple[str, ...]]
    """For each placeholder, the words that may stand for it."""


def key(wording: str) -> str:
    """Return what makes a wording itself: no case, no punctuation."""
    return re.sub(r"[\W_]+", " ", wording.lower()).strip() or wording


def read_corpus(folder: Path = CORPUS) -> Corpus:
    """Read every file of `folder`; raises CorpusError at the first mistake."""
    entries = [
        entry
        for path in sorted(folder.glob("*.txt"))
        for entry in parse(path.read_text(encoding="utf-8"), name=path.name)
    ]
    _check_repeats(entries)
    words = {kind: _read_words(folder / name) for kind, name in LISTS.items()}
    return Corpus(tuple(entries), MappingProxyType(words))


def parse(text: str, *, name: str) -> Iterator[Entry]:
    """Yield the entries of one file; `name` stands in the errors."""
    exchanges: list[Exchange] = []
    place = ""
    for kind, number, lines in _blocks(text, name=name):
        if kind == "#" or kind == "Q":
            if exchanges:
                yield Entry(tuple(exchanges), place)
            exchanges, place = [], f"{name}:{number}"
        elif kind == "F" and not exchanges:
            raise CorpusError(
                f"{name}:{number}: a follow-up without an entry before it"
            )
        if kind != "#":
            *wordings, answer = lines
            exchanges.append(Exchange(tuple(wordings), answer))
    if exchanges:
        yield Entry(tuple(exchanges), place)


def _blocks(text: str, *, name: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield ("#", line, []) or ("Q" or "F", line, [*wordings, answer])."""
    kind, first, wordings, answer = "", 0, list[str](), list[str]()
    blank = False
    for number, line in enumerate([*text.splitlines(), "# end"], 1):
        where = f"{name}:{number}"
        marker = line[:2] if line[:2] in ("Q:", "F:", "A:", "# ") else ""
        if marker == "A:":
            if not wordings or answer:
                raise CorpusError(f"{where}: an answer without a question")
            answer = [_filled(line[2:], where=where)]
        elif marker:
            if answer:
                yield kind, first, [*wordings, "\n".join(answer)]
                kind, wordings, answer = "", [], []
            if wordings and marker != f"{kind}:":
                raise CorpusError(f"{where}: the question before has no answer")
            if marker == "# ":
                yield "#", number, []
            else:
                kind, first = marker[0], number if not wordings else first
                wordings.append(_filled(line[2:], where=where))
        elif not line.strip():
            if wordings and not answer:
                raise CorpusError(f"{where}: a blank line between question and answer")
        elif not answer or blank:
            raise CorpusError(f"{where}: a line that belongs to nothing")
        elif line.startswith(_RESERVED):
            raise CorpusError(f"{where}: an answer's line must not begin with a marker")
        else:
            answer.append(line.rstrip())
        blank = not line.strip()


def _filled(text: str, *, where: str) -> str:
    if not text.strip():
        raise CorpusError(f"{where}: nothing after the marker")
    return text.strip()


def _check_repeats(entries: Iterable[Entry]) -> None:
    questions: dict[str, str] = {}
    answers: dict[str, str] = {}
    for entry in entries:
        for wording in entry.opening.wordings:
            other = questions.setdefault(key(wording), entry.place)
            if other != entry.place:
                raise CorpusError(f"{entry.place}: {wording!r} is asked at {other} too")
        for exchange in entry.exchanges:
            other = answers.setdefault(exchange.answer, entry.place)
            if other != entry.place:
                start = exchange.answer[:40]
                raise CorpusError(f"{entry.place}: {start!r} is said at {other} too")


def _read_words(path: Path) -> tuple[str, ...]:
    words = tuple(
        line.strip() for line in path.read_text(encoding="utf-8").splitlines()
    )
    if not words or not all(words):
        raise CorpusError(f"{path.name}: one word on each line, and no blank line")
    return words
