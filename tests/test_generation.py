from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from falcon import GenerationParameters
from falcon.errors import FalconError, IncompleteGenerationError
from falcon.generation import Generation, Progress
from falcon.retries import RetryPolicy
from falcon.stream import GenerationStream
from tests.fault_client import FAST, client_for
from tests.fault_endpoint import FaultEndpoint, serving

DEFAULTS = GenerationParameters()


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


class Started:
    """A generation that has begun, and what it saved."""

    def __init__(
        self,
        server: FaultEndpoint,
        fault: str,
        *,
        parameters: GenerationParameters = DEFAULTS,
        retries: RetryPolicy = FAST,
    ) -> None:
        client = client_for(server, fault, retries=retries, read=5)
        self.saved: list[Progress] = []
        self.disk_answers = threading.Event()
        self.disk_answers.set()
        self.generation = Generation(
            lambda: client.stream("Hello", parameters), save=self._save
        )
        self.generation.start()

    def _save(self, progress: Progress) -> None:
        assert self.disk_answers.wait(5)
        self.saved.append(progress)

    def waiting(self) -> Progress:
        """Return the progress once it waits for the endpoint."""
        progress = self.generation.progress
        while not progress.waits_for:
            after = self.generation.wait(progress.version, timeout=5)
            assert after.version > progress.version, "it does not wait"
            progress = after
        return progress

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


PATIENT = RetryPolicy(first_pause=60.0, longest_pause=60.0, total=600.0)


def test_whoever_watches_does_not_wait_for_the_disk(faults: FaultEndpoint) -> None:
    started = Started(faults, "healthy")
    started.disk_answers.clear()
    time.sleep(0.5)  # The thread that reads waits for the disk by now.

    began = time.monotonic()
    watched = started.generation.wait(0, timeout=5)

    assert watched.text == "Falcon"
    assert watched.reason is None
    assert time.monotonic() - began < 1
    started.disk_answers.set()
    assert started.finished().reason == "eos_token"


def test_stop_ends_the_request_though_the_disk_is_slow(faults: FaultEndpoint) -> None:
    started = Started(faults, "endless")
    while not started.generation.progress.text:
        started.generation.wait(started.generation.progress.version, timeout=5)
    started.disk_answers.clear()

    stopping = threading.Thread(target=started.generation.stop)
    stopping.start()

    assert faults.left.wait(2)
    assert not started.generation.ended
    started.disk_answers.set()
    stopping.join(5)
    assert started.generation.progress.reason == "stopped"
    assert started.saved[-1].reason == "stopped"


def test_what_it_waits_for_can_be_seen_until_the_first_token() -> None:
    with serving(cold=0.5) as server:
        started = Started(server, "http-503-while-cold")

        waiting, finished = started.waiting(), started.finished()

    assert waiting.waits_for == "The endpoint http-503-while-cold is starting."
    assert waiting.reason is None
    assert finished.text == "Falcon"
    assert finished.waits_for == ""


def test_the_first_token_ends_the_wait(faults: FaultEndpoint) -> None:
    started = Started(faults, "http-503-then-1")
    progress = started.waiting()
    while not progress.text:
        progress = started.generation.wait(progress.version, timeout=5)

    assert progress.waits_for == ""


def test_stop_ends_a_wait_at_once(faults: FaultEndpoint) -> None:
    started = Started(faults, "http-503", retries=PATIENT)
    started.waiting()

    started.generation.stop()

    assert started.generation.progress.reason == "stopped"
    assert started.generation.progress.waits_for == ""
    for thread in threading.enumerate():
        if thread.name == "generation":
            thread.join(1)
            assert not thread.is_alive()
    assert len(faults.bodies) == 1


def test_what_the_container_does_not_have_is_passed_on() -> None:
    with serving("lmi") as server:
        parameters = GenerationParameters(watermark=True)

        progress = Started(server, "healthy", parameters=parameters).finished()

    assert progress.record.unsupported == ("watermark",)


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
