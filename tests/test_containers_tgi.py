from __future__ import annotations

import json
from typing import Any

import pytest

from falcon.containers.tgi import (
    StreamDecoder,
    decode_answer,
    encode_request,
    translate_refusal,
)
from falcon.errors import (
    DecodingError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.events import Event, FinishEvent, TokenEvent
from falcon.parameters import GenerationParameters
from tests.fault_endpoint import TEXT, error_line, final_line, token_line

STREAM = b"".join(
    token_line(character) for character in f" {TEXT} data: x\u2028"
) + final_line(f" {TEXT}")


def wire(parameters: GenerationParameters) -> dict[str, Any]:
    body = json.loads(encode_request("Hi", parameters, stream=True))
    sent: dict[str, Any] = body["parameters"]
    return sent


def decode(*chunks: bytes) -> list[Event]:
    decoder = StreamDecoder()
    events = [event for chunk in chunks for event in decoder.decode(chunk)]
    return events + decoder.flush()


def test_untouched_parameters_are_left_to_the_container() -> None:
    assert wire(GenerationParameters()) == {
        "max_new_tokens": 256,
        "do_sample": False,
        "details": True,
        "return_full_text": False,
    }


def test_values_that_tgi_refuses_because_they_change_nothing_are_left_out() -> None:
    sent = wire(
        GenerationParameters(top_p=1.0, typical_p=1.0, top_k=0, repetition_penalty=1.0)
    )

    assert not {"top_p", "typical_p", "top_k", "repetition_penalty"} & sent.keys()


def test_a_temperature_of_exactly_one_says_that_it_samples() -> None:
    sent = wire(GenerationParameters(temperature=1.0))

    assert sent["temperature"] == 1.0
    assert sent["do_sample"] is True


def test_a_greedy_request_sends_no_sampling_value() -> None:
    sent = wire(GenerationParameters(do_sample=False, temperature=0.7, top_k=5, seed=1))

    assert not {"temperature", "top_k"} & sent.keys()
    assert sent["do_sample"] is False


@pytest.mark.parametrize("size", [1, 7, 64, len(STREAM)])
def test_a_stream_cut_into_pieces_gives_the_same_events(size: int) -> None:
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]

    assert decode(*pieces) == decode(STREAM)


def test_every_split_in_two_gives_the_exact_text() -> None:
    expected = decode(STREAM)

    for at in range(len(STREAM)):
        assert decode(STREAM[:at], STREAM[at:]) == expected


@pytest.mark.parametrize(
    "rewrite",
    [
        pytest.param(lambda b: b.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda b: b.replace(b"data:", b"data: "), id="a space"),
        pytest.param(lambda b: b.rstrip(b"\n"), id="no final newline"),
        pytest.param(lambda b: b": comment\n\nevent: x\n" + b, id="comments"),
        pytest.param(lambda b: b + b"data: [DONE]\n\n", id="DONE at the end"),
    ],
)
def test_what_the_sse_standard_allows_is_read(rewrite: Any) -> None:
    assert decode(rewrite(STREAM)) == decode(STREAM)


def test_the_last_event_says_how_the_answer_ended() -> None:
    assert decode(final_line(" ok", "length"))[-1] == FinishEvent(
        "length", generated_text=" ok", generated_tokens=3
    )


def test_a_special_token_has_no_text() -> None:
    assert decode(final_line(" ok"))[0] == TokenEvent("")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("validation", InvalidInputError),
        ("generation", GenerationError),
        ("overloaded", OverloadedError),
        ("incomplete_generation", IncompleteGenerationError),
        ("unheard_of", GenerationError),
    ],
)
def test_an_error_inside_the_stream_is_raised(
    kind: str, expected: type[GenerationError]
) -> None:
    with pytest.raises(GenerationError) as caught:
        decode(error_line(kind, "why"))

    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "line",
    [b"data: {", b"data: []", b"data: 1", b"data: {}", b"data: \xff", b"data: nul"],
)
def test_bytes_of_another_protocol_are_a_decoding_error(line: bytes) -> None:
    with pytest.raises(DecodingError):
        decode(line + b"\n\n")


def test_json_nested_beyond_reason_is_a_decoding_error() -> None:
    with pytest.raises(DecodingError):
        decode(b"data: " + b"[" * 200_000 + b"\n\n")


@pytest.mark.parametrize(
    "body",
    [
        b'[{"generated_text": " ok"}]',
        b'{"generated_text": " ok"}',
        b'[{"generated_text": " ok", "details": {"finish_reason": "eos_token"}}]',
    ],
)
def test_a_whole_answer_is_a_list_of_one_or_the_object_alone(body: bytes) -> None:
    assert decode_answer(body) == FinishEvent("eos_token", generated_text=" ok")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"text"', b"<html>", b"[1]"])
def test_a_whole_answer_of_another_protocol_is_a_decoding_error(body: bytes) -> None:
    with pytest.raises(DecodingError):
        decode_answer(body)


def test_a_refusal_tells_how_many_tokens_the_container_counted() -> None:
    text = "`inputs` must have less than 1024 tokens. Given: 1100"

    error = translate_refusal(
        422, json.dumps({"error": text, "error_type": "validation"})
    )

    assert isinstance(error, InvalidInputError)
    assert error.input_tokens == 1100


@pytest.mark.parametrize(
    ("status", "expected"),
    [(422, InvalidInputError), (429, OverloadedError), (500, GenerationError)],
)
def test_a_refusal_without_tgis_json_goes_by_its_status(
    status: int, expected: type[GenerationError]
) -> None:
    assert type(translate_refusal(status, "Bad Gateway")) is expected
