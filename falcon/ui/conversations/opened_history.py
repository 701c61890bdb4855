"""Opens the conversations on disk when the server starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from falcon.errors import ConfigurationError, HistoryError
from falcon.text import text

if TYPE_CHECKING:
    from falcon.history import History


@dataclass(frozen=True, slots=True)
class OpenedHistory:
    """Where the conversations of this server are kept."""

    history: History
    problem: HistoryError | None = None
    """Why that is memory and not what was asked for; None: it is as asked for."""


def open_history(url: str | None) -> OpenedHistory:
    """Open the database, or else one in memory, which is gone with this process.

    Raises ConfigurationError if the address is wrong.
    """
    # SQLAlchemy takes 0.2 s to import; whoever calls this need not wait for it.
    from falcon.history import History

    try:
        return OpenedHistory(History(url))
    except HistoryError as error:
        return OpenedHistory(History("sqlite://"), problem=error)
    except ConfigurationError as error:
        raise ConfigurationError(
            text("FALCON_HISTORY is wrong: {problem}", problem=error)
        ) from error
