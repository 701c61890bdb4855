"""Brings a database's tables to this version: made anew, migrated, or refused.

An empty database gets the newest tables at once, as Alembic's cookbook has it, so that
Alembic (12 MB, 0.15 s) is imported only where older tables are migrated.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from falcon.errors import HistoryError
from falcon.history.database import MIGRATES
from falcon.history.tables import METADATA, REVISION
from falcon.text import text

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x46414C43
"""PostgreSQL's lock for this: any number, and the same in every version."""


def prepare_schema(
    engine: Engine, *, migrations: Path = MIGRATIONS, newest: str = REVISION
) -> None:
    """Make or migrate the tables, all of it or nothing, or find that they are right.

    Raises HistoryError if they come from a newer version of Falcon Chat.
    """
    with engine.begin() as connection:
        # Servers that start together come here one after the other.
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = _revision(connection)
        if found is None:
            METADATA.create_all(connection)
            _stamp(connection)
    if found not in (None, newest):
        _migrate(engine, migrations)


def _revision(connection: Connection) -> str | None:
    """Return the migration that the database has come to; None: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return str(found.scalar())


def _stamp(connection: Connection) -> None:
    """Say as Alembic does that the tables are the newest."""
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")


def _migrate(engine: Engine, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        with engine.execution_options(**MIGRATES).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise HistoryError(
            text(
                "The conversations were saved by a newer version of Falcon Chat. "
                "Update this one, or let FALCON_HISTORY name another database."
            )
        ) from error
    # A connection that has migrated SQLite no longer minds what refers to what.
    engine.dispose()
