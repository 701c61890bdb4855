"""What is said in small print under an answer."""

from __future__ import annotations

from collections.abc import Iterator

from falcon.events import FinishReason
from falcon.record import AnswerRecord
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


def describe_record(record: AnswerRecord) -> str:
    """Return the answer's figures as one line; what is not known is left out."""
    return " · ".join(_figures(record))


def format_seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def format_speed(record: AnswerRecord) -> str:
    """Return tokens per second; empty where there are too few to tell."""
    speed = record.tokens_per_second
    if speed is None or (record.tokens or 0) < FEWEST_TOKENS_FOR_SPEED:
        return ""
    return f"{speed:,.0f} tokens/s" if speed >= 10 else f"{speed:.1f} tokens/s"


def _figures(record: AnswerRecord) -> Iterator[str]:
    if record.seconds_to_first_token is not None:
        first = format_seconds(record.seconds_to_first_token)
        yield f"{first} to the first token"
    if record.tokens:
        yield f"{record.tokens:,} token{'s' if record.tokens > 1 else ''}"
    if speed := format_speed(record):
        yield speed
    if record.dropped:
        yield texts.LEFT_OUT.format(count=record.dropped)
    if record.unsupported:
        yield texts.NOT_SENT.format(names=", ".join(record.unsupported))
