"""How long something lasts, in a few characters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from falcon.ui.spans import format_waited, span


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=49), "2 days"),
    ],
)
def test_a_span_is_rounded_down_but_to_a_minute(time: timedelta, said: str) -> None:
    assert span(time) == said


@pytest.mark.parametrize(("seconds", "said"), [(59, "59 s"), (119, "1 min")])
def test_a_wait_is_said_in_seconds_and_then_in_minutes(seconds: int, said: str) -> None:
    assert format_waited(seconds) == said
