"""AWS event-stream framing, encoding only: bytes in, framed messages out.

A message is `u32 total length | u32 headers length | u32 CRC of these two | headers |
payload | u32 CRC of everything before`, all big-endian. Knows the two kinds of message
that SageMaker's InvokeEndpointWithResponseStream answers with; knows nothing of HTTP or
of what the payload means. The client decodes with falcon/event_stream.py, which shares
nothing with this: a test of two ends that run the same code would prove nothing.
"""

from __future__ import annotations

import json
import struct
from binascii import crc32
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STRING_HEADER = 7
"""The only header type that SageMaker uses."""


def encode_payload_part(payload: bytes) -> bytes:
    """Frame a piece of the container's answer as a `PayloadPart` event."""
    headers = {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }
    return encode_message(headers, payload)


def encode_model_stream_error(message: str, *, error_code: str) -> bytes:
    """Frame the exception that ends a stream whose container broke."""
    headers = {
        ":exception-type": "ModelStreamError",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    payload = json.dumps({"Message": message, "ErrorCode": error_code})
    return encode_message(headers, payload.encode())


def encode_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Frame one message."""
    block = b"".join(_encode_header(name, value) for name, value in headers.items())
    total = 12 + len(block) + len(payload) + 4
    prelude = struct.pack(">II", total, len(block))
    message = prelude + struct.pack(">I", crc32(prelude)) + block + payload
    return message + struct.pack(">I", crc32(message))


def _encode_header(name: str, value: str) -> bytes:
    raw = value.encode()
    prefix = struct.pack(">B", len(name)) + name.encode()
    return prefix + struct.pack(">BH", STRING_HEADER, len(raw)) + raw
