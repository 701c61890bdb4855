"""Knows whether other servers have the same database open.

Each holds a lock that all of them share and that goes when its process ends, however
that ends. Whoever gets it alone for a moment is the only one.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine

from falcon.history.database import make_private, sqlite_path

_LOCK = 0x46414C44
"""PostgreSQL's lock for this: any number, and the same in every version."""


class Presence:
    """This server's part of the lock. Of other databases it knows nothing: it is never
    alone with them."""

    def take_alone(self) -> bool:
        """Return whether no other has the database open; none may until `share`."""
        return False

    def share(self) -> None:
        """Let other servers in, and be seen by them until the end."""

    def close(self) -> None:
        """Be seen no longer."""


def open_presence(engine: Engine) -> Presence:
    """Raises OSError or sqlite3.Error where the lock's file cannot be made."""
    if engine.dialect.name == "postgresql":
        return _PostgresqlPresence(engine)
    path = sqlite_path(engine.url)
    return Presence() if path is None else _FilePresence(path)


class _FilePresence(Presence):
    """The lock of an empty SQLite file, which works wherever SQLite does."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(f"{database.name}-servers")
        make_private(path)
        self._connection = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False
        )

    def take_alone(self) -> bool:
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return False
        return True

    def share(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        # Another server that starts has the lock alone for as long as that takes.
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT * FROM sqlite_master").fetchall()

    def close(self) -> None:
        self._connection.close()


class _PostgresqlPresence(Presence):
    """An advisory lock, on a connection kept for it."""

    def __init__(self, engine: Engine) -> None:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        self._connection = connection

    def take_alone(self) -> bool:
        return bool(self._ask("pg_try_advisory_lock"))

    def share(self) -> None:
        self._ask("pg_advisory_lock_shared")
        # Without the one taken alone this does nothing but a warning in its log.
        self._ask("pg_advisory_unlock")

    def close(self) -> None:
        self._connection.close()

    def _ask(self, function: str) -> object:
        return self._connection.exec_driver_sql(f"SELECT {function}({_LOCK})").scalar()
