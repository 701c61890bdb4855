"""History: the conversations in a database, presets and comparisons beside them.

Holds none of them itself.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from json import JSONDecodeError

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from falcon.conversation import Conversation
from falcon.history import comparisons, presets
from falcon.history.comparisons import AnswerKey, ComparisonSummary, KeptComparison
from falcon.history.database import READS, default_url, open_engine, parse_url
from falcon.history.listing import Summary, list_conversations
from falcon.history.opening import mark_interrupted, purge
from falcon.history.problems import history_error
from falcon.history.reading import Saved, read
from falcon.history.schema import prepare_schema
from falcon.history.servers import open_presence
from falcon.history.tables import COMPARISON, CONVERSATION
from falcon.history.writing import set_deleted, write
from falcon.presets import Preset

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PROBLEMS = (SQLAlchemyError, sqlite3.Error, OSError, JSONDecodeError, UnicodeError)


class History:
    """Safe to use from any thread, and by several servers at once.

    Every method raises HistoryError when the database does not do what it is asked, and
    then none of it is done: the caller keeps what it has and may ask again, and a later
    `save` with the same `before` writes all that is missing.
    """

    def __init__(self, url: str | None = None) -> None:
        """Open the database: make or migrate its tables, mark the answers cut off.

        `url` is SQLAlchemy's; None: a file in the user's data folder. What is kept in
        "sqlite://" is gone with this process. Raises ConfigurationError if the address
        is wrong.
        """
        self._url = default_url() if url is None else parse_url(url)
        self._place = self._url.render_as_string(hide_password=True)
        with self._explaining(), ExitStack() as opened:
            self._engine = open_engine(self._url)
            opened.callback(self._engine.dispose)
            self._reading = self._engine.execution_options(**READS)
            prepare_schema(self._engine)
            presence = open_presence(self._engine)
            opened.callback(presence.close)
            with self._engine.begin() as connection:
                purge(connection)
                if presence.take_alone():
                    mark_interrupted(connection)
            presence.share()
            self._opened = opened.pop_all()

    def load(self, conversation_id: str) -> Saved | None:
        """Return what is saved under this id; None: nothing, or it was deleted.

        Anything may be asked for; what cannot be an id is not looked for.
        """
        if not _ID.fullmatch(conversation_id):
            return None
        with self._connected(self._reading) as connection:
            return read(connection, conversation_id)

    def version(self, conversation_id: str) -> int | None:
        """Return the version that `load` would return, in a fraction of its time."""
        wanted = select(CONVERSATION.c.version).where(
            CONVERSATION.c.id == conversation_id, CONVERSATION.c.deleted.is_(None)
        )
        with self._connected(self._reading) as connection:
            found: int | None = connection.scalar(wanted)
            return found

    def save(self, conversation: Conversation, *, before: Saved | None = None) -> Saved:
        """Write what differs from `before`, what is saved already; return what is now.

        Messages that `before` does not have and the database has stay: they are
        another server's. A temporary conversation is refused.
        """
        if conversation.is_temporary:
            raise ValueError("A temporary conversation is not for the disk.")
        if before is not None and before.conversation == conversation:
            return before
        with self._connected(self._engine) as connection:
            return write(connection, conversation, before)

    def list(
        self, owner: str, *, search: str = "", limit: int = 50, offset: int = 0
    ) -> tuple[Summary, ...]:
        """Return the conversations of `owner`: the pinned first, then the newest.

        Only those whose title or messages hold `search`, whatever its case.
        """
        if not _ID.fullmatch(owner):
            return ()
        with self._connected(self._reading) as connection:
            return list_conversations(
                connection, owner, search=search, limit=limit, offset=offset
            )

    def delete(self, conversation_id: str) -> None:
        """Take a conversation out of the list; after 30 days it is gone for good."""
        with self._connected(self._engine) as connection:
            set_deleted(connection, conversation_id, time.time())

    def restore(self, conversation_id: str) -> None:
        """Undo `delete`."""
        with self._connected(self._engine) as connection:
            set_deleted(connection, conversation_id, None)

    def presets(self, owner: str) -> tuple[Preset, ...]:
        """Return the owner's own presets by their names."""
        if not _ID.fullmatch(owner):
            return ()
        with self._connected(self._reading) as connection:
            return presets.read_presets(connection, owner)

    def save_presets(self, owner: str, saved: Iterable[Preset]) -> None:
        """Write the presets, each in place of the owner's one of its name.

        Raises ConfigurationError if they would be too many; none is written then.
        """
        with self._connected(self._engine) as connection:
            presets.write_presets(connection, owner, saved)

    def delete_preset(self, owner: str, name: str) -> None:
        with self._connected(self._engine) as connection:
            presets.delete_preset(connection, owner, name)

    def comparisons(self, owner: str, *, limit: int) -> tuple[ComparisonSummary, ...]:
        """Return the owner's newest comparisons."""
        if not _ID.fullmatch(owner):
            return ()
        with self._connected(self._reading) as connection:
            return comparisons.list_comparisons(connection, owner, limit=limit)

    def load_comparison(self, comparison_id: str) -> KeptComparison | None:
        """Return the comparison of this id, whosever it is; None: there is none."""
        if not _ID.fullmatch(comparison_id):
            return None
        with self._connected(self._reading) as connection:
            return comparisons.read_comparison(connection, comparison_id)

    def comparison_version(self, comparison_id: str) -> int | None:
        """Return the version that `load_comparison` would return."""
        wanted = select(COMPARISON.c.version).where(COMPARISON.c.id == comparison_id)
        with self._connected(self._reading) as connection:
            found: int | None = connection.scalar(wanted)
            return found

    def save_comparison(self, comparison: KeptComparison) -> int | None:
        """Write the head and the answers given, leave others; return the version.

        None: it has changed or was deleted since the version that it says it has, and
        nothing was written.
        """
        with self._connected(self._engine) as connection:
            return comparisons.write_comparison(connection, comparison)

    def save_answer(
        self, comparison_id: str, key: AnswerKey, document: str
    ) -> int | None:
        """Write one answer of a comparison; return the comparison's version.

        None: there is no such comparison any more, and nothing was written.
        """
        with self._connected(self._engine) as connection:
            return comparisons.write_answer(connection, comparison_id, key, document)

    def delete_comparison(self, owner: str, comparison_id: str) -> None:
        """Remove one of the owner's comparisons for good; another's stays."""
        with self._connected(self._engine) as connection:
            comparisons.delete_comparison(connection, owner, comparison_id)

    def close(self) -> None:
        """Let the database go. Whoever uses this object again opens it again."""
        self._opened.close()

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        with self._explaining(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except _PROBLEMS as error:
            raise history_error(error, self._place) from error
