from __future__ import annotations

from pathlib import Path

import pytest

from falcon.local.gguf import read_header
from falcon.local.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary(small_model: Path) -> Vocabulary:
    return Vocabulary.from_header(read_header(small_model))


def test_every_byte_has_a_token(vocabulary: Vocabulary) -> None:
    assert all(bytes([byte]) in vocabulary.ids for byte in range(256))


def test_the_end_of_text_is_the_special_token(vocabulary: Vocabulary) -> None:
    assert vocabulary.special == {0}
    assert vocabulary.text(0) == "<|endoftext|>"


def test_bytes_are_spelled_by_the_number_of_tokens_asked_for(
    vocabulary: Vocabulary,
) -> None:
    spelled = "콘".encode()

    tokens = vocabulary.spell(spelled, count=3)

    assert tokens is not None
    assert b"".join(vocabulary.pieces[token] for token in tokens) == spelled


@pytest.mark.parametrize(
    ("spelled", "count"),
    [
        pytest.param(b"ab", 3, id="too few bytes"),
        pytest.param(b"ab", 0, id="no token"),
        pytest.param(b"\xff\xfe\xfd\xfc", 1, id="no such token"),
    ],
)
def test_what_no_tokens_spell_is_none(
    spelled: bytes, count: int, vocabulary: Vocabulary
) -> None:
    assert vocabulary.spell(spelled, count=count) is None


def test_special_tokens_are_found_in_a_template(vocabulary: Vocabulary) -> None:
    assert vocabulary.find_specials("{{ eos }}<|endoftext|>") == {"<|endoftext|>": 0}
    assert vocabulary.find_specials("User: {{ content }}") == {}
