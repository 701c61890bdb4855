"""The list of conversations: its order, search, pages, and what was deleted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from falcon.conversation import Message
from falcon.history import History
from tests.test_history import Opening, asked, change, loaded, tree
from tests.test_history import history as history
from tests.test_history import opening as opening
from tests.test_history import path as path


def titles(history: History, owner: str = "somebody", search: str = "") -> list[str]:
    return [summary.title for summary in history.list(owner, search=search)]


def test_the_pinned_come_first_and_then_the_newest(history: History) -> None:
    for text in ("one", "two", "three"):
        conversation = asked(text)
        history.save(replace(conversation, is_pinned=text == "one"))

    assert titles(history) == ["one", "three", "two"]


def test_a_page_of_the_list(history: History) -> None:
    for text in ("one", "two", "three"):
        history.save(asked(text))

    listed = history.list("somebody", limit=1, offset=1)

    assert [summary.title for summary in listed] == ["two"]


def test_renaming_is_no_news(history: History) -> None:
    first = history.save(asked("first"))
    history.save(asked("second"))

    history.save(replace(first.conversation, title="renamed"), before=first)

    assert titles(history) == ["second", "renamed"]


def test_a_long_question_is_cut_for_the_list(history: History) -> None:
    history.save(asked("송골매는  얼마나\n빠른가요? " * 100))

    (title,) = titles(history)
    assert len(title) <= 80
    assert title.startswith("송골매는 얼마나 빠른가요?")
    assert title.endswith("…")


def test_a_list_has_its_owners_only(history: History) -> None:
    history.save(asked("theirs", owner="else"))
    history.save(asked("nobody's", owner=""))

    assert titles(history, "somebody") == []
    assert titles(history, "") == []


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("falcons", True),
        ("송골매", True),
        ("ÉCOLE", True),
        ("straße 100%", True),
        ("50%", False),
        ("100_", False),
        ("C:\\temp", True),
        ("C:/temp", False),
        ("  fly ", True),
        ("a title", True),
        ("gibberish", False),
    ],
)
def test_searching(history: History, search: str, *, is_found: bool) -> None:
    text = "Do FALCONS fly? 송골매 école Straße 100% C:\\temp"
    history.save(replace(asked(text), title="A Title"))

    assert bool(titles(history, search=search)) is is_found


def test_deleting_is_undone(history: History) -> None:
    conversation = tree()
    history.save(conversation)

    history.delete(conversation.id)
    assert (titles(history), history.load(conversation.id)) == ([], None)
    history.restore(conversation.id)

    assert titles(history) == ["매"]
    assert loaded(history, conversation.id) == conversation


def test_who_goes_on_with_a_deleted_one_has_it_back(history: History) -> None:
    saved = history.save(asked())
    history.delete(saved.conversation.id)
    leaf = saved.conversation.leaf_id

    history.save(saved.conversation.add(Message("user", "More"), after=leaf))

    assert titles(history) == ["Hello"]


def test_what_was_deleted_long_ago_is_gone_for_good(
    opening: Opening, path: Path
) -> None:
    history, conversations = opening(), [asked("old"), asked("new")]
    for conversation in conversations:
        history.save(conversation)
        history.delete(conversation.id)
    change(path, "deleted = deleted - 31 * 86400", conversations[0])

    history = opening()
    for conversation in conversations:
        history.restore(conversation.id)

    assert titles(history) == ["new"]
    assert count(path, "message") == 1


def count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(found)
