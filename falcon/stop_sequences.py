"""StopTrimmer: an answer's text without its stop sequence, not even half of one.

TGI sends the stop sequence as part of the answer, cut anywhere. What could still become
a stop sequence is held back until it is one or is not.
"""

from __future__ import annotations

from collections.abc import Iterable


class StopTrimmer:
    """Takes pieces of an answer and gives what may be shown."""

    def __init__(self, stop: Iterable[str]) -> None:
        self._stop = tuple(stop)
        self._beginnings = {text[0] for text in self._stop}
        self._held = ""
        self.matched = False
        """Whether a stop sequence came; nothing is shown after it."""

    def decode(self, piece: str) -> str:
        """Return the text that `piece` makes safe to show."""
        if self.matched:
            return ""
        if not self._held and self._beginnings.isdisjoint(piece):
            return piece
        text = self._held + piece
        found = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if found:
            self.matched, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """Return what was held back and turned out to be text."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of `text` with which `stop` begins."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if stop.startswith(text[-length:]):
            return length
    return 0
