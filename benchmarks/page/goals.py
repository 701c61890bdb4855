"""What this page has promised, and whether a run's figures keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.page.figures import Figures
from benchmarks.page.pages import OURS, WRITE_STREAM

MOST_OVER_BEST = 2.0
MOST_BURST_SECONDS = 0.5
MOST_BYTES = 60.0
MOST_BYTES_GROWTH = 1.2
MOST_HISTORY_GROWTH = 1.3
MOST_MEGABYTES = 110.0
MOST_P99 = {20: 100.0, 50: 250.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One goal beside what was found."""

    text: str
    is_reached: bool | None
    """None: no goal, only to be seen."""


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Judge every goal whose figures there are."""
    lags = figures.row("p95_30")
    if OURS in lags and len(lags) > 1:
        best = min(lags, key=lambda page: lags[page])
        ratio = lags[OURS] / lags[best]
        yield Verdict(
            text=f"token to screen p95 at 30/s is {ratio:.2f} x the best ({best}), "
            f"at most {MOST_OVER_BEST:.0f}",
            is_reached=ratio <= MOST_OVER_BEST,
        )
    yield from _at_most(
        figures, "burst", MOST_BURST_SECONDS, "5,000 tokens at once take", "s", digits=2
    )
    for tokens in (500, 2000, 8000):
        key, text = f"bytes_{tokens}", f"a token of {tokens:,} takes"
        yield from _at_most(figures, key, MOST_BYTES, text, "B at 200/s")
    yield from _growth(
        figures, "bytes_500", "bytes_8000", MOST_BYTES_GROWTH, "bytes a token of 8,000"
    )
    yield from _growth(
        figures, "history_20", "history_1000", MOST_HISTORY_GROWTH, "1,000 messages"
    )
    yield from _at_most(
        figures, "memory_1", MOST_MEGABYTES, "the server with one chat takes", "MB"
    )
    for chats, most in MOST_P99.items():
        key, text = f"load_p99_{chats}", f"p99 with {chats} chats is"
        yield from _at_most(figures, key, most, text, "ms")
    crowd = figures.row("load_p99_80")
    if OURS in crowd and WRITE_STREAM in crowd:
        text = f"p99 with 80 chats is {crowd[OURS]:.0f} ms, "
        text += f"that of {WRITE_STREAM} {crowd[WRITE_STREAM]:.0f} ms"
        yield Verdict(text=text, is_reached=None)


def _at_most(
    figures: Figures, key: str, most: float, text: str, unit: str, *, digits: int = 0
) -> Iterator[Verdict]:
    found = figures.value(key, OURS)
    if found is not None:
        text = f"{text} {found:.{digits}f} {unit}, at most {most:g}"
        yield Verdict(text=text, is_reached=found <= most)


def _growth(
    figures: Figures, small: str, large: str, most: float, text: str
) -> Iterator[Verdict]:
    few, many = figures.value(small, OURS), figures.value(large, OURS)
    if few and many:
        name = small.rpartition("_")[2]
        yield Verdict(
            text=f"{text} take {many / few:.2f} x those of {name}, at most {most:g}",
            is_reached=many / few <= most,
        )
