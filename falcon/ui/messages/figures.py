"""What is said in small print under an answer."""

from __future__ import annotations

from collections.abc import Iterator

from falcon.events import FinishReason
from falcon.record import AnswerRecord
from falcon.ui import texts
from falcon.ui.language import say

FEWEST_TOKENS_FOR_SPEED = 5

_ENDINGS: dict[FinishReason | None, str] = {
    "length": texts.REACHED_LENGTH,
    "stopped": texts.STOPPED,
    "interrupted": texts.CUT,
}


def describe_ending(reason: FinishReason | None) -> str:
    """Return what a reader must know of how an answer ended; mostly nothing."""
    return say(_ENDINGS.get(reason, ""))


def describe_record(record: AnswerRecord) -> str:
    """Return the answer's figures as one line; what is not known is left out."""
    return " · ".join(_figures(record))


def format_seconds(seconds: float) -> str:
    if seconds < 1:
        return say("{count:.0f} ms", count=seconds * 1000)
    return say("{count:.1f} s", count=seconds)


def format_speed(record: AnswerRecord) -> str:
    """Return tokens per second; empty where there are too few to tell."""
    speed = record.tokens_per_second
    if speed is None or (record.tokens or 0) < FEWEST_TOKENS_FOR_SPEED:
        return ""
    shown = f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"
    return say("{speed} tokens/s", speed=shown)


def _figures(record: AnswerRecord) -> Iterator[str]:
    if record.seconds_to_first_token is not None:
        first = format_seconds(record.seconds_to_first_token)
        yield say("{time} to the first token", time=first)
    if record.tokens:
        one = record.tokens == 1
        yield say("1 token") if one else say("{count:,} tokens", count=record.tokens)
    if speed := format_speed(record):
        yield speed
    if record.dropped:
        yield say(texts.LEFT_OUT, count=record.dropped)
    if record.unsupported:
        yield say(texts.NOT_SENT, names=", ".join(record.unsupported))
