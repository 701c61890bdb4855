"""What a history does where it cannot go on: killed, full, locked, damaged."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.history import History

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and limits")

FULL = """
import json, resource, sys
from dataclasses import replace
from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.history import History

url, limit = sys.argv[1], int(sys.argv[2])
history = History(url)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
conversation, saved, said = Conversation(owner="full"), None, ""
while not said:
    message = Message("user", "x" * 20_000)
    conversation = conversation.add(message, after=conversation.leaf_id)
    try:
        saved = history.save(conversation, before=saved)
    except HistoryError as error:
        said = str(error)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
found = history.load(conversation.id).conversation
kept = len(found.messages)
if limit:
    saved = history.save(conversation, before=saved)
    found = history.load(conversation.id).conversation
json.dump([said, len(conversation.messages), kept, len(found.messages)], sys.stdout)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite3"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    # It waits a moment only where another program writes.
    history = History(f"sqlite:///{path}?timeout=0.05")
    yield history
    history.close()


def asked(text: str = "Hello") -> Conversation:
    return Conversation(owner="somebody").add(Message("user", text), after=None)


def test_what_was_acknowledged_survives_every_kill() -> None:
    program = subprocess.run(
        [sys.executable, "-m", "tests.history_crash", "40"],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )

    figures = json.loads(program.stdout)

    assert figures["kills"] == 40
    assert figures["turns"] > 10
    assert figures["cut"] > 0
    wrong = ("torn", "lost", "unreadable", "unmarked")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0)


def fill(*command: str) -> tuple[str, int, int, int]:
    program = subprocess.run(
        [*command],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    said, asked_for, kept, in_the_end = json.loads(program.stdout)
    return said, asked_for, kept, in_the_end


def test_a_file_that_may_not_grow_loses_only_what_was_refused(path: Path) -> None:
    said, asked_for, kept, in_the_end = fill(
        sys.executable, "-c", FULL, f"sqlite:///{path}", "500000"
    )

    assert "full" in said
    assert kept == asked_for - 1 > 5
    assert in_the_end == asked_for


def test_a_full_disk_says_so_and_loses_only_what_was_refused(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=1m tmpfs {tmp_path}"
    alone = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
    try:
        subprocess.run([*alone, mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("A small disk of its own cannot be mounted here")

    said, asked_for, kept, _ = fill(
        *alone,
        f'{mount} && exec "$@"',
        "sh",
        sys.executable,
        "-c",
        FULL,
        f"sqlite:///{tmp_path}/conversations.sqlite3",
        "0",
    )

    assert said.startswith("The disk with the conversations is full.")
    assert kept == asked_for - 1 > 5


def test_a_file_that_may_not_be_written_says_so(path: Path) -> None:
    History(f"sqlite:///{path}").close()

    with pytest.raises(HistoryError, match="may not be written"):
        History(f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o500)
    code = (
        "import os, sys\n"
        "from falcon.errors import HistoryError\n"
        "from falcon.history import History\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # The administrator may all.
        "try: History(sys.argv[1])\n"
        "except HistoryError as error: sys.stdout.write(str(error))\n"
    )

    program = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{folder}/conversations.sqlite3"],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )

    assert "may not be written" in program.stdout
    assert str(folder) in program.stdout


def test_a_file_in_the_folders_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HistoryError, match="cannot be made"):
        History(f"sqlite:///{tmp_path}/file/conversations.sqlite3")


def test_a_folder_in_the_files_place_says_so(path: Path) -> None:
    path.mkdir()

    with pytest.raises(HistoryError, match="cannot be opened"):
        History(f"sqlite:///{path}")


def test_a_file_that_is_no_database_says_so_and_stays(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)

    with pytest.raises(HistoryError, match="no SQLite database"):
        History(f"sqlite:///{path}")

    assert path.read_text() == "Dear diary, " * 1000


def test_a_damaged_file_says_so(path: Path) -> None:
    with closing(History(f"sqlite:///{path}")) as history:
        for _ in range(50):
            history.save(asked("x" * 5000))
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = os.urandom(len(content) - 4096)
    path.write_bytes(content)

    with pytest.raises(HistoryError, match="damaged"):
        History(f"sqlite:///{path}")


def test_a_locked_file_says_so_and_the_next_save_has_all(
    history: History, path: Path
) -> None:
    saved = history.save(asked())
    leaf = saved.conversation.leaf_id
    longer = saved.conversation.add(Message("user", "More"), after=leaf)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(HistoryError, match="locked"):
        history.save(longer, before=saved)
    assert history.load(longer.id) == saved
    other.close()
    history.save(longer, before=saved)

    found = history.load(longer.id)
    assert found is not None
    assert found.conversation == longer
