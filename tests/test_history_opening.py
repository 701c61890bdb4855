"""A database that is opened: what was growing, who may read it, where it is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from falcon.conversation import Conversation, Message
from falcon.errors import ConfigurationError
from falcon.history import History
from tests.test_history import Opening, asked, change, loaded, long, tree
from tests.test_history import history as history
from tests.test_history import opening as opening
from tests.test_history import path as path


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
