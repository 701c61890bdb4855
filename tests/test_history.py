from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine, event

from falcon.conversation import Conversation, Message
from falcon.errors import ConfigurationError
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


def titles(history: History, owner: str = "somebody", search: str = "") -> list[str]:
    return [summary.title for summary in history.list(owner, search=search)]


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


def change(path: Path, assignment: str, conversation: Conversation) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"UPDATE conversation SET {assignment} WHERE id = ?", (conversation.id,)
        )
    connection.close()


def count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(found)


def growing(text: str) -> Conversation:
    conversation = asked()
    return conversation.add(Message("assistant", text), after=conversation.leaf_id)


def test_the_next_start_marks_the_answer_that_was_growing(opening: Opening) -> None:
    history, conversation = opening(), growing("Falcons are")
    history.save(conversation)
    history.close()

    leaf = loaded(opening(), conversation.id).leaf

    assert leaf is not None
    assert (leaf.text, leaf.finish_reason) == ("Falcons are", "interrupted")


def test_an_answer_without_text_leaves_the_question_last(opening: Opening) -> None:
    history, conversation = opening(), growing("")
    history.save(conversation)
    history.close()

    found = loaded(opening(), conversation.id)

    assert [message.text for message in found.path()] == ["Hello"]
    assert len(found.messages) == 1


def test_an_answer_of_a_living_server_is_left_alone(opening: Opening) -> None:
    conversation = growing("Falcons are")
    opening().save(conversation)

    assert loaded(opening(), conversation.id) == conversation


def test_an_answer_long_unsaved_counts_as_cut(opening: Opening, path: Path) -> None:
    conversation = growing("Falcons are")
    opening().save(conversation)
    change(path, "updated = updated - 600", conversation)

    leaf = loaded(opening(), conversation.id).leaf

    assert leaf is not None
    assert leaf.finish_reason == "interrupted"


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_nobody_else_may_read_the_files(history: History, path: Path) -> None:
    history.save(asked())

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = list(path.parent.iterdir())
    assert len(files) >= 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_without_an_address_it_is_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "XDG_DATA_HOME",
        "HOME",
        "LOCALAPPDATA",
        "WIN_PD_OVERRIDE_LOCAL_APPDATA",
    ):
        monkeypatch.setenv(name, str(tmp_path))

    history = History()
    history.close()

    assert [file.parent.name for file in tmp_path.rglob("conversations.sqlite3")] == [
        "falcon-chat"
    ]


def test_in_memory_every_thread_sees_the_same() -> None:
    history = History("sqlite://")
    conversation = tree()
    history.save(conversation)

    found = in_thread(lambda: loaded(history, conversation.id))

    assert found == conversation
    history.close()


def in_thread(ask: Callable[[], Conversation]) -> Conversation:
    with ThreadPoolExecutor() as pool:
        return pool.submit(ask).result()


def test_many_threads_save_at_once(opening: Opening) -> None:
    servers = [opening(), opening()]
    conversations = [long(3) for _ in range(40)]

    with ThreadPoolExecutor(20) as pool:
        for number, conversation in enumerate(conversations):
            pool.submit(servers[number % 2].save, conversation)

    found = [loaded(servers[0], conversation.id) for conversation in conversations]
    assert found == conversations


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("conversations.sqlite3", "no database URL"),
        ("nonsense://host/falcon", "begins with nonsense"),
        ("postgresql+pg8000://host/falcon", "pip install pg8000"),
    ],
)
def test_a_wrong_address_is_named(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        History(url)


def test_opening_takes_no_migration_tool(tmp_path: Path) -> None:
    code = (
        f"import sys; from falcon.history import History\n"
        f"for _ in range(2): History('sqlite:///{tmp_path}/c.sqlite3').close()\n"
        "sys.exit(any(name in sys.modules for name in ('alembic', 'sqlalchemy.orm')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_time_is_kept_in_seconds_since_1970(history: History) -> None:
    history.save(asked())

    assert abs(history.list("somebody")[0].updated - time.time()) < 60
