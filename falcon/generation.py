"""Generation: one answer being made, owned by the server and not by a page run.

A worker thread reads the stream; pages only watch. A rerun, a reload or a lost
connection detaches a watcher and the answer goes on. Knows nothing of Streamlit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from falcon.errors import FalconError
from falcon.events import FinishEvent, FinishReason, TokenEvent, WaitEvent
from falcon.record import AnswerRecord
from falcon.stream import GenerationStream
from falcon.text import text

SECONDS_BETWEEN_SAVES = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What a generation has come to, taken at one moment."""

    text: str
    tokens: int
    version: int
    """Grows with every change; `Generation.wait` takes it to wait for the next one."""
    reason: FinishReason | None = None
    """Why it ended; None while it runs."""
    error: FalconError | None = None
    seconds_to_first_token: float | None = None
    seconds: float = 0.0
    """From the question to the newest token."""
    waits_for: str = ""
    """What it waits for before it is asked again, as a sentence; empty: nothing."""
    record: AnswerRecord = AnswerRecord()
    """What was asked, and what is known of the answer so far."""

    @property
    def tokens_per_second(self) -> float | None:
        """The speed after the first token; None where there is too little to tell."""
        if self.seconds_to_first_token is None or self.tokens < 2:
            return None
        generating = self.seconds - self.seconds_to_first_token
        return (self.tokens - 1) / generating if generating > 0 else None


class Generation:
    """One answer. `start` it once; `stop` and `wait` may be called from any thread."""

    def __init__(
        self,
        open_stream: Callable[[], GenerationStream],
        *,
        save: Callable[[Progress], None],
        record: AnswerRecord = AnswerRecord(),
        text: str = "",
        place: AbstractContextManager[object] | None = None,
    ) -> None:
        """`record` says what is asked, and is completed by what is measured; `text` is
        the answer's beginning if it is to be continued. `place` is left when nothing of
        the answer goes on any more."""
        self._open_stream = open_stream
        self._save = save
        self._changed = threading.Condition()
        # Not the one above: whoever waits for the next token need not wait for a disk.
        self._saving = threading.Lock()
        self._is_ending = False
        self._progress = Progress(text, 0, 0, record=record)
        self._pieces = [text] if text else []
        self._has_grown = False
        self._record = record
        self._place = place or nullcontext()
        self._stream: GenerationStream | None = None
        self._started = 0.0
        self._saved = 0.0

    def start(self) -> None:
        """Begin in a thread of its own and return at once."""
        self._started = time.monotonic()
        thread = threading.Thread(target=self._run, name="generation", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # The system has no thread left.
            with self._place:
                self._finish(reason="interrupted", error=FalconError(_NO_THREAD))

    @property
    def progress(self) -> Progress:
        with self._changed:
            return self._with_text()

    @property
    def age(self) -> float:
        """The seconds since it was started."""
        return time.monotonic() - self._started

    @property
    def ended(self) -> bool:
        return self._progress.reason is not None

    def wait(self, version: int, *, timeout: float) -> Progress:
        """Return the progress once it is newer than `version`, or at the timeout."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._progress.version > version, timeout=timeout
            )
            return self._with_text()

    def stop(self) -> None:
        """End the answer and its request now; the text stays as it is."""
        self._finish(reason="stopped")

    def _run(self) -> None:
        with self._place:
            try:
                self._stream = self._open_stream()
                with self._stream as stream:
                    if not self._is_ending:
                        self._read(stream)
            except FalconError as error:
                self._finish(reason="interrupted", error=error)
            finally:
                # Only after an error nobody foresaw, which Python reports on its way
                # out. Whoever watches must not wait for ever.
                self._finish(reason="interrupted", error=FalconError(_UNFORESEEN))

    def _read(self, stream: GenerationStream) -> None:
        for event in stream:
            match event:
                case TokenEvent():
                    self._grow(event, stream)
                    self._save_now_and_then()
                case FinishEvent():
                    self._measure(event)
                    self._finish(reason=event.reason, tokens=event.generated_tokens)
                case WaitEvent():
                    self._wait(event)

    def _wait(self, event: WaitEvent) -> None:
        with self._changed:
            if not self._is_ending:
                self._publish(replace(self._progress, waits_for=event.reason))

    def _measure(self, event: FinishEvent) -> None:
        with self._changed:
            if event.seed is not None:
                self._record = replace(self._record, seed=event.seed)
            if event.input_tokens is not None:
                self._record = replace(
                    self._record, prompt_tokens=event.input_tokens, is_estimate=False
                )

    def _grow(self, event: TokenEvent, stream: GenerationStream) -> None:
        with self._changed:
            if self._is_ending:
                return
            if event.text:
                self._pieces.append(event.text)
                self._has_grown = True
            if self._progress.tokens == 0:
                self._record = _completed(self._record, stream)
            old, elapsed = self._progress, time.monotonic() - self._started
            first = old.seconds_to_first_token
            self._publish(
                replace(
                    old,
                    tokens=old.tokens + 1,
                    seconds_to_first_token=(
                        elapsed if first is None and self._has_grown else first
                    ),
                    seconds=elapsed,
                    waits_for="",
                    record=self._record,
                )
            )

    def _save_now_and_then(self) -> None:
        if self._progress.seconds - self._saved < SECONDS_BETWEEN_SAVES:
            return
        with self._saving:
            progress = self.progress
            self._saved = progress.seconds
            if not self._is_ending:
                self._save(progress)

    def _finish(
        self,
        *,
        reason: FinishReason,
        tokens: int | None = None,
        error: FalconError | None = None,
    ) -> None:
        with self._changed:
            if self._is_ending:
                # Somebody else ends it, and has to save it first.
                self._changed.wait_for(lambda: self.ended)
                return
            self._is_ending = True
            old = self._with_text()
            tokens = old.tokens if tokens is None else tokens
            ended = replace(
                old,
                text=old.text.rstrip(),
                tokens=tokens,
                reason=reason,
                error=error,
                waits_for="",
                record=replace(
                    self._record,
                    tokens=tokens,
                    seconds_to_first_token=old.seconds_to_first_token,
                    seconds=old.seconds,
                ),
            )
        try:
            if reason == "stopped" and self._stream is not None:
                self._stream.close()  # The endpoint need not wait for the disk either.
            # Saved before it is seen, so that whoever sees the end finds it saved.
            with self._saving:
                self._save(ended)
        finally:
            with self._changed:
                self._publish(ended)

    def _with_text(self) -> Progress:
        """Return the newest progress. Holds the lock already.

        Its text is put together only when somebody looks: doing so for each token
        would take a time that grows with the square of the answer's length.
        """
        if not self.ended and self._pieces:
            self._pieces = ["".join(self._pieces)]
            self._progress = replace(self._progress, text=self._pieces[0])
        return self._progress

    def _publish(self, progress: Progress) -> None:
        """Make `progress` the newest and wake every watcher. Holds the lock already."""
        self._progress = replace(progress, version=self._progress.version + 1)
        self._changed.notify_all()


def _completed(record: AnswerRecord, stream: GenerationStream) -> AnswerRecord:
    """Return the record with what the first piece of an answer tells."""
    return replace(
        record,
        container=stream.container,
        unsupported=stream.unsupported,
        prompt_tokens=stream.prompt.tokens,
        is_estimate=stream.prompt.is_estimate,
        dropped=stream.prompt.dropped,
        request_id=stream.request_id,
        variant=stream.variant,
    )


_UNFORESEEN = text(
    "Something went wrong inside Falcon Chat; the terminal it runs in says what. Try "
    "again."
)
_NO_THREAD = text("This machine has no room for another answer now. Try again later.")
