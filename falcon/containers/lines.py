"""The JSON texts in a stream's bytes: server-sent events, or one JSON value a line.

Containers differ in which of the two they send, and some in whether `data:` stands
before it; a stream is read the same way whichever it is. Knows nothing of what the
texts mean. Works on bytes: a line may be cut inside a character.
"""

from __future__ import annotations

from io import BytesIO

from falcon.errors import DecodingError
from falcon.text import text

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes after which an event that does not end is no container's protocol."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = (b":", b"event:", b"id:", b"retry:")
"""What the standard for server-sent events allows besides data, a comment first."""
_BARE_FIELDS = (b"data", b"event", b"id", b"retry")


class PayloadDecoder:
    """Takes a stream's bytes, split anywhere, and gives the JSON texts they hold."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._is_first_line = True

    def decode(self, chunk: bytes) -> list[bytes]:
        """Return the texts that `chunk` completes."""
        end = chunk.find(b"\n")
        if not self._rest and not self._data:
            # The usual case, a whole event of its own, at a fraction of the cost.
            if chunk.startswith(b"data:"):
                if end == len(chunk) - 2 and chunk.endswith(b"\n"):
                    self._is_first_line = False
                    payload = chunk[5:end].strip()
                    return [payload] if payload else []
            elif chunk.startswith(b"{") and end == len(chunk) - 1:
                self._is_first_line = False
                return [chunk[:end].strip()]
        self._rest += chunk
        if end < 0:
            if len(self._rest) > LONGEST_LINE:
                raise DecodingError(_ENDLESS)
            return []
        lines, self._rest = BytesIO(self._rest), bytearray()
        payloads: list[bytes] = []
        for line in lines:
            if line.endswith(b"\n"):
                self._take(line[:-1], payloads)
            else:
                self._rest += line
        return payloads

    def flush(self) -> list[bytes]:
        """Return the text that a stream without a final newline ends with."""
        payloads: list[bytes] = []
        line = bytes(self._rest)
        self._rest.clear()
        if not any(field.startswith(line) for field in (b"data:", *_FIELDS)):
            self._take(line, payloads)
        self._dispatch(payloads)
        return payloads

    def _take(self, line: bytes, payloads: list[bytes]) -> None:
        """Take one line: the standard for server-sent events, and bare JSON."""
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(BYTE_ORDER_MARK)
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._size += len(line)
            if self._size > LONGEST_LINE:
                raise DecodingError(_ENDLESS)
            self._data.append(line[5:])
        elif not line:
            self._dispatch(payloads)
        elif not line.startswith(_FIELDS) and line not in _BARE_FIELDS:
            # Bare JSON; or of no protocol, which whoever reads it as JSON will say.
            self._dispatch(payloads)
            _append(line, payloads)

    def _dispatch(self, payloads: list[bytes]) -> None:
        """End the event that the `data:` lines so far make."""
        _append(b"\n".join(self._data), payloads)
        self._data, self._size = [], 0


def _append(payload: bytes, payloads: list[bytes]) -> None:
    if payload := payload.strip():
        payloads.append(payload)


_ENDLESS = text(
    "The endpoint sent a line that does not end. Check which container serves this "
    "endpoint."
)
