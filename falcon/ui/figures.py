"""What is said in small print under an answer."""

from __future__ import annotations

from collections.abc import Iterator

from falcon.events import FinishReason
from falcon.generation import Progress
from falcon.ui import texts

FEWEST_TOKENS_FOR_SPEED = 5

_ENDINGS: dict[FinishReason | None, str] = {
    "length": texts.REACHED_LENGTH,
    "stopped": texts.STOPPED,
    "interrupted": texts.CUT,
}


def describe_ending(reason: FinishReason | None) -> str:
    """Return what a reader must know of how an answer ended; mostly nothing."""
    return _ENDINGS.get(reason, "")


def describe_progress(progress: Progress) -> str:
    """Return the answer's figures as one line; what is not known is left out."""
    return " · ".join(_figures(progress))


def _figures(progress: Progress) -> Iterator[str]:
    if progress.seconds_to_first_token is not None:
        yield f"{_seconds(progress.seconds_to_first_token)} to the first token"
    if progress.tokens:
        yield f"{progress.tokens:,} token{'s' if progress.tokens > 1 else ''}"
    speed = progress.tokens_per_second
    if speed is not None and progress.tokens >= FEWEST_TOKENS_FOR_SPEED:
        yield f"{speed:,.0f} tokens/s" if speed >= 10 else f"{speed:.1f} tokens/s"
    record = progress.record
    if record.dropped:
        yield texts.LEFT_OUT.format(count=record.dropped)
    if record.unsupported:
        yield texts.NOT_SENT.format(names=", ".join(record.unsupported))


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
