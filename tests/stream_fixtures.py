"""The streams in tests/streams, as containers send them, and what each must become.

A file is a few `name: value` lines, a line `===`, and the stream itself. `bytes` names
what a text file shows badly; `end` is the finish reason, the class of the error, or
`cut` where the stream just stops. `prompt` stands where an answer repeats it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from falcon.containers import ContainerName, StreamDecoder, find_container
from falcon.context_window import FittedPrompt
from falcon.errors import FalconError
from falcon.events import Event, FinishEvent, FinishReason, TokenEvent
from tests.container_requests import fitted

FOLDER = Path(__file__).parent / "streams"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stream became: its events, and the class of the error after them."""

    events: tuple[Event, ...]
    error: str | None = None

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, TokenEvent))

    @property
    def finish(self) -> FinishEvent | None:
        last = self.events[-1] if self.events else None
        return last if isinstance(last, FinishEvent) else None

    @property
    def end(self) -> str:
        return self.error or (self.finish.reason if self.finish else "cut")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file of tests/streams."""

    container: ContainerName
    name: str
    sent: bytes
    text: str
    end: str
    tokens: int | None
    input_tokens: int | None
    prompt: FittedPrompt

    @property
    def marker_end(self) -> int:
        """Where the bytes that say that the model ended are complete."""
        marker = re.search(rb'"(generated_text|finish_reason)": ?"', self.sent)
        if marker is None or self.end not in get_args(FinishReason):
            return len(self.sent) + 1
        last = re.compile(rb"\}(?=\r?(\n|\Z))").search(self.sent, marker.end())
        assert last
        return last.end()


def replay(decoder: StreamDecoder, chunks: Iterable[bytes]) -> Outcome:
    """Give a decoder these bytes and collect what comes, as the client does."""
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += decoder.decode(chunk)
        events += decoder.flush()
    except FalconError as error:
        return Outcome(tuple(events), type(error).__name__)
    return Outcome(tuple(events))


def read_answer(fixture: Fixture, body: bytes) -> Outcome:
    """Decode a whole answer."""
    container = find_container(fixture.container)
    try:
        return Outcome((container.decode_answer(body, prompt=fixture.prompt),))
    except FalconError as error:
        return Outcome((), type(error).__name__)


def _load(path: Path) -> Fixture:
    head, _, body = path.read_text(encoding="utf-8").partition("\n===\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    sent = body.encode()
    match fields.get("bytes"):
        case "crlf":
            sent = sent.replace(b"\n", b"\r\n")
        case "bom":
            sent = b"\xef\xbb\xbf" + sent
        case "no final newline":
            sent = sent.rstrip(b"\n")
    name = next(name for name in get_args(ContainerName) if name == path.parent.name)
    return Fixture(
        container=name,
        name=f"{name}/{path.stem}",
        sent=sent,
        text=json.loads(fields["text"]),
        end=fields["end"],
        tokens=int(fields["tokens"]) if "tokens" in fields else None,
        input_tokens=int(fields["input"]) if "input" in fields else None,
        prompt=fitted(json.loads(fields.get("prompt", '""'))),
    )


FIXTURES = [_load(path) for path in sorted(FOLDER.glob("*/*.txt"))]
STREAMS = [f for f in FIXTURES if find_container(f.container).STREAMS]
ANSWERS = [f for f in FIXTURES if not find_container(f.container).STREAMS]
