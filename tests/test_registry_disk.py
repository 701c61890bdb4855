"""A registry in front of a disk."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.generation import SECONDS_BETWEEN_SAVES
from falcon.registry import MOST_SAVED, Registry
from falcon.stream import GenerationStream
from tests.test_history import statements
from tests.test_registry import Open, Starting, asked, finish
from tests.test_registry import faults as faults
from tests.test_registry import opening as opening
from tests.test_registry import path as path
from tests.test_registry import registry as registry
from tests.test_registry import starting as starting


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
