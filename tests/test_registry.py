"""The open conversations of a server, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from falcon import Endpoint, FalconClient
from falcon.conversation import Conversation, Message
from falcon.errors import EndpointUnavailableError
from falcon.history import History
from falcon.registry import MOST_CONVERSATIONS, OpenStream, Registry
from tests.fault_endpoint import FaultEndpoint, serving

Open = Callable[[str], OpenStream]
Starting = Callable[[], Registry]


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


@pytest.fixture
def opening(faults: FaultEndpoint) -> Open:
    def opening(fault: str) -> OpenStream:
        endpoint = Endpoint(name=fault, region="us-east-1", url=faults.url)
        return FalconClient(endpoint).stream

    return opening


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite3"


@pytest.fixture
def starting(path: Path) -> Iterator[Starting]:
    """Starts a server on the same disk, beside those that run already."""
    histories = []

    def starting() -> Registry:
        # It waits a moment only where another program writes.
        histories.append(History(f"sqlite:///{path}?timeout=0.05"))
        return Registry(histories[-1])

    yield starting
    for history in histories:
        history.close()


@pytest.fixture
def registry(starting: Starting) -> Registry:
    return starting()


def asked(text: str = "Hello") -> Conversation:
    return Conversation(owner="somebody").add(Message("user", text), after=None)


def finish(registry: Registry, conversation: Conversation, open_: OpenStream) -> None:
    generation = registry.answer(conversation, open_)
    progress = generation.progress
    while progress.reason is None:
        progress = generation.wait(progress.version, timeout=5)


def test_an_unknown_conversation_is_none() -> None:
    assert Registry().load("nobody's") is None


def test_the_answer_joins_the_conversation(opening: Open) -> None:
    registry, conversation = Registry(), asked()

    finish(registry, conversation, opening("healthy"))

    saved = registry.load(conversation.id)
    assert saved is not None
    assert [message.text for message in saved.path()] == ["Hello", "Falcon"]
    assert saved.leaf is not None
    assert saved.leaf.finish_reason == "eos_token"


def test_a_second_question_while_an_answer_runs_starts_nothing(
    opening: Open, faults: FaultEndpoint
) -> None:
    registry, conversation = Registry(), asked()
    first = registry.answer(conversation, opening("endless"))

    second = registry.answer(conversation, opening("endless"))

    assert second is first
    first.wait(0, timeout=5)
    assert len(faults.bodies) == 1
    first.stop()


def test_an_answer_that_never_began_leaves_the_question_last(opening: Open) -> None:
    registry, conversation = Registry(), asked()

    finish(registry, conversation, opening("http-503-ServiceUnavailable"))

    saved = registry.load(conversation.id)
    assert saved is not None
    assert saved.leaf == conversation.leaf
    generation = registry.generation(conversation.id)
    assert generation is not None
    assert isinstance(generation.progress.error, EndpointUnavailableError)


def test_a_cut_answer_stays_and_says_that_it_was_interrupted(opening: Open) -> None:
    registry, conversation = Registry(), asked()

    finish(registry, conversation, opening("no-finish"))

    saved = registry.load(conversation.id)
    assert saved is not None
    assert saved.leaf is not None
    assert (saved.leaf.text, saved.leaf.finish_reason) == ("Falcon", "interrupted")


def test_asking_again_keeps_both_answers(opening: Open) -> None:
    registry, conversation = Registry(), asked()
    finish(registry, conversation, opening("healthy"))

    finish(registry, conversation, opening("healthy"))

    saved = registry.load(conversation.id)
    assert saved is not None
    assert len(saved.path()) == 2


def test_conversations_past_the_limit_push_out_the_oldest() -> None:
    registry = Registry()
    first = asked("first")
    registry.save(first)
    for _ in range(MOST_CONVERSATIONS):
        registry.save(asked())

    assert registry.load(first.id) is None


def test_a_running_answer_is_not_pushed_out(opening: Open) -> None:
    registry, conversation = Registry(), asked()
    generation = registry.answer(conversation, opening("endless"))
    for _ in range(MOST_CONVERSATIONS + 1):
        registry.save(asked())

    assert registry.load(conversation.id) is not None
    generation.stop()
