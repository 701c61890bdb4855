from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.journal import Journal, Record
from falcon.errors import DeploymentError
from tests.deploy_example import DEPLOYMENT, DOLLARS, NAME

RECORD = Record.of(
    replace(DEPLOYMENT, expires_at=datetime(2026, 8, 1, tzinfo=UTC)), DOLLARS
)
WRITER = """
import sys
from pathlib import Path
from deploy.journal import Journal, Record
journal = Journal(Path(sys.argv[1]))
record = Record(id="x-1", account="1", region="us-east-1", endpoint_name="x")
for number in range(int(sys.argv[3])):
    journal.expect(record, "model", f"{sys.argv[2]}-{number}")
    print(number, flush=True)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "deployments")


def test_an_entry_is_on_disk_when_it_is_expected(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)

    [record] = Journal(journal.folder).records()
    [entry] = record.entries
    assert (entry.kind, entry.name, entry.is_made) == ("model", NAME, False)


def test_a_record_comes_back_as_it_was(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)

    found = journal.read(RECORD.id)

    assert found is not None
    assert replace(found, entries=()) == RECORD


def test_what_is_made_is_one_entry(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)
    journal.made(RECORD, "model", NAME)

    found = journal.read(RECORD.id)

    assert found is not None
    assert [entry.is_made for entry in found.entries] == [True]


def test_with_its_last_entry_a_record_is_gone(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)
    journal.expect(RECORD, "endpoint", NAME)

    journal.gone(RECORD.id, "endpoint", NAME)
    assert len(journal.records()) == 1
    journal.gone(RECORD.id, "model", NAME)

    assert journal.records() == ()


def test_what_is_not_there_can_be_gone(journal: Journal) -> None:
    journal.gone(RECORD.id, "model", NAME)

    assert journal.records() == ()


def test_what_is_wanted_again_leaves_the_pending_list(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)
    journal.remove(RECORD)
    assert [record.is_removing for record in journal.records()] == [True]

    journal.begin(RECORD)

    [record] = journal.records()
    assert not record.is_removing
    assert len(record.entries) == 1


def test_the_pending_list_keeps_what_either_side_knows(journal: Journal) -> None:
    other = Journal(journal.folder / "other")
    other.made(RECORD, "endpoint", NAME)
    journal.expect(RECORD, "model", NAME)

    journal.remove(other.records()[0])

    [record] = journal.records()
    assert {entry.kind for entry in record.entries} == {"model", "endpoint"}


def test_several_processes_write_and_nothing_is_lost(journal: Journal) -> None:
    arguments = (str(journal.folder), "40")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, arguments[0], name, arguments[1]],
            stdout=subprocess.DEVNULL,
        )
        for name in ("a", "b", "c")
    ]
    codes = [writer.wait(timeout=60) for writer in writers]

    [record] = journal.records()
    assert codes == [0, 0, 0]
    assert len(record.entries) == 120


def test_a_killed_writer_leaves_all_that_it_told(journal: Journal) -> None:
    journal.folder.mkdir()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(journal.folder), "a", "100000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "0\n"
    time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    told = ["0", *writer.communicate()[0].split()]

    [record] = journal.records()
    # The one that was on its way may be there as well.
    assert len(record.entries) - len(told) in (0, 1)
    journal.expect(record, "model", "goes-on")


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DeploymentError, match="FALCON_DEPLOYMENTS"):
        Journal(tmp_path / "file").expect(RECORD, "model", NAME)


def test_a_file_that_is_no_journal_is_named(journal: Journal) -> None:
    journal.expect(RECORD, "model", NAME)
    [path] = journal.folder.glob("*.json")
    path.write_text('{"id": 1}')

    with pytest.raises(DeploymentError, match=str(path)):
        journal.records()


def test_the_environment_may_name_the_folder(tmp_path: Path) -> None:
    journal = Journal.of_environment({"FALCON_DEPLOYMENTS": str(tmp_path)})

    assert journal.folder == tmp_path
