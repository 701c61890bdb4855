from __future__ import annotations

import random

import pytest

from falcon.local.model.invented import gibberish, invented_name
from falcon.local.model.wordings import is_korean, vary


def test_the_same_seed_varies_the_same() -> None:
    question = "What does temperature do?"

    assert vary(question, random.Random(4)) == vary(question, random.Random(4))


@pytest.mark.parametrize("question", ["What is Falcon?", "팔콘이 뭐예요?"])
def test_varies_in_many_ways(question: str) -> None:
    rng = random.Random(1)

    assert len({vary(question, rng) for _ in range(300)}) > 60


def test_leaves_some_questions_as_they_are() -> None:
    rng = random.Random(1)

    assert (
        sum(vary("What is Falcon?", rng) == "What is Falcon?" for _ in range(100)) > 15
    )


def test_never_loses_a_placeholder() -> None:
    rng = random.Random(1)

    assert all("{name}" in vary("hello, my name is {name}", rng) for _ in range(500))


def test_never_returns_nothing() -> None:
    rng = random.Random(1)

    assert all(vary(word, rng) for word in ("?", "x", "ok", "네") for _ in range(200))


@pytest.mark.parametrize("korean", [False, True])
def test_invents_names_without_end(korean: bool) -> None:
    rng = random.Random(1)
    names = {invented_name(rng, korean=korean) for _ in range(500)}

    assert len(names) > 300
    assert all(is_korean(name) == korean for name in names)


def test_gibberish_is_short() -> None:
    rng = random.Random(1)

    assert all(0 < len(gibberish(rng)) < 80 for _ in range(300))
