"""Readings: what was last read of something slow, such as AWS; never waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST_READINGS = 100
"""Anybody may type names into the page."""


class Readings(Generic[Key, Value]):
    """One reading for each key, renewed in a thread once it is old.

    Safe from any thread. `read` must not raise: what went wrong is a value as well.
    """

    def __init__(self, read: Callable[[Key], Value], *, seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = threading.Lock()
        self._begun: dict[Key, float] = {}
        self._values: dict[Key, Value] = {}

    def newest(self, key: Key) -> Value | None:
        """Return what was last read; None before the first reading has come."""
        with self._lock:
            now = time.monotonic()
            if now - self._begun.get(key, float("-inf")) > self._seconds:
                while key not in self._begun and len(self._begun) >= MOST_READINGS:
                    oldest = next(iter(self._begun))
                    del self._begun[oldest]
                    self._values.pop(oldest, None)
                self._begun[key] = now
                threading.Thread(target=self._renew, args=(key,), daemon=True).start()
            return self._values.get(key)

    def _renew(self, key: Key) -> None:
        value = self._read(key)
        with self._lock:
            if key in self._begun:
                self._values[key] = value
