from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from falcon.local.completion import CompletionReader, EngineError, Token
from falcon.local.gguf import read_header
from falcon.local.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary(small_model: Path) -> Vocabulary:
    return Vocabulary.from_header(read_header(small_model))


# Any: llama.cpp's JSON, cut to what is read of it.
def chunk(number: int, *, finish: str | None = None, **entry: Any) -> dict[str, Any]:
    text = bytes(entry.get("bytes", [])).decode()
    logprobs = {"content": [{"top_logprobs": [], **entry}]} if entry else None
    return {
        "choices": [{"text": text, "logprobs": logprobs, "finish_reason": finish}],
        "timings": {"predicted_n": number},
    }


def read(vocabulary: Vocabulary, *chunks: dict[str, Any]) -> list[Token]:
    reader = CompletionReader(vocabulary)
    return [token for each in chunks for token in reader.read(each)]


def test_the_withheld_tokens_of_a_character_come_before_it(
    vocabulary: Vocabulary,
) -> None:
    one, two, three = (vocabulary.ids[bytes([byte])] for byte in "콘".encode())

    tokens = read(
        vocabulary, chunk(3, id=three, bytes=list("콘".encode()), logprob=-0.5)
    )

    assert tokens == [
        Token(id=one, text="", logprob=None),
        Token(id=two, text="", logprob=None),
        Token(id=three, text="콘", logprob=-0.5),
    ]


def test_tokens_that_never_became_a_character_are_counted(
    vocabulary: Vocabulary,
) -> None:
    letter = vocabulary.ids[b"a"]

    tokens = read(
        vocabulary,
        chunk(1, id=letter, bytes=[97], logprob=-0.5),
        chunk(3, finish="length"),
    )

    assert [token.text for token in tokens] == ["a", "", ""]


def test_a_special_token_is_the_end_if_the_next_chunk_says_so(
    vocabulary: Vocabulary,
) -> None:
    end = chunk(1, id=0, bytes=[], logprob=-9.0)

    [token] = read(vocabulary, end, chunk(1, finish="stop"))

    assert token == Token(
        id=0, text="<|endoftext|>", logprob=-9.0, special=True, is_end=True
    )


def test_a_special_token_in_the_middle_is_no_end(vocabulary: Vocabulary) -> None:
    letter = vocabulary.ids[b"a"]

    tokens = read(
        vocabulary,
        chunk(1, id=0, bytes=[], logprob=-9.0),
        chunk(2, id=letter, bytes=[97], logprob=-0.5),
    )

    assert [token.is_end for token in tokens] == [False, False]
    assert [token.special for token in tokens] == [True, False]


def test_progress_through_the_prompt_is_no_token(vocabulary: Vocabulary) -> None:
    assert read(vocabulary, {**chunk(0), "prompt_progress": {"processed": 256}}) == []


def test_an_error_chunk_is_raised(vocabulary: Vocabulary) -> None:
    with pytest.raises(EngineError, match="too long"):
        read(vocabulary, {"error": {"message": "the prompt is too long"}})
