"""An answer takes one of the places that there are, and gives it back."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from falcon.conversation import Message
from falcon.errors import OverloadedError
from falcon.history import History
from falcon.limits import Limits
from falcon.registry import Registry
from falcon.stream import GenerationStream
from tests.fault_endpoint import FaultEndpoint
from tests.test_registry import Open, asked, finish
from tests.test_registry import faults as faults
from tests.test_registry import opening as opening
from tests.test_registry import path as path
from tests.test_registry import registry as registry
from tests.test_registry import starting as starting


def registry_for_one_answer() -> Registry:
    return Registry(limits=Limits(open_per_owner=1, questions_per_minute=0))


def wait_for_places(registry: Registry) -> None:
    """A thread gives its place back a moment after whoever watches sees the end."""
    patience = time.monotonic() + 5
    while registry.limiter.open and time.monotonic() < patience:
        time.sleep(0.001)
    assert registry.limiter.open == 0


@pytest.mark.parametrize(
    "fault",
    [
        "healthy",
        "http-400-ValidationError",
        "no-finish",
        "cut-frame",
        "reset",
        "bad-checksum",
        "stream-broken",
    ],
)
def test_however_an_answer_ends_its_place_is_free_again(
    opening: Open, fault: str
) -> None:
    registry = registry_for_one_answer()

    for _ in range(3):
        finish(registry, asked(), opening(fault))
        wait_for_places(registry)


def test_a_stopped_answers_place_is_free_again(opening: Open) -> None:
    registry = registry_for_one_answer()

    for _ in range(3):
        generation = registry.answer(asked(), opening("endless"), asker="anna")
        generation.wait(0, timeout=5)
        generation.stop()
        wait_for_places(registry)


def test_a_deleted_conversations_place_is_free_again(opening: Open) -> None:
    registry, conversation = registry_for_one_answer(), asked()
    registry.answer(conversation, opening("endless"))

    registry.delete(conversation.id)

    wait_for_places(registry)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_answer_that_crashes_ends_and_its_place_is_free_again() -> None:
    registry = registry_for_one_answer()

    def crash(_: tuple[Message, ...]) -> GenerationStream:
        raise ZeroDivisionError

    for _ in range(3):
        conversation = asked()
        finish(registry, conversation, crash)
        wait_for_places(registry)
        assert registry.generation(conversation.id) is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_answer_whose_last_save_crashes_ends_and_its_place_is_free_again(
    opening: Open, tmp_path: Path
) -> None:
    history = History(f"sqlite:///{tmp_path / 'conversations.sqlite3'}")
    limits = Limits(open_per_owner=1, questions_per_minute=0)
    registry, conversation = Registry(history, limits=limits), asked()
    # Nobody foresees a number where a text belongs.
    broken = replace(conversation, title=1.5)  # type: ignore[arg-type]

    def open_stream(turns: tuple[Message, ...]) -> GenerationStream:
        registry._open[conversation.id].conversation = broken
        return opening("healthy")(turns)

    finish(registry, conversation, open_stream)

    wait_for_places(registry)
    history.close()


def test_without_a_thread_an_answer_says_so_and_its_place_is_free_again(
    opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registry_for_one_answer()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    generation = registry.answer(asked(), opening("healthy"))

    assert "no room for another answer" in str(generation.progress.error)
    assert registry.limiter.open == 0


def test_a_refused_question_changes_nothing(
    registry: Registry, opening: Open, faults: FaultEndpoint
) -> None:
    registry.limiter.limits = Limits(open_per_owner=1)
    running = registry.answer(asked(), opening("endless"), asker="anna")
    running.wait(0, timeout=5)
    first, second = asked("first"), asked()
    registry.save(second)
    more = second.add(Message("user", "more"), after=second.leaf_id)

    for refused in (first, more):
        with pytest.raises(OverloadedError, match="on their way"):
            registry.answer(refused, opening("healthy"), asker="anna")

    assert registry.load(first.id) is None
    assert registry.load(second.id) == second
    assert len(faults.bodies) == 1
    finish(registry, asked(), opening("healthy"))  # Somebody else's.
    running.stop()


def test_who_watches_a_running_answer_needs_no_place(opening: Open) -> None:
    registry, conversation = registry_for_one_answer(), asked()
    running = registry.answer(conversation, opening("endless"))

    assert registry.answer(conversation, opening("endless")) is running
    assert registry.limiter.open == 1
    running.stop()
