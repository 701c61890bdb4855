"""What can go wrong with the database, in words for a person."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

from falcon.errors import HistoryError

_SQLITE = {
    "SQLITE_FULL": "The disk with the conversations is full. Make room on it.",
    "SQLITE_READONLY": "The file of the conversations may not be written.",
    "SQLITE_PERM": "The file of the conversations may not be written.",
    "SQLITE_CANTOPEN": "The file of the conversations cannot be opened.",
    "SQLITE_BUSY": "Another program keeps the file of the conversations locked.",
    "SQLITE_LOCKED": "Another program keeps the file of the conversations locked.",
    "SQLITE_CORRUPT": "The file of the conversations is damaged. Move it away to "
    "start a new one; sqlite3's .recover may save what is in it.",
    "SQLITE_NOTADB": "The file of the conversations is no SQLite database. Move it "
    "away to start a new one.",
    "SQLITE_IOERR": "The disk with the conversations could not be read or written. It "
    "may be full.",
}
_POSTGRESQL = {
    "08": "The database of the conversations cannot be reached.",
    "25": "The database of the conversations may not be written.",
    "28": "The database of the conversations refuses this user or password.",
    "3D": "There is no such database on the server of the conversations.",
    "42501": "The database of the conversations does not allow this user to do that.",
    "53": "The database of the conversations has no room or connection left.",
    "57": "The database of the conversations is stopping or starting.",
}
_FILES = {
    errno.ENOSPC: _SQLITE["SQLITE_FULL"],
    errno.EDQUOT: _SQLITE["SQLITE_FULL"],
    errno.EACCES: "The folder of the conversations may not be written.",
    errno.EPERM: "The folder of the conversations may not be written.",
    errno.EROFS: "The folder of the conversations may not be written.",
}


def history_error(error: Exception, place: str) -> HistoryError:
    """Return `error` in words, with where it happened."""
    return HistoryError(f"{_say(error)} ({place})")


def _say(error: Exception) -> str:
    match error:
        case OSError():
            no_folder = "The folder of the conversations cannot be made."
            return _FILES.get(error.errno or 0, no_folder)
        case DBAPIError(orig=sqlite3.Error() as cause) | (sqlite3.Error() as cause):
            name = getattr(cause, "sqlite_errorname", "")
            return _longest(_SQLITE, name) or (
                "The file of the conversations could not be read or written."
            )
        case DBAPIError(orig=cause) if state := getattr(cause, "sqlstate", None):
            return _longest(_POSTGRESQL, state) or (
                "The database of the conversations refused a statement."
            )
        case DBAPIError():
            return _POSTGRESQL["08"]
        case ValueError():
            return _SQLITE["SQLITE_CORRUPT"]
    return "The database of the conversations did not answer in time."


def _longest(texts: dict[str, str], code: str) -> str | None:
    """Return the text of the longest beginning of `code`."""
    known = [beginning for beginning in texts if code.startswith(beginning)]
    return texts[max(known, key=len)] if known else None
