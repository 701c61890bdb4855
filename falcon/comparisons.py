"""Comparisons: those of this server in memory, and everybody's on disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from falcon.comparison import Comparison
from falcon.comparison_document import FORMAT, decode
from falcon.errors import ConfigurationError, HistoryError
from falcon.text import text

if TYPE_CHECKING:
    from falcon.compare_run import ColumnSettings
    from falcon.history import ComparisonSummary, History, KeptComparison

MOST_COMPARISONS = 200
"""In memory; past this many, the one that was used least recently is forgotten."""


class Comparisons:
    """Safe to use from any thread. Ids are unguessable: who knows one may read it."""

    def __init__(self, history: History | None = None) -> None:
        self._history = history
        self._lock = threading.Lock()
        self._kept: dict[str, Comparison] = {}

    def begin(self, settings: ColumnSettings, *, owner: str = "") -> Comparison:
        """Return a new comparison, which is on disk as soon as something is asked."""
        comparison = Comparison(settings, owner=owner, history=self._history)
        self._keep(comparison)
        return comparison

    def find(self, comparison_id: str) -> Comparison | None:
        """Return the comparison of this id as it is now; None: there is none.

        Raises HistoryError if it is not in memory and the disk cannot be read.
        """
        with self._lock:
            found = self._kept.pop(comparison_id, None)
            if found is not None:
                self._kept[comparison_id] = found  # the last one to be forgotten
        if found is not None and found.is_newest:
            return found
        with self._lock:
            self._kept.pop(comparison_id, None)
        read = self._read(comparison_id)
        if read is not None:
            self._keep(read)
        return read

    def list(self, owner: str, *, limit: int) -> tuple[ComparisonSummary, ...]:
        """Return the owner's newest on disk."""
        return self._history.comparisons(owner, limit=limit) if self._history else ()

    def delete(self, owner: str, comparison_id: str) -> Comparison | None:
        """End the comparison's answers and remove it; return it, to have it back.

        None: this owner has no such comparison. Raises HistoryError if the disk
        refuses, and then it is still there.
        """
        found = self.find(comparison_id)
        if found is None or found.owner != owner:
            return None
        if found.running is not None:
            found.running.stop()
        if self._history is not None:
            self._history.delete_comparison(owner, comparison_id)
        with self._lock:
            self._kept.pop(comparison_id, None)
        return found

    def restore(self, deleted: Comparison) -> None:
        """Undo `delete`."""
        deleted.save_anew()
        self._keep(deleted)

    def _read(self, comparison_id: str) -> Comparison | None:
        kept = self._history and self._history.load_comparison(comparison_id)
        return _decode(kept, self._history) if kept else None

    def _keep(self, comparison: Comparison) -> None:
        with self._lock:
            self._kept[comparison.id] = comparison
            while len(self._kept) > MOST_COMPARISONS:
                self._forget_one()

    def _forget_one(self) -> None:
        """Forget one that never asked, or else the longest idle, or else the oldest."""
        *others, _ = self._kept.values()
        unused = (c for c in others if not c.runs)
        idle = (c for c in others if c.running is None)
        gone = next(unused, None) or next(idle, None) or others[0]
        del self._kept[gone.id]
        if gone.running is not None:
            gone.running.stop()


def _decode(kept: KeptComparison, history: History | None) -> Comparison:
    try:
        if kept.format > FORMAT:
            raise HistoryError(
                text("This comparison was saved by a newer version of Falcon Chat.")
            )
        return Comparison.read(kept, decode(kept.document, kept.answers), history)
    except (ConfigurationError, ValueError, LookupError) as error:
        raise HistoryError(
            text("This comparison is damaged and cannot be opened.")
        ) from error
