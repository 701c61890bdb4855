"""Figures: what was found for each page, or why it was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    key: str
    title: str
    unit: str
    digits: int = 0


ROWS = (
    Row(key="start", title="Process start to question box", unit="s", digits=2),
    Row(key="first", title="Enter to first token", unit="ms"),
    Row(key="p50_30", title="Token to screen, 30/s, p50", unit="ms", digits=1),
    Row(key="p95_30", title="Token to screen, 30/s, p95", unit="ms", digits=1),
    Row(key="p50_200", title="Token to screen, 200/s, p50", unit="ms", digits=1),
    Row(key="p95_200", title="Token to screen, 200/s, p95", unit="ms", digits=1),
    Row(key="burst", title="5,000 tokens at once, all shown", unit="s", digits=2),
    Row(key="cpu_30", title="Server CPU, 1,000 tokens at 30/s", unit="s", digits=2),
    Row(key="cpu_200", title="Server CPU, 1,000 tokens at 200/s", unit="s", digits=2),
    Row(key="bytes_500", title="Bytes a token, 500 tokens at 200/s", unit="B"),
    Row(key="bytes_2000", title="Bytes a token, 2,000 tokens at 200/s", unit="B"),
    Row(key="bytes_8000", title="Bytes a token, 8,000 tokens at 200/s", unit="B"),
    Row(key="history_20", title="Open 20 messages", unit="s", digits=2),
    Row(key="history_200", title="Open 200 messages", unit="s", digits=2),
    Row(key="history_1000", title="Open 1,000 messages", unit="s", digits=2),
    Row(key="memory_1", title="Server RSS, 1 session", unit="MB"),
    Row(key="memory_20", title="Server RSS, 20 sessions", unit="MB"),
    Row(key="memory_after_500", title="Server RSS, 500 have come and gone", unit="MB"),
    *(
        Row(
            key=f"{percentile}_{chats}",
            title=f"Token to client, {chats} chats at 30/s, {percentile[5:]}",
            unit="ms",
            digits=1 if percentile == "load_p50" else 0,
        )
        for chats in (1, 10, 20, 50, 80)
        for percentile in ("load_p50", "load_p99")
    ),
    *(
        Row(
            key=f"load_first_{chats}",
            title=f"Question to first token, {chats} chats, median",
            unit="s",
            digits=2,
        )
        for chats in (20, 80)
    ),
)


@dataclass(slots=True)
class Figures:
    """What a run has found so far: by row, by page."""

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, key: str, page: str, *values: float) -> None:
        self.values.setdefault(key, {}).setdefault(page, []).extend(values)

    def fail(self, keys: Iterable[str], page: str, reason: str) -> None:
        """Keep why a page has no such figures; the first reason stays."""
        for key in keys:
            self.reasons.setdefault(key, {}).setdefault(page, reason)

    def value(self, key: str, page: str) -> float | None:
        """The median of what was found; None: nothing, or not all of it."""
        if page in self.reasons.get(key, {}):
            return None
        found = self.values.get(key, {}).get(page)
        return median(found) if found else None

    def row(self, key: str) -> Mapping[str, float]:
        """The pages that have such a figure."""
        found = {page: self.value(key, page) for page in self.values.get(key, {})}
        return {page: value for page, value in found.items() if value is not None}


def percentile(values: Sequence[float], percent: int) -> float:
    """Of at least two values."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
