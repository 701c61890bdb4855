"""What the containers' decoders share: JSON that is checked, and events in order."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from falcon.containers.lines import BYTE_ORDER_MARK, PayloadDecoder
from falcon.errors import DecodingError, FalconError
from falcon.events import Event, FinishReason
from falcon.text import text

_raw_decode = json.JSONDecoder().raw_decode
_LARGEST_COUNT = 2**64 - 1
_FINISH_REASONS: dict[str, FinishReason] = {
    "eos_token": "eos_token",
    "stop_sequence": "stop_sequence",
    "length": "length",
    # OpenAI's word, and so vLLM's: the end of the text, or a stop sequence.
    "stop": "eos_token",
}
_FOREIGN = text(
    "The endpoint answered in a form that its container does not use. Check which "
    "container serves this endpoint."
)


class PayloadStreamDecoder(ABC):
    """Turns a stream's bytes, split anywhere, into events."""

    def __init__(self) -> None:
        self._payloads = PayloadDecoder()
        self._fault: FalconError | None = None

    def decode(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        if self._fault:
            raise self._fault
        payloads = self._payloads.decode(chunk)
        if len(payloads) == 1:
            return self._read_payload(payloads[0])
        return self._read_all(payloads)

    def flush(self) -> list[Event]:
        """Return what the end of the stream completes."""
        if self._fault:
            raise self._fault
        payloads = self._payloads.flush()
        if payloads and _is_cut(payloads[-1]):
            payloads.pop()
        events = self._read_all(payloads)
        try:
            if not self._fault:
                events += self._end()
        except FalconError:
            if not events:
                raise
        return events

    def _read_all(self, payloads: list[bytes]) -> list[Event]:
        events: list[Event] = []
        try:
            for payload in payloads:
                events += self._read_payload(payload)
        except FalconError as fault:
            if not events:
                raise
            # What came before it must not be lost; it is raised at the next call.
            self._fault = fault
        return events

    def _read_payload(self, payload: bytes) -> list[Event]:
        try:
            event = load(payload)
        except DecodingError:
            if payload == b"[DONE]":
                return self._end()
            raise
        if type(event) is not dict:
            raise foreign()
        return self._read(event)

    @abstractmethod
    def _read(self, event: dict[str, Any]) -> list[Event]:
        """Return the events in one JSON object of the stream."""

    def _end(self) -> list[Event]:
        """Return what the end of the stream, or its [DONE], completes."""
        return []


def load(payload: bytes) -> Any:  # JSON of any shape; the callers check it.
    """Return the JSON value; raises DecodingError.

    NaN and Infinity pass: Python's containers write them for a log probability.
    """
    try:
        decoded = str(payload, "utf-8")
        value, end = _raw_decode(decoded)
    except (ValueError, RecursionError) as error:
        raise foreign() from error
    if end != len(decoded):
        raise foreign()
    return value


def load_answer(body: bytes) -> Any:  # As for load.
    """Return the JSON value that is a whole answer; raises DecodingError."""
    return load(body.removeprefix(BYTE_ORDER_MARK).strip())


def _is_cut(payload: bytes) -> bool:
    """Whether the last text of a stream is JSON that lacks its end."""
    if not payload.startswith((b"{", b"[")):
        return False
    try:
        load(payload)
    except DecodingError:
        return True
    return False


def foreign() -> DecodingError:
    """Return the error for an answer that is not in the container's form."""
    return DecodingError(_FOREIGN)


def check_text(value: object) -> str:
    """Return the text; half a character (a surrogate without its other half), which
    JSON can escape and nothing can store, is replaced."""
    if type(value) is not str:
        raise foreign()
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def find_reason(value: object) -> FinishReason:
    """Return why an answer ended, by a container's word for it."""
    return _FINISH_REASONS.get(value, "unknown") if type(value) is str else "unknown"


def check_count(value: object) -> int | None:
    """Return the count where it is one."""
    if type(value) is int and 0 <= value <= _LARGEST_COUNT:
        return value
    return None
