"""Comparisons on disk: what a reload, another server and a crash find of them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from falcon import GenerationParameters
from falcon.compare_run import ColumnSettings, CompareRun
from falcon.comparison import Comparison
from falcon.comparisons import MOST_COMPARISONS, Comparisons
from falcon.endpoint import Endpoint
from falcon.errors import FalconError, HistoryError
from falcon.history import History
from falcon.interchange.values import to_plain
from falcon.text import Text
from tests.slow_endpoint import SlowEndpoint
from tests.test_comparison import asking, at, finished
from tests.test_comparison import endpoint as endpoint
from tests.test_comparison import server as server

Starting = Callable[[], Comparisons]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite3"


@pytest.fixture
def starting(path: Path) -> Iterator[Starting]:
    """Starts a server on the same disk, beside those that run already."""
    histories = []

    def starting() -> Comparisons:
        # It waits a moment only where another program writes.
        histories.append(History(f"sqlite:///{path}?timeout=0.05"))
        return Comparisons(histories[-1])

    yield starting
    for history in histories:
        history.close()


def begun(comparisons: Comparisons, *names: str, owner: str = "anna") -> Comparison:
    """A comparison whose columns ask the endpoints of these names."""
    comparison = comparisons.begin(at(names[0])(ColumnSettings()), owner=owner)
    for column, name in zip(comparison.columns, names, strict=True):
        comparison.change(column.name, at(name))
    return comparison


def found(comparisons: Comparisons, comparison: Comparison) -> Comparison:
    read = comparisons.find(comparison.id)
    assert read is not None
    assert read is not comparison
    return read


def answers(comparison: Comparison) -> list[object]:
    """All that a page or a file says of the answers."""
    return [
        (
            run.question,
            run.started,
            answer.column,
            answer.is_counted,
            str(answer.generation.progress.error),
            to_plain(replace(answer.generation.progress, version=0, error=None)),
        )
        for run in comparison.runs
        for answer in run.answers
    ]


def ids(comparisons: Comparisons, owner: str = "anna") -> list[str]:
    return [summary.id for summary in comparisons.list(owner, limit=20)]


def wait_for_words(run: CompareRun | None, count: int) -> CompareRun:
    """Wait until each answer has that many words and they are saved."""
    assert run is not None
    for answer in run.answers:
        while len(answer.saved.text.split()) < count:
            answer.generation.wait(answer.generation.progress.version, timeout=5)
    return run


def test_another_server_finds_everything(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparison = begun(starting(), "healthy", "cut-frame")
    parameters = GenerationParameters(temperature=0.2, stop=("END",), seed=2**64 - 1)
    comparison.change("A", lambda s: replace(s, parameters=parameters))
    comparison.change("B", lambda s: replace(s, system_prompt="한국어로."))
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    finished(comparison.ask("Which falcon?", asking(endpoint), again=True))
    comparison.add()

    read = found(starting(), comparison)

    assert read.columns == comparison.columns
    assert read.owner == "anna"
    assert read.runs[1].after is read.runs[0].after is None
    assert answers(read) == answers(comparison)
    assert len(answers(read)) == 4


def test_a_question_after_a_restart_goes_on_where_it_was(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparison = begun(starting(), "turns", "turns")
    finished(comparison.ask("Who are you?", asking(endpoint)))
    read = found(starting(), comparison)

    run = finished(read.ask("And who am I?", asking(endpoint)))

    said = "2 questions, the first was Who are you?"
    assert [answer.generation.progress.text for answer in run.answers] == [said] * 2
    read.add()
    assert read.columns[-1].name == "C"
    assert len(found(starting(), comparison).runs) == 2


def test_an_error_can_still_be_said_in_another_language(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparison = begun(starting(), "http-403-AccessDeniedException", "healthy")
    run = finished(comparison.ask("Which falcon?", asking(endpoint)))

    again = found(starting(), comparison).runs[0]

    made, read = (one.answers[0].generation.progress.error for one in (run, again))
    assert isinstance(made, FalconError)
    assert isinstance(read, FalconError)
    assert str(read) == str(made)
    assert isinstance(str(made), Text)
    assert isinstance(str(read), Text)
    assert read.args[0].template == made.args[0].template


def test_what_a_dying_server_had_saved_is_there_and_interrupted(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparison = begun(starting(), "slow", "slow")
    run = wait_for_words(comparison.ask("Which falcon?", asking(endpoint)), 3)

    read = found(starting(), comparison).runs[0]

    for answer in read.answers:
        progress = answer.generation.progress
        assert progress.reason == "interrupted"
        assert progress.text.startswith("word0 word1 word2")
        assert progress.record.tokens == progress.tokens > 2
    run.stop()


def test_a_growing_answer_is_saved_about_once_a_second(
    starting: Starting, endpoint: SlowEndpoint, path: Path
) -> None:
    comparison = begun(starting(), "slow", "slow")
    run = wait_for_words(comparison.ask("Which falcon?", asking(endpoint)), 3)
    began, before = time.monotonic(), version(path)

    time.sleep(1.5)

    saves, seconds = version(path) - before, time.monotonic() - began
    assert 2 <= saves <= 2 * (seconds + 1)
    run.stop()


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    (found,) = connection.execute("SELECT version FROM comparison").fetchone()
    connection.close()
    return int(found)


def test_what_another_server_asked_since_is_read(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    one, other = starting(), starting()
    comparison = begun(one, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    finished(found(other, comparison).ask("And then?", asking(endpoint)))

    assert len(found(one, comparison).runs) == 2


def test_a_change_to_what_is_no_longer_the_newest_is_not_written(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    one, other = starting(), starting()
    comparison = begun(one, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    finished(found(other, comparison).ask("And then?", asking(endpoint)))

    comparison.add()

    newest = found(one, comparison)
    assert (len(newest.runs), len(newest.columns)) == (2, 2)


def test_a_change_to_what_was_deleted_does_not_bring_it_back(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparisons = starting()
    comparison = begun(comparisons, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    comparisons.delete("anna", comparison.id)

    comparison.add()

    assert starting().find(comparison.id) is None


def test_without_a_change_elsewhere_it_stays_the_same_object(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparisons = starting()
    comparison = begun(comparisons, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    comparison.add()

    assert comparisons.find(comparison.id) is comparison


def test_the_list_has_its_owners_only_and_the_newest_first(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparisons = starting()
    made = [begun(comparisons, "healthy", "healthy") for _ in range(3)]
    other = begun(comparisons, "healthy", "healthy", owner="ben")
    nobodys = begun(comparisons, "healthy", "healthy", owner="")
    never_asked = begun(comparisons, "healthy", "healthy")
    for comparison in (*made, other, nobodys):
        finished(comparison.ask("Which\nfalcon? " * 20, asking(endpoint)))

    (newest, *_) = comparisons.list("anna", limit=2)

    assert ids(comparisons) == [comparison.id for comparison in reversed(made)]
    assert never_asked.id not in ids(comparisons)
    assert newest.title.startswith("Which falcon? Which")
    assert len(newest.title) <= 80
    assert abs(newest.updated - time.time()) < 60
    assert ids(comparisons, "") == []
    nobodys.belong_to("cleo")
    assert ids(comparisons, "cleo") == [nobodys.id]


def test_only_its_owner_deletes_it_and_has_it_back(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparisons = starting()
    comparison = begun(comparisons, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))

    assert comparisons.delete("ben", comparison.id) is None
    assert ids(comparisons) == [comparison.id]
    deleted = comparisons.delete("anna", comparison.id)
    assert deleted is comparison
    assert (ids(comparisons), comparisons.find(comparison.id)) == ([], None)
    comparisons.restore(deleted)

    assert ids(comparisons) == [comparison.id]
    assert answers(found(starting(), comparison)) == answers(comparison)


def test_deleting_ends_the_answers(starting: Starting, endpoint: SlowEndpoint) -> None:
    comparisons = starting()
    comparison = begun(comparisons, "slow", "slow")
    run = wait_for_words(comparison.ask("Which falcon?", asking(endpoint)), 1)

    comparisons.delete("anna", comparison.id)

    assert not run.running
    assert starting().find(comparison.id) is None


def test_while_the_disk_refuses_it_goes_on_and_is_written_later(
    starting: Starting, endpoint: SlowEndpoint, path: Path
) -> None:
    comparison = begun(starting(), "healthy", "healthy")
    blocker = sqlite3.connect(path)
    blocker.execute("BEGIN IMMEDIATE")

    finished(comparison.ask("Which falcon?", asking(endpoint)))
    problems = [comparison.problem]
    blocker.close()
    comparison.save()
    problems.append(comparison.problem)

    assert isinstance(problems[0], HistoryError)
    assert problems[1] is None
    assert answers(found(starting(), comparison)) == answers(comparison)


@pytest.mark.parametrize(
    ("assignment", "why"),
    [
        pytest.param("format = 99", "newer version", id="newer"),
        pytest.param("document = '{'", "damaged", id="no JSON"),
        pytest.param("document = '{}'", "damaged", id="nothing in it"),
    ],
)
def test_what_cannot_be_read_says_why(
    starting: Starting,
    endpoint: SlowEndpoint,
    path: Path,
    assignment: str,
    why: str,
) -> None:
    comparison = begun(starting(), "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE comparison SET {assignment}")
    connection.close()

    with pytest.raises(HistoryError, match=why):
        starting().find(comparison.id)


def test_one_without_a_disk_stays_in_memory(endpoint: SlowEndpoint) -> None:
    comparisons = Comparisons()
    comparison = begun(comparisons, "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))

    assert comparisons.find(comparison.id) is comparison
    assert comparisons.list("anna", limit=20) == ()


def test_the_server_forgets_comparisons_that_never_asked_first(
    endpoint: SlowEndpoint,
) -> None:
    kept = Comparisons()
    asked = begun(kept, "healthy", "healthy")
    finished(asked.ask("Which falcon?", asking(endpoint)))

    others = [kept.begin(ColumnSettings()) for _ in range(MOST_COMPARISONS)]

    assert kept.find(asked.id) is asked
    assert kept.find(others[0].id) is None
    assert kept.find(others[-1].id) is others[-1]


def test_an_endpoint_comes_back_with_its_address_and_profile(
    starting: Starting, endpoint: SlowEndpoint
) -> None:
    comparison = begun(starting(), "healthy", "healthy")
    finished(comparison.ask("Which falcon?", asking(endpoint)))
    here = Endpoint(
        name="mine", region="us-east-1", profile="work", url="http://127.0.0.1:1"
    )
    settings = replace(comparison.columns[0].settings, endpoint=here, container="lmi")

    comparison.change("B", lambda _: settings)

    assert found(starting(), comparison).columns[1].settings == settings
