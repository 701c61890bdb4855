from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.history import History
from falcon.history.database import open_engine, parse_url
from falcon.history.schema import MIGRATIONS, prepare_schema
from falcon.history.tables import METADATA, REVISION
from falcon.presets import Preset

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"


def upgrade():
    # On SQLite this makes a new table of conversations and drops the old one.
    with op.batch_alter_table("conversation") as table:
        table.alter_column("title", new_column_name="name")
    {then}
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'conversations.sqlite3'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(parse_url(url))
    yield engine
    engine.dispose()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations as they may be one day."""
    later = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, later)
    return later


def write_next(later: Path, *, then: str = "") -> None:
    (later / "versions" / "next.py").write_text(NEXT.format(newest=REVISION, then=then))


def configuration(migrations: Path = MIGRATIONS) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return config


def migrate(engine: Engine, *, to: str = "head") -> None:
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def columns(engine: Engine, table: str) -> list[str]:
    return [column["name"] for column in inspect(engine).get_columns(table)]


def save_one(url: str) -> Conversation:
    conversation = Conversation(owner="somebody").add(Message("user", "Hi"), after=None)
    with closing(History(url)) as history:
        history.save(conversation)
    return conversation


def test_the_newest_migration_is_the_one_the_tables_name() -> None:
    scripts = ScriptDirectory.from_config(configuration())

    assert scripts.get_current_head() == REVISION


def test_migrations_and_tables_agree(engine: Engine) -> None:
    migrate(engine)

    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_a_new_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    made = []
    for name in ("migrated", "new"):
        engine = open_engine(parse_url(f"sqlite:///{tmp_path / name}"))
        if name == "migrated":
            migrate(engine)
        prepare_schema(engine)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master"))
            made.append({(row.name, normal(row.sql)) for row in rows})
        engine.dispose()

    assert made[0] == made[1]
    assert set(METADATA.tables) < {name for name, _ in made[0]}


def normal(sql: str | None) -> str:
    return "".join((sql or "").split())


def test_what_was_saved_by_an_older_version_is_kept(
    url: str, engine: Engine, later: Path
) -> None:
    conversation = save_one(url)
    write_next(later)

    prepare_schema(engine, migrations=later, newest="next")

    assert "name" in columns(engine, "conversation")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM message")) == 1
        assert connection.scalar(text("SELECT id FROM conversation")) == conversation.id
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_database_of_the_first_version_gets_presets_and_comparisons(
    url: str, engine: Engine
) -> None:
    migrate(engine, to="0001")
    first = {"owner": "anna", "id": "a" * 22, "title": "Falcons"}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO conversation (id, owner, version, is_pinned, created, "
                "updated, title) VALUES (:id, :owner, 1, 0, 1.0, 1.0, :title)"
            ),
            first,
        )

    with closing(History(url)) as history:
        history.save_presets("anna", [Preset(name="Mine")])

        assert [summary.id for summary in history.list("anna")] == [first["id"]]
        assert [preset.name for preset in history.presets("anna")] == ["Mine"]
        assert history.comparisons("anna", limit=20) == ()


def test_a_migration_that_fails_changes_nothing(
    url: str, engine: Engine, later: Path
) -> None:
    conversation = save_one(url)
    write_next(later, then="raise RuntimeError('power cut')")

    with pytest.raises(RuntimeError, match="power cut"):
        prepare_schema(engine, migrations=later, newest="next")

    with closing(History(url)) as history:
        found = history.load(conversation.id)
    assert found is not None
    assert found.conversation == conversation


def test_tables_of_a_newer_version_are_refused(
    url: str, engine: Engine, later: Path
) -> None:
    save_one(url)
    write_next(later)
    prepare_schema(engine, migrations=later, newest="next")

    with pytest.raises(HistoryError, match="newer version of Falcon Chat"):
        History(url)
