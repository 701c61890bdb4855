"""No answer takes longer than it may, whichever way it is slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from falcon.errors import (
    EndpointTimeoutError,
    FalconError,
    IncompleteGenerationError,
)
from tests.fault_client import client_for
from tests.fault_endpoint import FaultEndpoint, serving

LATE = 2.5
"""Seconds for a loaded machine; an idle one needs less than 0.1."""


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def timed(ask: Callable[[], object]) -> tuple[FalconError, float]:
    """Return how `ask` fails and after how many seconds."""
    started = time.monotonic()
    with pytest.raises(FalconError) as caught:
        ask()
    return caught.value, time.monotonic() - started


def test_a_stall_ends_at_the_idle_limit_and_keeps_the_text(
    faults: FaultEndpoint,
) -> None:
    stream = client_for(faults, "stall", read=0.4).stream("Hello")

    error, seconds = timed(lambda: list(stream))

    assert isinstance(error, IncompleteGenerationError)
    assert error.text == "Fal"
    assert 0.4 <= seconds < 0.4 + LATE


SLOW = ["drip", "drip-inside", "tires"]


@pytest.mark.parametrize("fault", SLOW)
def test_an_answer_ends_at_the_total_deadline_and_keeps_the_text(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault, read=8.0, total=0.5).stream("Hello")

    error, seconds = timed(lambda: list(stream))

    assert isinstance(error, IncompleteGenerationError)
    assert "longer than" in str(error)
    assert error.text == stream.text != ""
    assert 0.5 <= seconds < 0.5 + LATE
    assert faults.left.wait(LATE)


def test_silence_ends_at_the_total_deadline(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "silent", read=8.0, total=0.5).stream("Hello")

    error, seconds = timed(lambda: list(stream))

    assert isinstance(error, EndpointTimeoutError)
    assert 0.5 <= seconds < 0.5 + LATE
    assert len(faults.bodies) == 1


@pytest.mark.parametrize("fault", ["drip", "silent"])
def test_a_whole_answer_ends_at_the_total_deadline(
    faults: FaultEndpoint, fault: str
) -> None:
    client = client_for(faults, fault, read=8.0, total=0.5)

    error, seconds = timed(lambda: client.generate("Hello"))

    assert isinstance(error, EndpointTimeoutError)
    assert 0.5 <= seconds < 0.5 + LATE
    assert len(faults.bodies) == 1


def test_the_deadline_of_one_answer_leaves_the_next_alone(
    faults: FaultEndpoint,
) -> None:
    client = client_for(faults, "healthy", total=0.4)
    list(client.stream("Hello"))
    time.sleep(0.5)

    answer = client.stream("Hello")
    list(answer)

    assert answer.text == "Falcon"
