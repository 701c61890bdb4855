"""What can go wrong with the database, in words for a person."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from falcon.errors import HistoryError
from falcon.text import Text, text

_SQLITE = {
    "SQLITE_FULL": text("The disk with the conversations is full. Make room on it."),
    "SQLITE_READONLY": text("The file of the conversations may not be written."),
    "SQLITE_PERM": text("The file of the conversations may not be written."),
    "SQLITE_CANTOPEN": text("The file of the conversations cannot be opened."),
    "SQLITE_BUSY": text("Another program keeps the file of the conversations locked."),
    "SQLITE_LOCKED": text(
        "Another program keeps the file of the conversations locked."
    ),
    "SQLITE_CORRUPT": text(
        "The file of the conversations is damaged. Move it away to start a new one; "
        "sqlite3's .recover may save what is in it."
    ),
    "SQLITE_NOTADB": text(
        "The file of the conversations is no SQLite database. Move it away to start a "
        "new one."
    ),
    "SQLITE_IOERR": text(
        "The disk with the conversations could not be read or written. It may be full."
    ),
}
_POSTGRESQL = {
    "08": text("The database of the conversations cannot be reached."),
    "25": text("The database of the conversations may not be written."),
    "28": text("The database of the conversations refuses this user or password."),
    "3D": text("There is no such database on the server of the conversations."),
    "42501": text(
        "The database of the conversations does not allow this user to do that."
    ),
    "53": text("The database of the conversations has no room or connection left."),
    "57": text("The database of the conversations is stopping or starting."),
}
_NOT_WRITTEN = text("The folder of the conversations may not be written.")
_FILES = {
    errno.ENOSPC: _SQLITE["SQLITE_FULL"],
    errno.EDQUOT: _SQLITE["SQLITE_FULL"],
    errno.EACCES: _NOT_WRITTEN,
    errno.EPERM: _NOT_WRITTEN,
    errno.EROFS: _NOT_WRITTEN,
}


def history_error(error: Exception, place: str) -> HistoryError:
    """Return `error` in words, with where it happened."""
    return HistoryError(text("{problem} ({place})", problem=_say(error), place=place))


def _say(error: Exception) -> Text:
    match error:
        case OSError():
            no_folder = text("The folder of the conversations cannot be made.")
            return _FILES.get(error.errno or 0, no_folder)
        case DBAPIError(orig=sqlite3.Error() as cause) | (sqlite3.Error() as cause):
            name = getattr(cause, "sqlite_errorname", "")
            return _longest(_SQLITE, name) or text(
                "The file of the conversations could not be read or written."
            )
        case DBAPIError(orig=cause) if state := getattr(cause, "sqlstate", None):
            return _longest(_POSTGRESQL, state) or text(
                "The database of the conversations refused a statement."
            )
        case DBAPIError():
            return _POSTGRESQL["08"]
        case ValueError():
            return _SQLITE["SQLITE_CORRUPT"]
    return text("The database of the conversations did not answer in time.")


def _longest(texts: dict[str, Text], code: str) -> Text | None:
    """Return the text of the longest beginning of `code`."""
    known = [beginning for beginning in texts if code.startswith(beginning)]
    return texts[max(known, key=len)] if known else None
