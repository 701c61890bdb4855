"""The framing, beside botocore's own decoder where that one speaks."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from falcon.errors import DecodingError, FalconError, IncompleteGenerationError
from falcon.event_stream import EventStreamDecoder

PART = {
    ":message-type": "event",
    ":event-type": "PayloadPart",
    ":content-type": "application/octet-stream",
}
PAYLOADS = ["팔콘".encode(), b"", b'data: {"a": 1}\n\n', b"\x00" * 300]


def message(headers: dict[str, str], payload: bytes = b"") -> bytes:
    """A message as the protocol's page describes it."""
    head = b"".join(
        struct.pack(">B", len(name)) + name.encode() + b"\x07" + _text(value)
        for name, value in headers.items()
    )
    return framed(head, payload)


def _text(value: str) -> bytes:
    return struct.pack(">H", len(value.encode())) + value.encode()


def framed(head: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    body = lengths + struct.pack(">I", crc32(lengths)) + head + payload
    return body + struct.pack(">I", crc32(body))


STREAM = b"".join(message(PART, payload) for payload in PAYLOADS)


def decode(*chunks: bytes) -> list[bytes]:
    decoder = EventStreamDecoder()
    parts = [part for chunk in chunks for part in decoder.decode(chunk)]
    decoder.flush()
    return parts


@pytest.mark.parametrize("size", [1, 7, 64, len(STREAM)])
def test_parts_arrive_whole_however_the_bytes_are_cut(size: int) -> None:
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]

    assert decode(*chunks) == PAYLOADS


def test_every_two_way_split_gives_the_same_parts() -> None:
    for at in range(len(STREAM) + 1):
        assert decode(STREAM[:at], STREAM[at:]) == PAYLOADS


def test_a_stream_that_ends_inside_a_message_is_cut() -> None:
    borders = {0}
    for payload in PAYLOADS:
        borders.add(max(borders) + len(message(PART, payload)))
    for at in set(range(len(STREAM))) - borders:
        with pytest.raises(IncompleteGenerationError):
            decode(STREAM[:at])


def test_no_flipped_bit_of_a_message_is_taken_for_an_answer() -> None:
    whole = message(PART, b"abc")
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FalconError):
            decode(bytes(damaged))


def test_parts_before_the_damage_are_not_lost() -> None:
    decoder = EventStreamDecoder()

    assert decoder.decode(message(PART, b"kept") + b"\x07" * 512) == [b"kept"]
    with pytest.raises(DecodingError):
        decoder.decode(b"more")


@pytest.mark.parametrize("length", [0, 15, 2_000_000_000])
def test_a_length_that_no_message_has_is_damage_at_once(length: int) -> None:
    lengths = struct.pack(">II", length, 0)

    with pytest.raises(DecodingError):
        decode(lengths + struct.pack(">I", crc32(lengths)) + b"x" * 100)


@pytest.mark.parametrize("kind", ["ModelStreamError", "InternalStreamFailure", "New"])
def test_an_exception_in_the_stream_cuts_the_answer(kind: str) -> None:
    headers = {":message-type": "exception", ":exception-type": kind}

    with pytest.raises(IncompleteGenerationError):
        decode(message(headers, b'{"Message": "x", "ErrorCode": "StreamBroken"}'))


def test_an_answer_over_sagemakers_time_says_so() -> None:
    headers = {":message-type": "exception", ":exception-type": "ModelStreamError"}
    said = {"Message": "x", "ErrorCode": "ModelInvocationTimeExceeded"}

    with pytest.raises(IncompleteGenerationError, match="longer than SageMaker"):
        decode(message(headers, json.dumps(said).encode()))


@pytest.mark.parametrize("payload", [b"", b"{", b"[1]", b'{"ErrorCode": 7}', b"\xff"])
def test_an_exception_of_any_content_is_a_typed_error(payload: bytes) -> None:
    headers = {":message-type": "exception", ":exception-type": "ModelStreamError"}

    with pytest.raises(IncompleteGenerationError):
        decode(message(headers, payload))


def test_an_error_message_cuts_the_answer() -> None:
    headers = {":message-type": "error", ":error-code": "InternalError"}

    with pytest.raises(IncompleteGenerationError):
        decode(message(headers))


def test_events_of_other_kinds_are_passed_over() -> None:
    news = message({":message-type": "event", ":event-type": "News"}, b"{}")

    assert decode(news + STREAM + news) == PAYLOADS


def test_headers_of_every_type_are_read_past() -> None:
    fixed = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    head = b"".join(b"\x01h" + bytes([kind]) + b"x" * n for kind, n in fixed.items())
    head += b"\x01h\x06\x00\x03abc"
    known = framed(head + message(PART)[12:-4], b"text")

    assert decode(known) == [b"text"]


@pytest.mark.parametrize("head", [b"\x05ab", b"\x01h\x63", b"\x01h\x07\x00\x09ab"])
def test_headers_that_break_off_are_damage(head: bytes) -> None:
    with pytest.raises(DecodingError):
        decode(framed(head, b""))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=4))
def test_any_bytes_give_parts_or_a_typed_error(noise: bytes, cuts: list[int]) -> None:
    stream = STREAM[:100] + noise
    borders = [0, *sorted(cuts), len(stream)]
    decoder = EventStreamDecoder()
    try:
        for start, end in pairwise(borders):
            decoder.decode(stream[start:end])
        decoder.flush()
    except FalconError:
        pass


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(1, 50))
def test_it_reads_what_botocore_reads(payloads: list[bytes], size: int) -> None:
    stream = b"".join(message(PART, payload) for payload in payloads)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    theirs = EventStreamBuffer()
    for chunk in chunks:
        theirs.add_data(chunk)

    assert decode(*chunks) == [event.payload for event in theirs]
