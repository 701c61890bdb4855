"""The copy of one comparison on disk. Knows not what a comparison is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from falcon.errors import HistoryError

if TYPE_CHECKING:
    from falcon.history import History, KeptComparison


class ComparisonCopy:
    """Safe to use from any thread. What is written is made under its lock, so that an
    older text never takes the place of a newer one."""

    def __init__(self, history: History | None, *, version: int = 0) -> None:
        """`version` is the one that the disk has; 0: it was never saved."""
        self.problem: HistoryError | None = None
        """Why the disk does not have the comparison as it is; None: it has."""
        self._history = history
        self._version = version
        self._lock = threading.Lock()

    def write(self, make: Callable[[], KeptComparison]) -> None:
        """Write what is made, with the answers that it gives.

        What another server changed or deleted since is left as it is.
        """
        if self._history is None:
            return
        with self._lock:
            try:
                made = replace(make(), version=self._version)
                version = self._history.save_comparison(made)
                self.problem = None
            except HistoryError as error:
                self.problem = error
                return
            if version is not None:
                self._note(version)

    def write_answer(
        self, comparison_id: str, key: tuple[int, str], make: Callable[[], str]
    ) -> None:
        """Write one answer of a comparison that has been written."""
        if self._history is None:
            return
        with self._lock:
            try:
                version = self._history.save_answer(comparison_id, key, make())
            except HistoryError as error:
                self.problem = error
                return
            if version is not None:
                self._note(version)

    def is_newest(self, comparison_id: str) -> bool:
        """Whether the disk has nothing newer than what was read from it or written."""
        if self._history is None or self._version == 0 or self.problem is not None:
            return True
        try:
            return self._history.comparison_version(comparison_id) == self._version
        except HistoryError:
            return True  # What is in memory is the best there is.

    def forget(self) -> None:
        """Know that the disk has it no more."""
        self._version = 0

    def _note(self, version: int) -> None:
        # Past a change of another server's, it stays behind and is read again.
        if version == self._version + 1:
            self._version = version
