"""How long something lasts, in a few characters of the reader's language."""

from __future__ import annotations

from datetime import timedelta

from falcon.ui.language import mark, say

_SECONDS = mark("{count} s")
_MINUTES = mark("{count} min")
_HOURS = mark("{count} h")
_DAYS = mark("{count} days")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def span(time: timedelta) -> str:
    """Return a time such as "3 min", rounded down but to a minute at least."""
    if time < _HOUR:
        return say(_MINUTES, count=max(time // _MINUTE, 1))
    if time < 2 * _DAY:
        return say(_HOURS, count=time // _HOUR)
    return say(_DAYS, count=time // _DAY)


def format_waited(seconds: int) -> str:
    """Return for how long somebody waits: seconds, then whole minutes."""
    if seconds < 60:
        return say(_SECONDS, count=seconds)
    return say(_MINUTES, count=seconds // 60)
