from __future__ import annotations

from collections.abc import Iterable

import pytest

from falcon.containers import find_container
from falcon.errors import DecodingError
from tests.stream_fixtures import (
    ANSWERS,
    FIXTURES,
    STREAMS,
    Fixture,
    Outcome,
    read_answer,
    replay,
)

each_stream = pytest.mark.parametrize("stream", STREAMS, ids=lambda f: f.name)
each_answer = pytest.mark.parametrize("answer", ANSWERS, ids=lambda f: f.name)


def play(stream: Fixture, chunks: Iterable[bytes]) -> Outcome:
    return replay(find_container(stream.container).stream_decoder(), chunks)


@pytest.mark.parametrize("container", ["tgi", "lmi", "openai_chat", "text_length"])
def test_every_container_has_recorded_answers(container: str) -> None:
    assert sum(fixture.container == container for fixture in FIXTURES) > 10


@each_stream
def test_a_recorded_stream_becomes_its_text_and_its_end(stream: Fixture) -> None:
    outcome = play(stream, [stream.sent])

    assert (outcome.text, outcome.end) == (stream.text, stream.end)
    if outcome.finish:
        assert outcome.finish.generated_tokens == stream.tokens
        assert outcome.finish.input_tokens == stream.input_tokens


@each_stream
@pytest.mark.parametrize("size", [1, 3, 7, 64, 1000])
def test_a_recorded_stream_in_pieces_becomes_the_same(
    stream: Fixture, size: int
) -> None:
    sent = stream.sent
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]

    assert play(stream, pieces) == play(stream, [sent])


@each_stream
def test_a_recorded_stream_split_anywhere_becomes_the_same(stream: Fixture) -> None:
    whole = play(stream, [stream.sent])

    different = [
        at
        for at in range(len(stream.sent))
        if play(stream, [stream.sent[:at], stream.sent[at:]]) != whole
    ]

    assert different == []


@each_stream
def test_a_recorded_stream_cut_anywhere_has_the_end_that_it_said(
    stream: Fixture,
) -> None:
    for at in range(len(stream.sent)):
        outcome = play(stream, [stream.sent[:at]])

        assert stream.text.startswith(outcome.text)
        assert (outcome.finish is not None) == (at >= stream.marker_end)


@each_answer
def test_a_recorded_answer_becomes_its_text_and_its_end(answer: Fixture) -> None:
    outcome = read_answer(answer, answer.sent)

    text = outcome.finish.generated_text if outcome.finish else ""
    assert (text, outcome.end) == (answer.text, answer.end)


@each_answer
def test_a_recorded_answer_cut_anywhere_is_no_answer(answer: Fixture) -> None:
    for at in range(len(answer.sent.rstrip())):
        assert read_answer(answer, answer.sent[:at]).end == DecodingError.__name__
