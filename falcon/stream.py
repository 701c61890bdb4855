"""GenerationStream: one answer as it comes, which accumulates and closes itself."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from falcon.context_window import FittedPrompt
from falcon.errors import (
    DecodingError,
    EndpointError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
)
from falcon.events import Event, FinishEvent, TokenEvent
from falcon.stop_sequences import StopTrimmer
from falcon.text import text

if TYPE_CHECKING:
    from falcon.connection import Request

SECONDS_TO_END = 0.2
"""Between an answer's last event and the end of its HTTP response."""
LONGEST_ANSWER = 4_000_000
"""Characters after which an answer that does not end is cut."""


@dataclass(slots=True)
class Sent:
    """What a question became on its way to the endpoint; it grows as that is known."""

    prompt: FittedPrompt
    request: Request
    unsupported: tuple[str, ...] = ()
    container: str = ""
    continues: bool = False
    """Whether the answer goes on where an earlier one ended."""


class GenerationStream:
    """Iterate for TokenEvents and, last, the FinishEvent.

    A WaitEvent comes before each time that the client asks a busy or starting endpoint
    again. Nothing is sent before the first iteration. `close` may be called from any
    thread: the request ends at once and the iteration stops without an error.
    """

    def __init__(
        self,
        events: Generator[Event],
        *,
        sent: Sent,
        stop: Iterable[str],
    ) -> None:
        self._events = events
        self._sent = sent
        self._trimmer = StopTrimmer(stop)
        self._pieces: list[str] = []
        self.finish: FinishEvent | None = None
        """How the answer ended; None while it has not."""
        self.closed = False

    @property
    def text(self) -> str:
        """The answer so far, without its stop sequence."""
        return "".join(self._pieces)

    @property
    def prompt(self) -> FittedPrompt:
        """What the model was asked to continue, and what was left out of it."""
        return self._sent.prompt

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The parameters that were set and that this container does not have.

        Known from the first event on; they were not sent.
        """
        return self._sent.unsupported

    @property
    def container(self) -> str:
        """The endpoint's wire format; known from the first event on."""
        return self._sent.container

    @property
    def request_id(self) -> str | None:
        """AWS's own name for the request, once it has answered."""
        return self._sent.request.request_id

    @property
    def variant(self) -> str | None:
        """The production variant that answered."""
        return self._sent.request.variant

    def __iter__(self) -> Iterator[Event]:
        # A generator per loop and none kept in self: a loop that is left drops its
        # generator, and so the request ends at once and not at a garbage collection.
        try:
            yield from self._accumulate()
        except FalconError as error:
            if self.closed:
                return
            told = self._cut_short(error)
            if told is error:
                raise
            raise told from error
        finally:
            self._events.close()
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the request; what has arrived stays in `text`."""
        self.closed = True
        self._sent.request.abort()

    def _accumulate(self) -> Iterator[Event]:
        trimmer, pieces, length = self._trimmer, self._pieces, 0
        for event in self._events:
            if isinstance(event, TokenEvent):
                if trimmer.matched:
                    # The container was not told this stop sequence and would go on.
                    yield from self._finish(FinishEvent("stop_sequence"))
                    return
                text = trimmer.decode(event.text)
                if not length and not self._sent.continues:
                    text = text.lstrip()  # A Falcon's first token begins with a space.
                if text:
                    pieces.append(text)
                    length += len(text)
                yield event if text == event.text else TokenEvent(text)
                if length > LONGEST_ANSWER:
                    raise IncompleteGenerationError(_ENDLESS)
            elif isinstance(event, FinishEvent):
                yield from self._finish(event)
                self._read_to_the_end()
                return
            else:
                yield event
        if not self.closed:
            raise IncompleteGenerationError(_CUT)

    def _finish(self, event: FinishEvent) -> Iterator[Event]:
        if text := self._trimmer.flush():
            if not self._pieces and not self._sent.continues:
                text = text.lstrip()
            self._pieces.append(text)
            yield TokenEvent(text)
        if self._trimmer.matched:
            event = replace(event, reason="stop_sequence")
        self.finish = event
        yield event

    def _read_to_the_end(self) -> None:
        """Let the connection serve another question, unless the response goes on."""
        with suppress(FalconError), self._sent.request.limited(SECONDS_TO_END):
            next(self._events, None)

    def _cut_short(self, error: FalconError) -> FalconError:
        """Return the error to raise: once there is text, a fault has cut an answer."""
        if isinstance(error, IncompleteGenerationError):
            return IncompleteGenerationError(str(error), text=self.text)
        if self._pieces and isinstance(
            error, (EndpointError, GenerationError, DecodingError)
        ):
            return IncompleteGenerationError(
                text(
                    "The answer was cut before its end. {problem}", problem=str(error)
                ),
                text=self.text,
            )
        return error


_CUT = text("The answer was cut before its end.")
_ENDLESS = text("The answer does not end; it was cut.")
