"""Training dialogues: the corpus as strangers would meet it, many turns long.

Knows how often which entry is asked. Knows nothing about tokens: how long a text is,
the caller says. The same seed gives the same dialogues.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from falcon.local.model.corpus import Corpus, Entry
from falcon.local.model.course import Course, Turn
from falcon.local.model.wordings import is_korean

SYSTEM_PROMPTS = Path(__file__).parent / "system_prompts.txt"

_UNKNOWN_SHARE = 0.06
_DRILL_ECHOES = 0.06
_MOST_TURNS = 100
_FEWEST_CARDS = 60
"""So many that some entry is always admitted and short enough."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    system: str
    turns: tuple[Turn, ...]


class DialogueWriter:
    """Deals the entries of a corpus out over dialogues, all of them equally often."""

    def __init__(
        self,
        corpus: Corpus,
        *,
        seed: int,
        measure: Callable[[str], int] = len,
        longest_answer: int | None = None,
        placeholder_weight: int = 4,
        invented: float = 0.5,
    ) -> None:
        """A writer with a `longest_answer` drills: it counts answers as no longer.

        The caller cuts them. Drills also ask to repeat words. An entry with a
        placeholder is dealt `placeholder_weight` times as often as another; `invented`
        is the share of names that nobody has heard of.
        """
        self._invented = invented
        self._placeholder_weight = placeholder_weight
        self._corpus = corpus
        self._longest_answer = longest_answer
        self._random = random.Random(seed)
        self._measure = measure
        self._deck: list[Entry] = []
        lines = SYSTEM_PROMPTS.read_text(encoding="utf-8").splitlines()
        self._system_prompts = tuple(lines)

    def write(self, size: int, *, with_system: bool | None = None) -> Dialogue:
        """Return a dialogue that fills `size`, as `measure` counts, and stays within.

        A fifth of the dialogues begin with a system prompt, unless the caller says.
        """
        if with_system is None:
            with_system = self._random.random() < 0.2
        system = self._system() if with_system else ""
        room = size - self._measure(system)
        course = self._new_course()
        turns: list[Turn] = []
        for _ in range(_MOST_TURNS):
            turn = course.follow_up()
            entry = None
            if turn is None:
                entry = self._deal(course)
                turn = course.open(entry)
            answer = self._measure(f" {turn.answer}")
            room -= self._measure(turn.prompt) + min(
                answer, self._longest_answer or answer
            )
            if room >= 0:
                turns.append(turn)
                continue
            if entry is not None:
                # Dealt again, so that long answers are not left out: soon, or where
                # not even an empty dialogue has room for it, later.
                self._deck.insert(len(self._deck) if turns else 0, entry)
            if turns:
                break
            room = size - self._measure(system)
            course = self._new_course()
        return Dialogue(system, tuple(turns))

    def _length(self, turn: Turn) -> int:
        answer = self._measure(f" {turn.answer}")
        if self._longest_answer is not None:
            answer = min(answer, self._longest_answer)
        return self._measure(turn.prompt) + answer

    def _new_course(self) -> Course:
        echoes = _DRILL_ECHOES if self._longest_answer else 0.0
        return Course(
            self._random, self._corpus, echoes=echoes, invented=self._invented
        )

    def _system(self) -> str:
        number = self._random.choice([1, 1, 1, 2, 3])
        return " ".join(self._random.sample(self._system_prompts, number))

    def _deal(self, course: Course) -> Entry:
        while True:
            if len(self._deck) < _FEWEST_CARDS:
                self._deck = self._shuffled() + self._deck
            entry = self._deck.pop()
            if course.admits(entry):
                return entry
            # Later, or never: a deck of nothing but such entries must come to an end.
            if self._random.random() < 0.8:
                self._deck.insert(self._random.randrange(len(self._deck) + 1), entry)

    def _shuffled(self) -> list[Entry]:
        deck: list[Entry] = []
        ordinary = len(self._corpus.entries)
        for entry in self._corpus.entries:
            if entry.opening.is_unknown:
                korean = is_korean(entry.opening.answer)
                copies = round(ordinary * _UNKNOWN_SHARE * (0.4 if korean else 1)) + 1
            elif entry.placeholders:
                copies = self._placeholder_weight
            else:
                copies = max(1, round(len(entry.opening.wordings) / 10))
            deck += [entry] * copies
        self._random.shuffle(deck)
        return deck
