from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from falcon import Endpoint, FalconClient
from falcon.conversation import Conversation, Message
from falcon.errors import EndpointUnavailableError, HistoryError, OverloadedError
from falcon.generation import SECONDS_BETWEEN_SAVES
from falcon.history import History
from falcon.limits import Limits
from falcon.registry import MOST_CONVERSATIONS, MOST_SAVED, OpenStream, Registry
from falcon.stream import GenerationStream
from tests.fault_endpoint import FaultEndpoint, serving
from tests.test_history import statements

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


def loaded(registry: Registry, conversation_id: str) -> Conversation:
    found = registry.load(conversation_id)
    assert found is not None
    return found


def test_a_conversation_outlives_its_server(starting: Starting, opening: Open) -> None:
    registry, conversation = starting(), asked()
    finish(registry, conversation, opening("healthy"))

    found = loaded(starting(), conversation.id)

    assert found == loaded(registry, conversation.id)
    assert [message.text for message in found.path()] == ["Hello", "Falcon"]


def test_the_question_is_saved_before_the_model_is_asked(
    registry: Registry, starting: Starting, opening: Open
) -> None:
    conversation, other, seen = asked(), starting(), []

    def open_stream(turns: tuple[Message, ...]) -> GenerationStream:
        seen.append(other.load(conversation.id))
        return opening("healthy")(turns)

    finish(registry, conversation, open_stream)

    assert [found and found.path()[0].text for found in seen] == ["Hello"]


def test_a_growing_answer_is_on_the_disk_within_a_second_or_so(
    registry: Registry, starting: Starting, opening: Open
) -> None:
    conversation, other = asked(), starting()

    generation = registry.answer(conversation, opening("endless"))
    text = wait_for_text(other, conversation.id)
    generation.stop()

    assert generation.progress.text.startswith(text)
    leaf = loaded(other, conversation.id).leaf
    assert leaf is not None
    assert (leaf.text, leaf.finish_reason) == (generation.progress.text, "stopped")


def wait_for_text(registry: Registry, conversation_id: str) -> str:
    patience = time.monotonic() + 5 * SECONDS_BETWEEN_SAVES
    while time.monotonic() < patience:
        found = registry.load(conversation_id)
        leaf = None if found is None else found.leaf
        if leaf is not None and leaf.role == "assistant" and leaf.text:
            return leaf.text
        time.sleep(0.05)
    raise AssertionError("Nothing was saved")


def test_without_the_disk_an_answer_goes_on_and_the_problem_is_told(
    registry: Registry, starting: Starting, opening: Open, path: Path
) -> None:
    conversation = asked()
    registry.save(conversation)
    locked = sqlite3.connect(path, isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")

    finish(registry, conversation, opening("healthy"))

    answered = loaded(registry, conversation.id)
    assert [message.text for message in answered.path()] == ["Hello", "Falcon"]
    problem = registry.problem(conversation.id)
    assert isinstance(problem, HistoryError)
    assert "locked" in str(problem)

    locked.close()
    registry.save(answered)

    assert registry.problem(conversation.id) is None
    assert loaded(starting(), conversation.id) == answered


def test_a_temporary_conversation_never_reaches_the_disk(
    registry: Registry, starting: Starting, opening: Open
) -> None:
    conversation = replace(asked(), is_temporary=True)

    finish(registry, conversation, opening("healthy"))

    assert len(loaded(registry, conversation.id).path()) == 2
    assert starting().load(conversation.id) is None
    assert registry.list("somebody") == ()


def test_an_old_copy_takes_nothing_back(registry: Registry, opening: Open) -> None:
    conversation = asked()
    generation = registry.answer(conversation, opening("endless"))
    copy = loaded(registry, conversation.id)
    generation.wait(0, timeout=5)
    generation.stop()

    registry.save(conversation)
    registry.save(copy)

    leaf = loaded(registry, conversation.id).leaf
    assert leaf is not None
    assert (leaf.text, leaf.finish_reason) == (generation.progress.text, "stopped")


def test_a_rating_while_the_answer_grows_stays(
    registry: Registry, opening: Open
) -> None:
    conversation = asked()
    generation = registry.answer(conversation, opening("endless"))

    def rate(now: Conversation) -> Conversation:
        assert now.leaf is not None
        return now.replace(replace(now.leaf, rating="good"))

    registry.change(conversation.id, rate)
    generation.wait(0, timeout=5)
    generation.stop()

    leaf = loaded(registry, conversation.id).leaf
    assert leaf is not None
    assert (leaf.rating, leaf.finish_reason) == ("good", "stopped")


def test_a_message_is_taken_out_on_the_disk_too(
    registry: Registry, starting: Starting, opening: Open
) -> None:
    conversation = asked()
    finish(registry, conversation, opening("healthy"))

    def only_question(now: Conversation) -> Conversation:
        assert now.leaf is not None
        return now.without(now.leaf.id)

    registry.change(conversation.id, only_question)

    assert loaded(starting(), conversation.id) == conversation


def test_changing_what_is_not_there_is_none(registry: Registry) -> None:
    assert registry.change("AAAA", lambda now: replace(now, title="A title")) is None


def test_what_another_server_changed_is_seen(starting: Starting) -> None:
    one, other, conversation = starting(), starting(), asked()
    one.save(conversation)

    other.change(conversation.id, lambda now: replace(now, title="A title"))
    assert loaded(one, conversation.id).title == "A title"

    other.delete(conversation.id)
    assert one.load(conversation.id) is None


@pytest.mark.parametrize("has_disk", [True, False])
def test_deleting_is_undone(registry: Registry, *, has_disk: bool) -> None:
    registry = registry if has_disk else Registry()
    conversation = asked()
    registry.save(conversation)

    registry.delete(conversation.id)
    assert registry.load(conversation.id) is None
    assert registry.list("somebody") == ()
    registry.restore(conversation.id)

    assert registry.load(conversation.id) == conversation


def test_deleting_ends_the_answer(registry: Registry, opening: Open) -> None:
    conversation = asked()
    generation = registry.answer(conversation, opening("endless"))

    registry.delete(conversation.id)

    assert generation.ended
    assert registry.list("somebody") == ()


def test_what_is_on_the_disk_need_not_stay_in_memory(registry: Registry) -> None:
    first = asked("first")
    registry.save(first)
    registry.save(replace(asked("kept"), is_temporary=True))
    for _ in range(MOST_SAVED):
        registry.save(asked())

    with statements() as sent:
        assert registry.load(first.id) == first
    assert any("FROM message" in statement for statement in sent)


def test_an_empty_answer_goes_though_another_version_is_shown(
    registry: Registry, opening: Open
) -> None:
    conversation = asked()
    shown = Message("assistant", "Earlier.", finish_reason="eos_token")
    both = conversation.add(shown, after=conversation.leaf_id)
    registry.save(both)

    def show_earlier(now: Conversation) -> Conversation:
        return replace(now, leaf_id=shown.id)

    def open_stream(turns: tuple[Message, ...]) -> GenerationStream:
        registry.change(conversation.id, show_earlier)
        return opening("http-503-ServiceUnavailable")(turns)

    finish(registry, conversation, open_stream)

    assert loaded(registry, conversation.id) == both


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
