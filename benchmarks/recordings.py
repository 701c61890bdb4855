"""Recorded streams, in the shapes of the containers, and every way to cut one in two.

The text holds what parsers stumble over: characters of several bytes, one joined of
several, empty lines, quotes, and what looks like a line of the protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.stream_server import token_event

if TYPE_CHECKING:
    from falcon.containers import ContainerName

PIECES = (
    " 팔",
    "콘",
    " says",
    ' "',
    "data: x",
    '"',
    "\n\n",
    " 👩‍👩‍👧",
    " \u2028",
    " \\n",
    " 끝",
)
TEXT = "".join(PIECES)


@dataclass(frozen=True, slots=True)
class Recording:
    """A stream as the container sends it, one item for each event."""

    container: ContainerName
    """The wire format's name in falcon.containers."""
    events: tuple[bytes, ...]


def tgi() -> Recording:
    told = [token_event(at, piece) for at, piece in enumerate(PIECES, start=1)]
    last = token_event(len(PIECES) + 1, "<|endoftext|>", special=True, whole=TEXT)
    return Recording("tgi", (*told, last))


def lmi() -> Recording:
    """The last token comes with the whole text, as where an answer ends by length."""
    events: list[dict[str, Any]] = [
        {
            "index": at,
            "token": {"id": 300 + at, "text": piece, "logprob": -0.53},
            "generated_text": None,
            "details": None,
        }
        for at, piece in enumerate(PIECES)
    ]
    details = {"finish_reason": "length", "generated_tokens": len(PIECES)}
    events[-1] |= {"generated_text": TEXT, "details": details}
    return Recording("lmi", tuple(_json(event) + b"\n" for event in events))


def lmi_unended() -> Recording:
    """The same without the newline after the last line."""
    *events, last = lmi().events
    return Recording("lmi", (*events, last.rstrip(b"\n")))


def openai() -> Recording:
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        for piece in PIECES
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    told = [
        b"data: %b\n\n"
        % _json(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "falcon",
                "choices": [choice],
            }
        )
        for choice in choices
    ]
    return Recording("openai_chat", (*told, b"data: [DONE]\n\n"))


RECORDINGS = {
    "TGI SSE": tgi,
    "LMI JSON lines": lmi,
    "OpenAI SSE": openai,
    "JSON lines, no last newline": lmi_unended,
}


def two_parts(recording: Recording) -> Iterator[list[bytes]]:
    """The whole stream in two parts, cut at every position."""
    stream = b"".join(recording.events)
    for position in range(1, len(stream)):
        yield [stream[:position], stream[position:]]


def one_event_cut(recording: Recording) -> Iterator[list[bytes]]:
    """A part for each event but one, which is in two, cut at every position."""
    for at, event in enumerate(recording.events):
        before, after = recording.events[:at], recording.events[at + 1 :]
        for position in range(1, len(event)):
            yield [*before, event[:position], event[position:], *after]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
