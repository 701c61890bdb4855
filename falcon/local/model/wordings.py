"""How strangers write: the same question with typos, politeness and lost words.

Knows nothing about answers. Placeholders such as {name} stay as they are.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

PHRASES = Path(__file__).parent / "phrases.toml"

_NEIGHBOURS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PARTICLE = re.compile(r"(은|는|이|가|을|를|의|에|도|요)(?=[\s?.!,]|$)")

Change = Callable[[str, random.Random], str]


def is_korean(text: str) -> bool:
    return re.search("[가-힣ㄱ-ㅣ]", text) is not None


def vary(wording: str, rng: random.Random) -> str:
    """Return `wording` as somebody else might have typed it; some stay as they are."""
    if rng.random() < 0.3:
        return wording
    changes = _KOREAN if is_korean(wording) else _ENGLISH
    for change, chance in changes:
        if rng.random() < chance:
            wording = change(wording, rng) or wording
    return wording.strip()


@cache
def phrases(name: str) -> tuple[str, ...]:
    """Return one of the lists in phrases.toml."""
    return tuple(_read_phrases()[name])


@cache
def _read_phrases() -> dict[str, list[Any]]:
    return tomllib.loads(PHRASES.read_text(encoding="utf-8"))


def _frame(name: str) -> Change:
    def put(wording: str, rng: random.Random) -> str:
        frame = rng.choice(phrases(name))
        if not frame.startswith("{}"):
            wording = wording[:1].lower() + wording[1:]
        else:
            wording = wording.rstrip("?.! ")
        return frame.replace("{}", wording)

    return put


def _say_the_same(wording: str, rng: random.Random) -> str:
    groups = _read_phrases()["same"]
    for group in rng.sample(groups, len(groups)):
        for phrase in group:
            found = re.search(rf"\b{re.escape(phrase)}\b", wording, re.IGNORECASE)
            if found:
                other: str = rng.choice(group)
                return wording[: found.start()] + other + wording[found.end() :]
    return wording


def _drop_small_words(wording: str, rng: random.Random) -> str:
    words = wording.split()
    small = phrases("small_words")
    kept = [w for w in words if w.lower() not in small or rng.random() < 0.4]
    return " ".join(kept if len(kept) >= 2 else words)


def _drop_any_word(wording: str, rng: random.Random) -> str:
    words = wording.split()
    plain = [index for index, word in enumerate(words) if "{" not in word]
    if len(words) >= 5 and plain:
        del words[rng.choice(plain)]
    return " ".join(words)


def _shuffle(wording: str, rng: random.Random) -> str:
    words = wording.rstrip("?.!").split()
    return " ".join(rng.sample(words, len(words))) if len(words) >= 3 else wording


def _typo(wording: str, rng: random.Random) -> str:
    words = wording.split()
    long = [i for i, word in enumerate(words) if len(word) >= 4 and "{" not in word]
    for index in rng.sample(long, min(len(long), rng.choice([1, 1, 2]))):
        words[index] = _mistype(words[index], rng)
    return " ".join(words)


def _mistype(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    row = next((row for row in _NEIGHBOURS if letter in row), letter)
    place = row.index(letter)
    beside = row[max(0, place - 1) : place + 2]
    return rng.choice(
        [
            before + after,
            before + letter + letter + after,
            before + after[0] + letter + after[1:],
            before + rng.choice(beside) + after,
        ]
    )


def _without_punctuation(wording: str, _: random.Random) -> str:
    return re.sub(r"[?.!,'\"](?=\s|$)", "", wording)


def _lower(wording: str, _: random.Random) -> str:
    return wording.lower()


def _upper(wording: str, _: random.Random) -> str:
    return wording if "{" in wording else wording.upper()


def _capital(wording: str, _: random.Random) -> str:
    return wording[:1].upper() + wording[1:]


def _question_mark(wording: str, rng: random.Random) -> str:
    return wording.rstrip("?.! ") + rng.choice(["?", "?", ".", "!", " ?"])


def _without_spaces(wording: str, rng: random.Random) -> str:
    share = rng.choice([1.0, 0.5])
    return re.sub(" ", lambda _: "" if rng.random() < share else " ", wording)


def _without_particles(wording: str, rng: random.Random) -> str:
    return _PARTICLE.sub(lambda m: "" if rng.random() < 0.5 else m[0], wording)


_COMMON: tuple[tuple[Change, float], ...] = (
    (_drop_any_word, 0.12),
    (_typo, 0.18),
    (_shuffle, 0.04),
)
_ENGLISH: tuple[tuple[Change, float], ...] = (
    (_say_the_same, 0.25),
    (_drop_small_words, 0.12),
    *_COMMON,
    (_frame("suffixes"), 0.12),
    (_frame("prefixes"), 0.22),
    (_without_punctuation, 0.3),
    (_lower, 0.3),
    (_capital, 0.3),
    (_question_mark, 0.2),
    (_upper, 0.02),
)
_KOREAN: tuple[tuple[Change, float], ...] = (
    (_without_particles, 0.2),
    *_COMMON,
    (_frame("korean_suffixes"), 0.15),
    (_frame("korean_prefixes"), 0.2),
    (_without_spaces, 0.15),
    (_without_punctuation, 0.3),
    (_question_mark, 0.2),
)
