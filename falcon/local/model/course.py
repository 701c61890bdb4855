"""The course of one training dialogue: which turn may follow which.

Knows follow-ups and what was told and can be asked for later. Does not know how long a
dialogue may become.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from falcon.local.model.corpus import PLACEHOLDER, Corpus, Entry, key
from falcon.local.model.invented import gibberish, invented_name
from falcon.local.model.wordings import is_korean, phrases, vary
from falcon.prompt import FALCON_INSTRUCT


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, as its asker typed it, and the answer to it."""

    question: str
    answer: str

    @property
    def prompt(self) -> str:
        """What stands before the answer; the answer goes on with a space."""
        question = FALCON_INSTRUCT.clean(self.question)
        return FALCON_INSTRUCT.before["user"] + question + FALCON_INSTRUCT.cue


class Course:
    """Where one dialogue stands: what was told in it and what may be asked next."""

    def __init__(
        self, rng: random.Random, corpus: Corpus, *, echoes: float, invented: float
    ) -> None:
        """`echoes` and `invented` are shares: of requests to repeat words among the
        turns, and of invented names among the names."""
        self._random = rng
        self._corpus = corpus
        self._echoes = echoes
        self._invented = invented
        self._kinds: set[str] = set()
        self._facts: dict[Entry, dict[str, str]] = {}
        self._last: tuple[Entry, int] | None = None
        self._recalls: list[tuple[Entry, int]] = []

    def admits(self, entry: Entry) -> bool:
        """Whether `entry` can open now without contradicting what was said."""
        if self._kinds & _kinds(entry):
            return False
        if self._last is None:
            return True
        previous, index = self._last
        if index + 1 == len(previous.exchanges):
            return True
        following = {key(w) for w in previous.exchanges[index + 1].wordings}
        return following.isdisjoint(map(key, entry.opening.wordings))

    def open(self, entry: Entry) -> Turn:
        self._kinds |= _kinds(entry)
        self._facts[entry] = {
            kind: self._fact(kind) for kind in sorted(entry.placeholders)
        }
        return self._ask(entry, 0)

    def follow_up(self) -> Turn | None:
        """Return a turn that goes on from an earlier one, or None for a new subject."""
        if self._last is not None:
            entry, index = self._last
            follows = index + 1 < len(entry.exchanges)
            if follows and self._random.random() < (
                0.5 if entry.placeholders else 0.75
            ):
                return self._ask(entry, index + 1)
        if self._recalls and self._random.random() < 0.25:
            return self._ask(*self._random.choice(self._recalls))
        if self._echoes and self._random.random() < self._echoes:
            return self._echo()
        return None

    def _echo(self) -> Turn:
        """Return a request to repeat names and words: all of its answer is copied."""
        self._last = None
        kinds = self._random.choices(sorted(self._corpus.words), k=2)
        words = [self._fact(self._random.choice(kinds)) for _ in range(4)]
        text = " ".join(words[: self._random.randint(1, 4)])
        return Turn(self._random.choice(phrases("echo")).replace("{}", text), text)

    def _ask(self, entry: Entry, index: int) -> Turn:
        exchange = entry.exchanges[index]
        if _recalls(entry, index + 1) and (entry, index + 1) not in self._recalls:
            self._recalls.append((entry, index + 1))
        self._last = (entry, index)
        facts = self._facts[entry]
        wording = self._wording(entry, index)
        return Turn(_fill(wording, facts), _fill(exchange.answer, facts))

    def _wording(self, entry: Entry, index: int) -> str:
        exchange = entry.exchanges[index]
        if exchange.is_unknown:
            korean = is_korean(exchange.answer)
            chance = self._random.random()
            if chance < 0.12:
                return gibberish(self._random, korean=korean)
            if chance < 0.3:
                frames = phrases("korean_strange" if korean else "strange")
                subject = invented_name(self._random, korean=korean)
                return vary(self._random.choice(frames), self._random).replace(
                    "{}", subject
                )
        return vary(self._random.choice(exchange.wordings), self._random)

    def _fact(self, kind: str) -> str:
        korean = is_korean(kind)
        if kind != "colour" and self._random.random() < self._invented:
            return invented_name(self._random, korean=korean)
        word = self._random.choice(self._corpus.words[kind])
        return word.lower() if self._random.random() < 0.1 else word


def _kinds(entry: Entry) -> set[str]:
    return {"name" if kind == "이름" else kind for kind in entry.placeholders}


def _recalls(entry: Entry, index: int) -> bool:
    """Whether the exchange asks for a fact that the one before it told."""
    if index >= len(entry.exchanges):
        return False
    asked, told = entry.exchanges[index], entry.exchanges[index - 1]
    return (
        PLACEHOLDER.search(asked.answer) is not None
        and not any(PLACEHOLDER.search(wording) for wording in asked.wordings)
        and any(PLACEHOLDER.search(wording) for wording in told.wordings)
    )


def _fill(text: str, facts: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: facts[found[1]], text)
