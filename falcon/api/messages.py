"""What is asked of the Chat API and what it answers, whoever carries it.

Knows no web server and no Lambda: headers, bytes, and a way to say that whoever asked
has gone.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field


class Departure:
    """Whether whoever asked has gone: then the answer to them need not be made.

    Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_left = False
        self._closing: list[Callable[[], None]] = []

    def leave(self) -> None:
        """End what is being made for them."""
        with self._lock:
            self._has_left = True
            closing, self._closing = self._closing, []
        for close in closing:
            close()

    @contextmanager
    def closing(self, close: Callable[[], None]) -> Iterator[None]:
        """Call `close` if they leave within the block, or have left before it."""
        with self._lock:
            self._closing.append(close)
            has_left = self._has_left
        if has_left:
            self.leave()
        try:
            yield
        finally:
            with self._lock:
                if close in self._closing:
                    self._closing.remove(close)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One HTTP request."""

    method: str
    path: str
    """Without the query, as a client of the API writes it: /chat."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Their names in lower case."""
    body: bytes = b""
    source: str = ""
    """The address it came from; what comes without a key is counted by it."""
    is_local: bool = False
    """Whether it surely came from the machine that answers."""
    departure: Departure = field(default_factory=Departure)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """One HTTP response. Who has sent it, or gives it up, calls `close`."""

    status: int
    headers: Mapping[str, str]
    """Their names in lower case."""
    body: bytes | BodyStream

    def close(self) -> None:
        """End the answer that is still being made for it."""
        if isinstance(self.body, BodyStream):
            self.body.close()


class BodyStream:
    """A body that comes in pieces; iterate once, then `close`."""

    def __init__(self, pieces: Generator[bytes], closing: ExitStack) -> None:
        """`closing` holds what the pieces are made from; it is closed with them."""
        self._pieces = pieces
        self._closing = closing

    def __iter__(self) -> Iterator[bytes]:
        with self._closing:
            yield from self._pieces

    def close(self) -> None:
        """Give everything back; not while another thread waits for a piece.

        Departure.leave ends that wait.
        """
        self._pieces.close()
        self._closing.close()


class ApiError(Exception):
    """Why a request is not answered, as its client is told."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        endpoint_status: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        """One word that never changes, for programs; the README lists them."""
        self.param = param
        """The field of the request that is wrong."""
        self.headers = headers or {}
        self.endpoint_status = endpoint_status
        """How the endpoint is, in the words of falcon/endpoints.py."""

    def body(self, request_id: str) -> dict[str, object]:
        """Return it as JSON, in the form that OpenAI's clients read."""
        error: dict[str, object] = {
            "message": str(self),
            "type": _error_type(self.status),
            "param": self.param,
            "code": self.code,
            "request_id": request_id,
        }
        if self.endpoint_status is not None:
            error["endpoint_status"] = self.endpoint_status
        return {"error": error}


def _error_type(status: int) -> str:
    """Return OpenAI's word for a kind of error."""
    match status:
        case 401:
            return "authentication_error"
        case 403:
            return "permission_error"
        case 429:
            return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"


def encode_json(value: object) -> bytes:
    """Return `value` as JSON; half a character in a text becomes a question mark."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
