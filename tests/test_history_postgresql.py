"""The same history in PostgreSQL, where one is installed: a server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from alembic import command
from sqlalchemy import text

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.history import History, KeptComparison
from falcon.history.database import open_engine, parse_url
from falcon.history.schema import prepare_schema
from falcon.presets import Preset
from falcon.record import AnswerRecord
from tests.test_history_migrations import configuration, migrate

Opening = Callable[[], History]

pytest.importorskip("psycopg", reason="psycopg is not installed")
if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
    pytest.skip("PostgreSQL's initdb and pg_ctl are not here", allow_module_level=True)

NOBODY = 65534 if os.geteuid() == 0 else None
"""PostgreSQL refuses to be run by the administrator."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The folder of its socket; it listens on no port."""
    # A socket's path may have 100 characters, and pytest's folders are too deep.
    folder = Path(tempfile.mkdtemp())
    if NOBODY is not None:
        os.chown(folder, NOBODY, NOBODY)
    data = str(folder / "data")
    run("initdb", "--pgdata", data, "--username", "falcon", "--auth", "trust")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    log = str(folder / "log")
    run("pg_ctl", "start", "-w", "--pgdata", data, "--log", log, "--options", options)
    yield str(folder)
    run("pg_ctl", "stop", "-w", "--pgdata", data, "--mode", "immediate")
    shutil.rmtree(folder)


def run(*command_line: str) -> None:
    subprocess.run(
        command_line, check=True, user=NOBODY, stdout=subprocess.DEVNULL, cwd="/"
    )


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    """A database for each test."""
    name = f"test_{abs(hash(request.node.name))}"
    engine = open_engine(parse_url(address(server, "postgres")))
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        alone.execute(
            text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        )
    engine.dispose()
    return address(server, name)


def address(server: str, database: str) -> str:
    return f"postgresql+psycopg://falcon@/{database}?host={server}"


@pytest.fixture
def opening(url: str) -> Iterator[Opening]:
    opened = []

    def opening() -> History:
        opened.append(History(url))
        return opened[-1]

    yield opening
    for history in opened:
        history.close()


def tree() -> Conversation:
    question = Message("user", "송골매는 얼마나 빠른가요? 🦅 a\0b")
    record = AnswerRecord(
        system_prompt="User: \ud800", parameters=MappingProxyType({"stop": ("끝",)})
    )
    good = Message("assistant", "빨라요.", finish_reason="length", record=record)
    conversation = Conversation(owner="somebody").add(question, after=None)
    conversation = conversation.add(good, after=question.id)
    other = Message("assistant", "Fast.", finish_reason="eos_token", rating="good")
    return conversation.add(other, after=question.id)


def clean(conversation: Conversation) -> Conversation:
    """Return it as a database that refuses some characters has it."""
    question, good, other = conversation.messages.values()
    assert good.record is not None
    record = replace(good.record, system_prompt="User: �")
    cleaned = [
        replace(question, text=question.text.replace("\0", "�")),
        replace(good, record=record),
        other,
    ]
    messages = MappingProxyType({message.id: message for message in cleaned})
    return replace(conversation, messages=messages)


def growing() -> Conversation:
    conversation = Conversation(owner="somebody").add(Message("user", "Hi"), after=None)
    leaf = conversation.leaf_id
    return conversation.add(Message("assistant", "Falcons are"), after=leaf)


def loaded(history: History, conversation: Conversation) -> Conversation:
    saved = history.load(conversation.id)
    assert saved is not None
    return saved.conversation


def test_a_tree_comes_back_as_it_was(opening: Opening) -> None:
    conversation = tree()
    opening().save(conversation)

    found = loaded(opening(), conversation)

    assert found == clean(conversation)
    assert list(found.messages) == list(conversation.messages)


def test_searching_knows_no_case(opening: Opening) -> None:
    history = opening()
    history.save(replace(tree(), title="Über 100% Falcons"))

    for search in ("über", "FALCONS", "송골매", "100%"):
        assert len(history.list("somebody", search=search)) == 1, search
    assert history.list("somebody", search="50%") == ()


def test_deleting_is_undone(opening: Opening) -> None:
    history, conversation = opening(), tree()
    history.save(conversation)

    history.delete(conversation.id)
    assert history.load(conversation.id) is None
    history.restore(conversation.id)

    assert loaded(history, conversation) == clean(conversation)


def test_servers_that_save_at_once_lose_nothing(opening: Opening) -> None:
    servers = [opening(), opening()]
    saved = servers[0].save(growing())
    leaf = saved.conversation.leaf_id

    def add(number: int) -> str:
        message = Message("user", str(number))
        longer = saved.conversation.add(message, after=leaf)
        servers[number % 2].save(longer, before=saved)
        return message.id

    with ThreadPoolExecutor(8) as pool:
        added = set(pool.map(add, range(40)))

    assert added <= loaded(servers[0], saved.conversation).messages.keys()


def test_servers_that_start_at_once_make_the_tables_once(opening: Opening) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: opening(), range(4)))

    assert all(history.list("somebody") == () for history in opened)


def test_the_next_start_marks_the_answer_that_was_growing(opening: Opening) -> None:
    history, conversation = opening(), growing()
    history.save(conversation)
    history.close()

    leaf = loaded(opening(), conversation).leaf

    assert leaf is not None
    assert (leaf.text, leaf.finish_reason) == ("Falcons are", "interrupted")


def test_an_answer_of_a_living_server_is_left_alone(opening: Opening) -> None:
    conversation = growing()
    opening().save(conversation)

    assert loaded(opening(), conversation) == conversation


def test_presets_and_comparisons_come_back(opening: Opening) -> None:
    preset = Preset(name="Ma façon 🦅", system_prompt="한국어로 답해요.")
    other = Preset(name=preset.name, parameters={"seed": 2**64 - 1})
    kept = KeptComparison(
        id="a" * 22,
        owner="anna",
        title="송골매?",
        format=1,
        document='{"text": "\\u0000 \ud800"}',
        answers={(0, "A"): '"빨라요."', (0, "B"): '""'},
    )
    history = opening()
    history.save_presets("anna", [preset])
    history.save_presets("anna", [other])
    first = history.save_comparison(kept)
    second = history.save_answer(kept.id, (0, "B"), '"Fast."')

    found = opening()

    assert found.presets("anna") == (other,)
    assert found.presets("ben") == ()
    comparison = found.load_comparison(kept.id)
    assert comparison is not None
    assert comparison.document == '{"text": "\\u0000 �"}'
    assert comparison.answers == {(0, "A"): '"빨라요."', (0, "B"): '"Fast."'}
    assert (first, second) == (1, 2)
    assert comparison.version == found.comparison_version(kept.id) == 2
    assert [one.title for one in found.comparisons("anna", limit=20)] == ["송골매?"]
    found.delete_preset("anna", other.name)
    found.delete_comparison("ben", kept.id)
    assert history.comparison_version(kept.id) == 2
    found.delete_comparison("anna", kept.id)
    assert history.load_comparison(kept.id) is None
    assert history.save_answer(kept.id, (0, "B"), '"Late."') is None


def test_migrations_and_tables_agree(url: str) -> None:
    engine = open_engine(parse_url(url))
    migrate(engine)

    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_new_tables_and_tables_agree(url: str) -> None:
    engine = open_engine(parse_url(url))
    prepare_schema(engine)

    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_no_such_database_says_so_and_keeps_the_password(server: str) -> None:
    url = f"postgresql+psycopg://falcon:s3cret@/nothing?host={server}"

    with pytest.raises(HistoryError, match="of the conversations") as caught:
        History(url)

    assert "s3cret" not in str(caught.value)


def test_no_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be reached"):
        History(f"postgresql+psycopg://falcon@/falcon?host={tmp_path}")
