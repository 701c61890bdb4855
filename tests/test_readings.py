from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from falcon.ui.endpoint.readings import MOST_READINGS, Readings
from falcon.ui.spans import span


def newest(readings: Readings[str, str], key: str) -> str:
    """The reading, waited for."""
    end = time.monotonic() + 10
    while (value := readings.newest(key)) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return value


def test_nobody_waits_for_a_reading() -> None:
    may_end = threading.Event()

    def read(key: str) -> str:
        may_end.wait(10)
        return key.upper()

    readings = Readings(read, seconds=60)

    assert readings.newest("a") is None
    may_end.set()
    assert newest(readings, "a") == "A"


def test_a_reading_is_renewed_only_once_it_is_old() -> None:
    read: list[str] = []

    def note(key: str) -> str:
        read.append(key)
        return str(len(read))

    young, old = Readings(note, seconds=60), Readings(note, seconds=0)

    assert newest(young, "a") == "1"
    assert young.newest("a") == "1"
    assert read == ["a"]
    newest(old, "a")
    old.newest("a")
    end = time.monotonic() + 10
    while len(read) < 3:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_many_names_leave_behind_is_bounded() -> None:
    read: list[str] = []

    def note(key: str) -> str:
        read.append(key)
        return key

    readings = Readings(note, seconds=60)
    for number in range(MOST_READINGS + 1):
        newest(readings, str(number))

    newest(readings, "0")

    assert read.count("0") == 2
    assert read.count("1") == 1


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=-5), "1 min"),
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=50), "2 days"),
    ],
)
def test_a_span_is_a_few_characters(time: timedelta, said: str) -> None:
    assert span(time) == said
