from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from falcon.local.event_stream import encode_model_stream_error, encode_payload_part


# Any: botocore's messages have wrong types in its stubs.
def decode(message: bytes) -> Any:
    buffer = EventStreamBuffer()
    buffer.add_data(message)
    [decoded] = list(buffer)
    return decoded


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param('data:{"text":"팔콘"}\n\n'.encode(), id="korean"),
        pytest.param(bytes(range(256)) * 300, id="75 KB"),
    ],
)
def test_botocore_reads_a_payload_part(payload: bytes) -> None:
    message = decode(encode_payload_part(payload))

    assert message.payload == payload
    assert message.headers[":message-type"] == "event"
    assert message.headers[":event-type"] == "PayloadPart"


def test_messages_arrive_whole_when_their_bytes_come_one_by_one() -> None:
    payloads = [b"one", "둘".encode(), b"3" * 200]
    buffer = EventStreamBuffer()
    received = []

    for byte in b"".join(map(encode_payload_part, payloads)):
        buffer.add_data(bytes([byte]))
        received += [message.payload for message in buffer]

    assert received == payloads


def test_botocore_reads_a_model_stream_error() -> None:
    error = encode_model_stream_error("It broke.", error_code="StreamBroken")

    message = decode(error)

    assert message.to_response_dict()["status_code"] == 400
    assert message.headers[":exception-type"] == "ModelStreamError"
    assert json.loads(message.payload) == {
        "Message": "It broke.",
        "ErrorCode": "StreamBroken",
    }
