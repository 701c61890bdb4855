"""AWS's event-stream framing: messages out of bytes, without I/O.

A message is u32 length, u32 length of its headers, u32 CRC of those two, headers,
payload, u32 CRC of all before; a header is u8 length, name, u8 type, value. botocore
has a decoder too. It takes four times as long, says nothing when a stream ends inside
a message, and drops why SageMaker ended one: all three are this file's reason.
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from zlib import crc32

from falcon.errors import DecodingError, FalconError, IncompleteGenerationError
from falcon.text import text

_LONGEST_MESSAGE = 24 * 1024 * 1024
"""The protocol's own limit, in bytes."""
_MOST_KINDS = 16
_STRING = 7
_FIXED_LENGTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a value by its type, where the type tells."""
_OVERHEAD = 16
_prelude = struct.Struct(">III").unpack_from
_number = struct.Struct(">I").unpack_from


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the headers of a message say."""

    is_payload_part: bool
    exception: str | None


class EventStreamDecoder:
    """Takes a response's bytes, split anywhere, and gives the parts of the answer."""

    def __init__(self) -> None:
        self._rest = b""
        self._pieces: list[bytes] = []
        self._missing = 0
        # Every message of a stream has the same headers: they are read once.
        self._kinds: dict[bytes, _Kind] = {}

    def decode(self, chunk: bytes) -> list[bytes]:
        """Return the answer's parts that `chunk` completes.

        Raises DecodingError where bytes are damaged, and IncompleteGenerationError
        where SageMaker says that it ends the stream.
        """
        if self._missing > len(chunk):
            # A long message in small pieces is put together once.
            self._missing -= len(chunk)
            self._pieces.append(chunk)
            return []
        if self._rest or self._pieces:
            chunk = b"".join((self._rest, *self._pieces, chunk))
            self._pieces = []
        parts: list[bytes] = []
        at, end = 0, len(chunk)
        self._missing = 0
        try:
            while end - at >= _OVERHEAD:
                length = self._length(chunk, at)
                if end - at < length:
                    self._missing = length - (end - at)
                    break
                if (part := self._read(chunk, at, at + length)) is not None:
                    parts.append(part)
                at += length
        except FalconError:
            if not parts:
                raise
            # What came before it must not be lost; it is met again at the next call.
        self._rest = chunk[at:] if at else chunk
        return parts

    def flush(self) -> None:
        """Raise if the stream has ended within a message."""
        if self._rest:
            self.decode(b"")
        if self._rest:
            raise _cut()

    def _length(self, chunk: bytes, at: int) -> int:
        length: int
        length, headers, checksum = _prelude(chunk, at)
        if crc32(chunk[at : at + 8]) != checksum:
            raise _damaged()
        if not headers + _OVERHEAD <= length <= _LONGEST_MESSAGE:
            raise _damaged()
        return length

    def _read(self, chunk: bytes, start: int, end: int) -> bytes | None:
        """Return the message's part of the answer, None if it has none."""
        if crc32(chunk[start : end - 4]) != _number(chunk, end - 4)[0]:
            raise _damaged()
        payload_at = start + 12 + _number(chunk, start + 4)[0]
        headers = chunk[start + 12 : payload_at]
        kind = self._kinds.get(headers)
        if kind is None:
            kind = _kind(headers)
            if len(self._kinds) < _MOST_KINDS:
                self._kinds[headers] = kind
        if kind.exception is not None:
            raise _translate(chunk[payload_at : end - 4])
        return chunk[payload_at : end - 4] if kind.is_payload_part else None


def _kind(headers: bytes) -> _Kind:
    said = _read_headers(headers)
    match said.get(":message-type"):
        case "exception":
            return _Kind(False, said.get(":exception-type", ""))
        case "error":
            return _Kind(False, said.get(":error-code", ""))
    # What this version of the protocol does not know is passed over.
    return _Kind(said.get(":event-type") == "PayloadPart", None)


def _read_headers(headers: bytes) -> dict[str, str]:
    """Return the headers whose values are texts."""
    said: dict[str, str] = {}
    at = 0
    try:
        while at < len(headers):
            name_end = at + 1 + headers[at]
            kind = headers[name_end]
            value_at = name_end + 1
            if kind in _FIXED_LENGTHS:
                at = value_at + _FIXED_LENGTHS[kind]
                continue
            (length,) = struct.unpack_from(">H", headers, value_at)
            value_at += 2
            name = headers[at + 1 : name_end].decode()
            at = value_at + length
            if kind == _STRING:
                said[name] = headers[value_at:at].decode()
    except (IndexError, ValueError, struct.error) as error:
        raise _damaged() from error
    if at != len(headers):
        raise _damaged()
    return said


def _translate(payload: bytes) -> FalconError:
    """Return the typed error for an exception that SageMaker sends in the stream."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        said = None
    code = said.get("ErrorCode") if isinstance(said, dict) else None
    if code == "ModelInvocationTimeExceeded":
        return IncompleteGenerationError(
            text(
                "The answer took longer than SageMaker allows, and was cut. Ask for a "
                "shorter one."
            )
        )
    return _cut()


def _cut() -> IncompleteGenerationError:
    return IncompleteGenerationError(text("The answer was cut before its end."))


def _damaged() -> DecodingError:
    return DecodingError(text("The endpoint's answer arrived damaged. Try again."))
