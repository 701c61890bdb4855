"""Opens the database of a URL; for SQLite, with the folder, file and settings it needs.

Knows no table.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from falcon.errors import ConfigurationError
from falcon.text import text

SECONDS_TO_CONNECT = 5
READS = {"falcon_reads": True}
MIGRATES = {"falcon_migrates": True}
"""Execution options: what a transaction is for. Without one it writes."""
_DRIVERS = {
    "psycopg": "'psycopg[binary]'",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
}


def default_url() -> URL:
    """Return the SQLite file in the user's data folder."""
    folder = user_data_path("falcon-chat", appauthor=False)
    return URL.create("sqlite", database=str(folder / "conversations.sqlite3"))


def parse_url(address: str) -> URL:
    try:
        return make_url(address)
    except ArgumentError as error:
        raise ConfigurationError(
            text(
                "The history's address is no database URL, such as "
                "sqlite:////srv/falcon/conversations.sqlite3 or "
                "postgresql+psycopg://user:password@host/falcon."
            )
        ) from error


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite database; None: in memory, or no SQLite."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    # SQLite's own way to say how a file is opened: file:name?mode=ro&uri=true
    return Path(url.database.removeprefix("file:"))


def open_engine(url: URL) -> Engine:
    """Return the engine; raises OSError where the file cannot be made."""
    try:
        if url.get_backend_name() == "sqlite":
            return _open_sqlite(url)
        options = (
            {"connect_timeout": SECONDS_TO_CONNECT}
            if url.get_backend_name() == "postgresql"
            else {}
        )
        return create_engine(url, pool_pre_ping=True, connect_args=options)
    except NoSuchModuleError as error:
        raise ConfigurationError(
            text(
                "The history's address begins with {driver}, which is no database that "
                "SQLAlchemy knows.",
                driver=url.drivername,
            )
        ) from error
    except ModuleNotFoundError as error:
        package = _DRIVERS.get(error.name or "", error.name)
        raise ConfigurationError(
            text(
                "The history's address needs a package that is not installed: pip "
                "install {package}",
                package=package,
            )
        ) from error


def _open_sqlite(url: URL) -> Engine:
    path = sqlite_path(url)
    # By its default, SQLite's driver waits 5 s for another process that writes.
    options = {"check_same_thread": False}
    if path is None:
        # One connection, lent to one thread at a time: another would see another
        # database.
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=1, max_overflow=0, connect_args=options
        )
    else:
        make_private(path)
        engine = create_engine(url, connect_args=options)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def make_private(path: Path) -> None:
    """Make the file for nobody but its owner; SQLite gives those beside it the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass  # Not to be opened: closing it would take SQLite's locks from it.


def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # The driver begins no transaction by itself.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("unicode_lower", 1, str.lower, deterministic=True)
    # Readers and the writer do not wait for each other.
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed program loses nothing. After a power cut the file is whole, and the
    # newest seconds may be missing: being sure of them takes a wait for the disk with
    # every save of every growing answer.
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("falcon_migrates"):
        # Altering a table may mean replacing it, which would delete what refers to it.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    # A write that began as a read cannot wait for another writer: it fails at once.
    connection.exec_driver_sql(
        "BEGIN" if options.get("falcon_reads") else "BEGIN IMMEDIATE"
    )
