"""What a database keeps of a conversation, and what that costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine, event

from falcon.conversation import Conversation, Message
from falcon.history import History
from falcon.record import AnswerRecord

Opening = Callable[[], History]
RECORD = AnswerRecord(
    endpoint="falcon-7b",
    parameters=MappingProxyType({"temperature": 0.7, "stop": ("\nUser", "끝")}),
    unsupported=("typical_p",),
    prompt_tokens=7,
    seconds=1.5,
    seed=2**62,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "falcon" / "conversations.sqlite3"


@pytest.fixture
def opening(path: Path) -> Iterator[Opening]:
    """Opens the same database as often as wanted, as servers do."""
    opened = []

    def opening() -> History:
        opened.append(History(f"sqlite:///{path}"))
        return opened[-1]

    yield opening
    for history in opened:
        history.close()


@pytest.fixture
def history(opening: Opening) -> History:
    return opening()


def asked(text: str = "Hello", *, owner: str = "somebody") -> Conversation:
    return Conversation(owner=owner).add(Message("user", text), after=None)


def long(turns: int) -> Conversation:
    conversation = Conversation(owner="somebody")
    for number in range(turns):
        message = Message("user", f"Question {number}")
        conversation = conversation.add(message, after=conversation.leaf_id)
    return conversation


def tree() -> Conversation:
    """Return one with siblings, of which the older one is shown."""
    conversation = asked("송골매는 얼마나 빠른가요? 🦅👨‍👩‍👧")
    question = conversation.leaf_id
    good = Message("assistant", "빨라요.", finish_reason="length", record=RECORD)
    good = replace(good, rating="good", comment="맞아요 👍")
    conversation = conversation.add(good, after=question)
    second = Message("assistant", "Fast.\r\n\tVery.", finish_reason="stopped")
    conversation = conversation.add(second, after=question)
    return replace(conversation, leaf_id=good.id, title="매", is_pinned=True)


def loaded(history: History, conversation_id: str) -> Conversation:
    saved = history.load(conversation_id)
    assert saved is not None
    return saved.conversation


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are sent to any database meanwhile."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_tree_comes_back_as_it_was(history: History) -> None:
    conversation = tree()

    history.save(conversation)

    found = loaded(history, conversation.id)
    assert found == conversation
    assert list(found.messages) == list(conversation.messages)
    assert found.created == conversation.created
    assert [message.created for message in found.messages.values()] == [
        message.created for message in conversation.messages.values()
    ]


def test_another_server_reads_what_one_has_saved(opening: Opening) -> None:
    conversation = tree()
    opening().save(conversation)

    assert loaded(opening(), conversation.id) == conversation


def test_siblings_keep_their_order_after_one_is_taken_out(history: History) -> None:
    saved = history.save(long(4))
    first, *kept = saved.conversation.messages.values()
    without = MappingProxyType({message.id: message for message in kept})
    orphan = replace(kept[0], parent_id=None)
    saved = history.save(replace(saved.conversation, messages=without), before=saved)

    added = saved.conversation.add(Message("user", "last"), after=kept[0].id)
    history.save(added, before=saved)

    found = loaded(history, added.id)
    assert first.id not in found.messages
    assert list(found.messages) == list(added.messages)
    assert found.messages[orphan.id] == orphan


@pytest.mark.parametrize(
    "conversation_id",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * 100_000, id="100 KB"),
        pytest.param("../../etc/passwd", id="path"),
        pytest.param("송골매", id="Korean"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("\ud800", id="half a pair"),
        pytest.param("a\n", id="newline"),
        pytest.param("' OR 1=1 --", id="SQL"),
    ],
)
def test_what_cannot_be_an_id_is_not_looked_for(
    history: History, conversation_id: str
) -> None:
    with statements() as sent:
        assert history.load(conversation_id) is None
        assert history.list(conversation_id) == ()

    assert sent == []


def test_an_unknown_id_is_none(history: History) -> None:
    assert history.load("AAAAAAAAAAAAAAAAAAAAAA") is None


def test_a_turn_costs_the_same_however_long_the_conversation(history: History) -> None:
    counts = set()
    for turns in (2, 500):
        saved = history.save(long(turns))
        leaf = saved.conversation.leaf_id
        longer = saved.conversation.add(Message("user", "More"), after=leaf)

        with statements() as sent:
            history.save(longer, before=saved)
        counts.add(len(sent))

    assert len(counts) == 1
    assert max(counts) <= 6


def test_a_growing_answer_is_one_row(history: History) -> None:
    saved = history.save(long(20).add(Message("assistant", ""), after=None))
    assert saved.conversation.leaf is not None
    grown = saved.conversation.replace(replace(saved.conversation.leaf, text="Fal"))

    with statements() as sent:
        history.save(grown, before=saved)

    changes = [statement.split()[:2] for statement in sent if "UPDATE" in statement]
    assert sorted(changes) == [["UPDATE", "conversation"], ["UPDATE", "message"]]


def test_saving_the_same_again_writes_nothing(history: History) -> None:
    conversation = tree()
    saved = history.save(conversation)

    with statements() as sent:
        assert history.save(replace(conversation), before=saved) is saved

    assert sent == []


def test_saving_without_knowing_what_is_saved_writes_what_is_missing(
    history: History,
) -> None:
    conversation = tree()
    history.save(conversation)
    longer = conversation.add(Message("user", "More"), after=conversation.leaf_id)

    history.save(longer)

    assert loaded(history, conversation.id) == longer


def test_what_another_server_added_stays(opening: Opening) -> None:
    one, other = opening(), opening()
    saved = one.save(asked())
    conversation, leaf = saved.conversation, saved.conversation.leaf_id
    theirs = conversation.add(Message("user", "theirs"), after=leaf)
    ours = conversation.add(Message("user", "ours"), after=leaf)
    other.save(theirs, before=other.load(conversation.id))

    after = one.save(ours, before=saved)

    found = loaded(one, conversation.id)
    assert found.messages == {**theirs.messages, **ours.messages}
    assert after.version != one.version(conversation.id)


def test_the_version_tells_of_every_change(history: History) -> None:
    saved = history.save(asked())
    renamed = replace(saved.conversation, title="A title")

    after = history.save(renamed, before=saved)

    assert after.version == history.version(renamed.id) != saved.version


def test_a_temporary_conversation_is_refused(history: History) -> None:
    with pytest.raises(ValueError, match="temporary"):
        history.save(replace(asked(), is_temporary=True))


def test_what_no_database_takes_is_marked(history: History) -> None:
    message = Message("user", "a\0b\ud83dc", comment="\udfff")
    conversation = Conversation(title="\0").add(message, after=None)

    history.save(conversation)

    found = loaded(history, conversation.id)
    assert found.leaf is not None
    assert (found.leaf.text, found.leaf.comment) == ("a�b�c", "�")
    assert found.title == "�"


def change(path: Path, assignment: str, conversation: Conversation) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"UPDATE conversation SET {assignment} WHERE id = ?", (conversation.id,)
        )
    connection.close()
