"""GenerationStream: one answer as it comes, which accumulates and closes itself."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

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

LONGEST_ANSWER = 4_000_000
"""Characters after which an answer that does not end is cut."""


class GenerationStream:
    """Iterate for TokenEvents and, last, the FinishEvent.

    Nothing is sent before the first iteration. `close` may be called from any thread:
    the request ends at once and the iteration stops without an error.
    """

    def __init__(
        self,
        events: Generator[Event],
        *,
        prompts: Sequence[FittedPrompt],
        stop: Iterable[str],
        abort: Callable[[], None],
    ) -> None:
        self._events = events
        self._prompts = prompts
        self._trimmer = StopTrimmer(stop)
        self._abort = abort
        self.text = ""
        """The answer so far, without its stop sequence."""
        self.finish: FinishEvent | None = None
        """How the answer ended; None while it has not."""
        self.closed = False

    @property
    def prompt(self) -> FittedPrompt:
        """What the model was asked to continue, and what was left out of it."""
        return self._prompts[-1]

    def __iter__(self) -> Iterator[Event]:
        # A generator per loop and none kept in self: a loop that is left drops its
        # generator, and so the request ends at once and not at a garbage collection.
        try:
            yield from self._accumulate()
        except FalconError as error:
            if not self.closed:
                raise self._cut_short(error) from error
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
        self._abort()

    def _accumulate(self) -> Iterator[Event]:
        for event in self._events:
            if self._trimmer.matched and isinstance(event, TokenEvent):
                # The container was not told this stop sequence and would go on.
                event = FinishEvent("stop_sequence")
            if isinstance(event, FinishEvent):
                if text := self._show(self._trimmer.flush()):
                    yield TokenEvent(text)
                self.finish = event
                yield event
                return
            yield TokenEvent(self._show(self._trimmer.decode(event.text)))
            if len(self.text) > LONGEST_ANSWER:
                raise IncompleteGenerationError("The answer does not end; it was cut.")
        if not self.closed:
            raise IncompleteGenerationError(_CUT)

    def _show(self, text: str) -> str:
        if not self.text:
            text = text.lstrip()  # A Falcon's first token begins with a space.
        self.text += text
        return text

    def _cut_short(self, error: FalconError) -> FalconError:
        """Return the error to raise: once there is text, a fault has cut an answer."""
        if isinstance(error, IncompleteGenerationError):
            return IncompleteGenerationError(str(error), text=self.text)
        if self.text and isinstance(
            error, (EndpointError, GenerationError, DecodingError)
        ):
            return IncompleteGenerationError(f"{_CUT} {error}", text=self.text)
        return error


_CUT = "The answer was cut before its end."
