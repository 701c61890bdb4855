from __future__ import annotations

import json

import pytest

from falcon.containers import ContainerName, find_container
from falcon.errors import DecodingError, GenerationError, OverloadedError
from falcon.events import Event, TokenEvent
from tests.container_requests import fitted
from tests.stream_fixtures import replay

TEXT = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
ONE_TOKEN: dict[str, dict[str, object]] = {
    "tgi": {"token": {"text": "a"}},
    "lmi": {"token": {"text": "a"}},
    "openai_chat": {"choices": [TEXT]},
}

every_stream = pytest.mark.parametrize("name", ["tgi", "lmi", "openai_chat"])
every_container = pytest.mark.parametrize(
    "name", ["tgi", "lmi", "openai_chat", "text_length"]
)
foreign_json = pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"{", id="unfinished"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"nul", id="half a word"),
        pytest.param(b"1", id="a number"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[[]]", id="lists"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b'{"token": {"text": "\xff"}}', id="no UTF-8"),
        pytest.param(b'{"token": {"text": "\xed\xa0\x80"}}', id="half a character"),
        pytest.param('{"token": {"text": "a"}}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"token": {"text": 1}}', id="no text in a token"),
        pytest.param(b'{"outputs": 1}', id="no list of outputs"),
        pytest.param(b'{"outputs": [1]}', id="no text in the outputs"),
        pytest.param(b'{"choices": 1}', id="no list of choices"),
        pytest.param(b'{"choices": [1]}', id="no object in the choices"),
        pytest.param(b'{"choices": [{"delta": {"content": 1}}]}', id="no text, chat"),
        pytest.param(b'{"generated_text": 1}', id="no text at the end"),
        pytest.param(b"[" * 200_000, id="nested beyond reason"),
        pytest.param(b'{"a":' * 200_000, id="objects nested beyond reason"),
        pytest.param(b'{"token": ' + b"1" * 5000 + b"}", id="a number beyond reason"),
        pytest.param(b'{"token": {"text": "a"}} {}', id="two values"),
    ],
)


@every_stream
@foreign_json
def test_json_of_another_form_is_a_decoding_error(
    name: ContainerName, text: bytes
) -> None:
    outcome = replay(
        find_container(name).stream_decoder(), [b"data: " + text + b"\n\n"]
    )

    assert outcome.end == DecodingError.__name__


@every_container
@foreign_json
def test_a_whole_answer_of_another_form_is_a_decoding_error(
    name: ContainerName, text: bytes
) -> None:
    with pytest.raises(DecodingError):
        find_container(name).decode_answer(text, prompt=fitted())


@every_container
@pytest.mark.parametrize("body", [b"", b"\n", b"[]", b"<html></html>", b"null"])
def test_a_body_that_is_no_answer_is_a_decoding_error(
    name: ContainerName, body: bytes
) -> None:
    with pytest.raises(DecodingError):
        find_container(name).decode_answer(body, prompt=fitted())


@every_stream
@pytest.mark.parametrize("sent", [b"<html>\n", b"Internal Server Error", b"\xff\xfe"])
def test_a_stream_of_another_protocol_is_a_decoding_error(
    name: ContainerName, sent: bytes
) -> None:
    outcome = replay(find_container(name).stream_decoder(), [sent])

    assert outcome.end == DecodingError.__name__


@every_stream
def test_what_came_before_a_fault_in_the_same_bytes_is_not_lost(
    name: ContainerName,
) -> None:
    decoder = find_container(name).stream_decoder()
    token = json.dumps(ONE_TOKEN[name]).encode()
    fault = b'{"error": {"message": "busy", "code": 429}}'

    events = decoder.decode(b"data: " + token + b"\n\ndata: " + fault + b"\n\n")

    assert events == [TokenEvent("a")]
    with pytest.raises(OverloadedError):
        decoder.decode(b"data: " + token + b"\n\n")
    with pytest.raises(OverloadedError):
        decoder.flush()


@every_stream
def test_an_error_beside_a_token_is_a_failure(name: ContainerName) -> None:
    event = json.dumps({**ONE_TOKEN[name], "error": "CUDA error"}).encode()

    outcome = replay(find_container(name).stream_decoder(), [event, b"\n"])

    assert (outcome.text, outcome.end) == ("", GenerationError.__name__)


@every_stream
def test_a_number_that_is_none_does_not_end_an_answer(name: ContainerName) -> None:
    # Python's containers write one for the logarithm of a probability of zero.
    token = json.dumps({**ONE_TOKEN[name], "logprob": float("nan"), "error": None})

    assert replay(
        find_container(name).stream_decoder(), [f"data: {token}\n\n".encode()]
    ).events == (TokenEvent("a"),)


@every_stream
def test_half_a_character_that_json_escapes_is_replaced(name: ContainerName) -> None:
    token = json.dumps(ONE_TOKEN[name]).replace('"a"', r'"\ud83d \ud83d\ude00"')

    outcome = replay(find_container(name).stream_decoder(), [token.encode(), b"\n"])

    assert outcome.text == "\N{REPLACEMENT CHARACTER} 😀"


@pytest.mark.parametrize("count", ["true", "-1", "1.0", '"3"', "1e400", "1" * 30])
def test_a_count_that_is_none_is_left_out(count: str) -> None:
    body = '{"generated_text": "a", "details": {"generated_tokens": COUNT}}'

    finish = find_container("tgi").decode_answer(
        body.replace("COUNT", count).encode(), prompt=fitted()
    )

    assert finish.generated_tokens is None


@every_stream
@pytest.mark.parametrize("reason", ["[]", "{}", "7", "true", '"unheard_of"'])
def test_a_finish_reason_that_nobody_knows_is_unknown(
    name: ContainerName, reason: str
) -> None:
    sent = (
        '{"choices": [{"finish_reason": REASON, "message": {"content": "a"}}],'
        ' "generated_text": "a", "details": {"finish_reason": REASON}}'
    ).replace("REASON", reason)
    events: list[Event] = [
        find_container(name).decode_answer(sent.encode(), prompt=fitted()),
        *replay(find_container(name).stream_decoder(), [sent.encode()]).events,
    ]

    if name == "lmi" and reason == '"unheard_of"':
        return  # It names the stop sequence there.
    assert [getattr(event, "reason", None) for event in events] == ["unknown"] * 2
