"""Whoever is no longer interested ends the request, whatever it is doing."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from falcon.errors import DecodingError, IncompleteGenerationError
from falcon.stream import LONGEST_ANSWER, GenerationStream
from tests.fault_client import client_for
from tests.fault_endpoint import FaultEndpoint, serving
from tests.fault_modes import GIANT_TOKEN

MEGABYTE = 1_000_000


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def is_idle(server: FaultEndpoint) -> bool:
    """Whether, within a second, no request is being answered any more."""
    for _ in range(100):
        if server.open == 0:
            return True
        time.sleep(0.01)
    return False


def test_leaving_the_loop_ends_the_request(faults: FaultEndpoint) -> None:
    for _ in client_for(faults, "endless").stream("Hello"):
        break

    assert faults.left.wait(1)
    assert is_idle(faults)


def test_an_error_in_the_loop_ends_the_request(faults: FaultEndpoint) -> None:
    def read() -> None:
        for _ in client_for(faults, "endless").stream("Hello"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read()

    assert faults.left.wait(1)
    assert is_idle(faults)


def test_a_stream_that_is_dropped_ends_its_request_without_the_collector(
    faults: FaultEndpoint,
) -> None:
    gc.disable()
    try:
        iterator = iter(client_for(faults, "endless").stream("Hello"))
        next(iterator)
        del iterator
        assert faults.left.wait(1)
    finally:
        gc.enable()


class Reader(threading.Thread):
    """Reads a stream to its end and says when that came."""

    def __init__(self, stream: GenerationStream) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.ended_at = 0.0
        self._stream = stream

    def run(self) -> None:
        for _ in self._stream:
            self.begun.set()
        self.ended_at = time.monotonic()


@pytest.mark.parametrize("fault", ["silent", "stall", "endless", "drip-inside"])
def test_close_from_another_thread_ends_a_blocked_reader_at_once(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault, read=8).stream("Hello")
    reader = Reader(stream)
    reader.start()
    assert (faults.asked if fault == "silent" else reader.begun).wait(5)
    time.sleep(0.05)
    closed_at = time.monotonic()

    stream.close()

    assert time.monotonic() - closed_at < 0.2
    reader.join(5)
    assert 0 < reader.ended_at - closed_at < 1
    assert stream.finish is None
    assert faults.left.wait(1)
    assert faults.left_at - closed_at < 1
    assert is_idle(faults)


def test_many_streams_that_are_closed_leave_nothing_open(
    faults: FaultEndpoint,
) -> None:
    client = client_for(faults, "endless")
    readers = [Reader(client.stream("Hello")) for _ in range(20)]
    for reader in readers:
        reader.start()
    for reader in readers:
        assert reader.begun.wait(5)

    for reader in readers:
        reader._stream.close()

    for reader in readers:
        reader.join(5)
    assert is_idle(faults)


def test_a_closed_stream_asks_nothing(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "healthy").stream("Hello")
    stream.close()

    assert list(stream) == []
    assert faults.bodies == []


def test_a_client_answers_again_after_a_stop(faults: FaultEndpoint) -> None:
    client = client_for(faults, "endless-then-1")
    for _ in client.stream("Hello"):
        break

    answer = client.stream("Hello")
    list(answer)

    assert answer.text == "Falcon"


def test_an_answer_without_end_is_cut_and_closed(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "giant").stream("Hello")

    with pytest.raises(IncompleteGenerationError, match="does not end") as caught:
        list(stream)

    assert 0 <= len(caught.value.text) - LONGEST_ANSWER <= len(GIANT_TOKEN)
    assert faults.left.wait(1)
    assert is_idle(faults)


def test_an_answer_without_end_costs_little_memory(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "giant").stream("Hello")
    tracemalloc.start()

    with pytest.raises(IncompleteGenerationError):
        for _ in stream:
            pass

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MEGABYTE


@pytest.mark.parametrize("fault", ["lingers", "murmurs"])
def test_a_whole_answer_is_not_held_up_by_what_follows_it(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault, read=8).stream("Hello")
    started = time.monotonic()

    list(stream)

    assert time.monotonic() - started < 2
    assert stream.text == "Falcon"
    assert faults.left.wait(1)


def test_whole_answers_share_a_connection(faults: FaultEndpoint) -> None:
    client = client_for(faults, "healthy")

    for _ in range(5):
        list(client.stream("Hello"))

    assert faults.connections == 1


def test_a_line_without_end_is_refused_and_closed(faults: FaultEndpoint) -> None:
    with pytest.raises(DecodingError, match="does not end"):
        list(client_for(faults, "endless-line").stream("Hello"))

    assert faults.left.wait(1)


def test_a_whole_answer_without_end_is_refused_and_closed(
    faults: FaultEndpoint,
) -> None:
    with pytest.raises(IncompleteGenerationError, match="too large"):
        client_for(faults, "giant").generate("Hello")

    assert faults.left.wait(1)
