"""How long something lasts, in a few characters."""

from __future__ import annotations

from datetime import timedelta

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def span(time: timedelta) -> str:
    """Return a time such as "3 min", rounded down but to a minute at least."""
    if time < _HOUR:
        return f"{max(time // _MINUTE, 1)} min"
    if time < 2 * _DAY:
        return f"{time // _HOUR} h"
    return f"{time // _DAY} days"
