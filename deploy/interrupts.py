"""Ctrl-C and the signals that ask a process to end, for the length of a block.

A create call is not cut in the middle, since then nobody would know its outcome: the
signal is raised when the answer is there. A second one does cut it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: whoever sent it soon kills; there is no time to wait."""


_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)


class Interrupts:
    """As a context manager it makes the signals exceptions, in the main thread."""

    def __init__(self) -> None:
        self._depth = 0
        self._deferred: KeyboardInterrupt | None = None
        self.raised: KeyboardInterrupt | None = None
        """The last one."""
        # What the signal module gives back: a function, a number or nothing.
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Raise the first signal of the block at its end."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and self._deferred is not None:
                self.raised, self._deferred = self._deferred, None
                raise self.raised

    def _receive(self, number: int, _: FrameType | None) -> None:
        error = KeyboardInterrupt() if number == signal.SIGINT else Terminated()
        if self._depth and self._deferred is None:
            self._deferred = error
            return
        self.raised, self._deferred = error, None
        raise error
