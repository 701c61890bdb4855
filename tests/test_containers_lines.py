from __future__ import annotations

import time

import pytest

from falcon.containers.lines import LONGEST_LINE, PayloadDecoder
from falcon.errors import DecodingError


def payloads(*chunks: bytes) -> list[bytes]:
    decoder = PayloadDecoder()
    return [p for chunk in chunks for p in decoder.decode(chunk)] + decoder.flush()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(b'data: {"a": 1}\n\n', [b'{"a": 1}'], id="data without event"),
        pytest.param(b'data:{"a": 1}\n\n', [b'{"a": 1}'], id="no space"),
        pytest.param(b"event: ping\n\n", [], id="event without data"),
        pytest.param(
            b'event: ping\ndata: {"a": 1}\n\nevent: b\n\ndata: {}\n\n',
            [b'{"a": 1}', b"{}"],
            id="events with and without data",
        ),
        pytest.param(
            b'data: {\ndata: "a":\ndata: 1}\n\n', [b'{\n "a":\n 1}'], id="data lines"
        ),
        pytest.param(
            b'data: {"a":\ndata:\ndata\ndata: 1}\n\n',
            [b'{"a":\n\n 1}'],
            id="an empty data line among them",
        ),
        pytest.param(
            b'data: {"a": "b\\n\\nc"}\n\n',
            [b'{"a": "b\\n\\nc"}'],
            id="escaped newlines",
        ),
        pytest.param(
            'data: "\u2028\u2029\u0085"\n\n'.encode(),
            ['"\u2028\u2029\u0085"'.encode()],
            id="line separators of Unicode",
        ),
        pytest.param(b": ping\n\ndata: 1\n: pong\n\n:\n\n", [b"1"], id="comments"),
        pytest.param(b"id: 1\nretry: 5\nid\ndata: 1\n\n", [b"1"], id="other fields"),
        pytest.param(b"data:\n\ndata: \n\n", [], id="empty data"),
        pytest.param(b"data: 1\r\n\r\ndata: 2\r\n\r\n", [b"1", b"2"], id="CRLF"),
        pytest.param(b"\xef\xbb\xbfdata: 1\n\n", [b"1"], id="byte order mark"),
        pytest.param(
            b'data: {"a":\r\ndata\r\ndata: 1}\r\n\r\n',
            [b'{"a":\n 1}'],
            id="data lines, CRLF",
        ),
        pytest.param(
            b"data: 1\n\n\xef\xbb\xbfdata: 2\n",
            [b"1", b"\xef\xbb\xbfdata: 2"],
            id="byte order mark in the middle",
        ),
        pytest.param(b"data: [DONE]", [b"[DONE]"], id="no final newline"),
        pytest.param(b"\n\n \n\n", [], id="empty lines"),
        pytest.param(b'{"a": 1}\n{"b": 2}\n', [b'{"a": 1}', b'{"b": 2}'], id="JSON"),
        pytest.param(
            b'{"a": 1}\n\n\n{"b": 2}', [b'{"a": 1}', b'{"b": 2}'], id="JSON, gaps"
        ),
        pytest.param(b"data: 1\n{}\n\n", [b"1", b"{}"], id="JSON among events"),
        pytest.param(b"<html>\n", [b"<html>"], id="another protocol"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_lines_hold_these_texts_wherever_they_are_split(
    sent: bytes, expected: list[bytes]
) -> None:
    assert payloads(sent) == expected
    assert payloads(*(sent[at : at + 1] for at in range(len(sent)))) == expected
    for at in range(len(sent)):
        assert payloads(sent[:at], sent[at:]) == expected


def test_a_text_is_given_as_soon_as_it_is_complete() -> None:
    decoder = PayloadDecoder()

    assert decoder.decode(b"data: 1\n") == []
    assert decoder.decode(b"\ndata: 2\n\n") == [b"1", b"2"]


@pytest.mark.parametrize("line", [b"x" * 1024, b"data: " + b"x" * 1017 + b"\n"])
def test_an_event_without_end_is_refused_before_it_fills_the_memory(
    line: bytes,
) -> None:
    decoder = PayloadDecoder()

    def send() -> None:
        for _ in range(LONGEST_LINE // 1000):
            decoder.decode(line)

    with pytest.raises(DecodingError, match="does not end"):
        send()


def test_many_events_may_be_longer_together() -> None:
    decoder = PayloadDecoder()

    for _ in range(17):
        assert decoder.decode(b"data: " + b"1" * 1024 * 1024 + b"\n") == []
        assert len(decoder.decode(b"\n")) == 1


def test_the_cost_of_a_long_line_grows_with_its_length_only() -> None:
    decoder = PayloadDecoder()
    started = time.process_time()

    for _ in range(LONGEST_LINE // 7):
        decoder.decode(b"1234567")

    # About half a second; copying the line for every piece would take hours.
    assert time.process_time() - started < 20
