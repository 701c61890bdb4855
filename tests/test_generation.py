from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from falcon import Endpoint, FalconClient
from falcon.client import Timeouts
from falcon.errors import FalconError, IncompleteGenerationError
from falcon.generation import Generation, Progress
from falcon.stream import GenerationStream
from tests.fault_endpoint import FaultEndpoint, serving


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


class Started:
    """A generation that has begun, and what it saved."""

    def __init__(self, server: FaultEndpoint, fault: str) -> None:
        endpoint = Endpoint(name=fault, region="us-east-1", url=server.url)
        client = FalconClient(endpoint, timeouts=Timeouts(read=5))
        self.saved: list[Progress] = []
        self.generation = Generation(
            lambda: client.stream("Hello"), save=self.saved.append
        )
        self.generation.start()

    def finished(self) -> Progress:
        progress = self.generation.progress
        while progress.reason is None:
            after = self.generation.wait(progress.version, timeout=5)
            assert after.version > progress.version, "it neither grew nor ended"
            progress = after
        return progress


def test_an_answer_ends_with_the_models_reason(faults: FaultEndpoint) -> None:
    started = Started(faults, "healthy")

    progress = started.finished()

    assert progress.text == "Falcon"
    assert progress.reason == "eos_token"
    assert progress.tokens == 3
    assert progress.error is None


def test_whoever_sees_the_end_finds_it_saved(faults: FaultEndpoint) -> None:
    started = Started(faults, "healthy")

    progress = started.finished()

    assert started.saved[-1].text == progress.text
    assert started.saved[-1].reason == progress.reason


def test_watchers_are_woken_by_each_token(faults: FaultEndpoint) -> None:
    started = Started(faults, "endless")
    first = started.generation.wait(0, timeout=5)

    second = started.generation.wait(first.version, timeout=5)

    assert len(second.text) > len(first.text)
    started.generation.stop()


def test_stop_keeps_the_text_and_ends_the_request(faults: FaultEndpoint) -> None:
    started = Started(faults, "endless")
    while not started.generation.progress.text:
        started.generation.wait(started.generation.progress.version, timeout=5)

    started.generation.stop()

    stopped = started.generation.progress
    assert stopped.reason == "stopped"
    assert stopped.text.startswith("on")
    assert faults.left.wait(1)
    assert started.generation.progress == stopped
    assert started.saved[-1].text == stopped.text


def test_stop_before_the_first_token_ends_the_request(faults: FaultEndpoint) -> None:
    started = Started(faults, "silent")
    assert faults.asked.wait(5)

    started.generation.stop()

    assert started.generation.progress.reason == "stopped"
    assert faults.left.wait(1)


def test_stop_twice_and_after_the_end_changes_nothing(faults: FaultEndpoint) -> None:
    started = Started(faults, "healthy")
    ended = started.finished()

    started.generation.stop()
    started.generation.stop()

    assert started.generation.progress == ended


def test_a_fault_keeps_the_text_and_carries_the_error(faults: FaultEndpoint) -> None:
    progress = Started(faults, "cut-frame").finished()

    assert progress.text == "Falcon"
    assert progress.reason == "interrupted"
    assert isinstance(progress.error, IncompleteGenerationError)


def test_the_text_is_saved_about_once_a_second(faults: FaultEndpoint) -> None:
    started = Started(faults, "endless")
    time.sleep(1.3)

    partial = [progress for progress in started.saved if progress.reason is None]

    assert len(partial) == 1
    started.generation.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unforeseen_error_ends_the_generation_too() -> None:
    def open_stream() -> GenerationStream:
        raise ZeroDivisionError

    generation = Generation(open_stream, save=lambda _: None)

    generation.start()

    progress = generation.wait(0, timeout=5)
    assert progress.reason == "interrupted"
    assert isinstance(progress.error, FalconError)
    for thread in threading.enumerate():
        if thread.name == "generation":
            thread.join(5)


def test_speed_is_counted_after_the_first_token() -> None:
    progress = Progress("x", 11, 1, seconds_to_first_token=1.0, seconds=2.0)

    assert progress.tokens_per_second == 10
    assert Progress("x", 1, 1, seconds_to_first_token=1.0).tokens_per_second is None
