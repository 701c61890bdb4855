"""The list of somebody's conversations, and the search in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from falcon.history.rows import storable
from falcon.history.tables import CONVERSATION, MESSAGE

LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as it stands in the list."""

    id: str
    title: str
    """The one it was given, or else the beginning of its first question."""
    updated: float
    """When a message last came or changed, in seconds since 1970."""
    is_pinned: bool


def list_conversations(
    connection: Connection, owner: str, *, search: str, limit: int, offset: int
) -> tuple[Summary, ...]:
    """Return those of `owner` that hold `search`: the pinned first, then the newest."""
    wanted = (
        select(CONVERSATION, _first_question())
        .where(CONVERSATION.c.owner == owner, CONVERSATION.c.deleted.is_(None))
        .order_by(
            CONVERSATION.c.is_pinned.desc(),
            CONVERSATION.c.updated.desc(),
            CONVERSATION.c.id,
        )
        .limit(limit)
        .offset(offset)
    )
    if sought := storable(search.strip()):
        wanted = wanted.where(
            _holds(sought, is_sqlite=connection.dialect.name == "sqlite")
        )
    return tuple(
        Summary(
            id=row["id"],
            title=shorten(row["title"] or row["question"] or ""),
            updated=row["updated"],
            is_pinned=row["is_pinned"],
        )
        for row in connection.execute(wanted).mappings()
    )


def _first_question() -> ColumnElement[str]:
    beginning = func.substr(MESSAGE.c.text, 1, 4 * LONGEST_TITLE)
    return (
        select(beginning)
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.role == "user")
        .order_by(MESSAGE.c.position)
        .limit(1)
        .scalar_subquery()
        .label("question")
    )


def _holds(sought: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    # SQLite's own `lower` is three times as fast as Python's and knows only ASCII.
    has_case = not sought.isascii() and sought.lower() != sought.upper()
    lower = func.unicode_lower if is_sqlite and has_case else func.lower
    sought = sought.lower()
    in_text = exists().where(
        MESSAGE.c.conversation_id == CONVERSATION.c.id,
        lower(MESSAGE.c.text).contains(sought, autoescape=True),
    )
    in_title = lower(CONVERSATION.c.title).contains(sought, autoescape=True)
    return or_(in_title, in_text)


def shorten(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_TITLE:
        return line
    return line[: LONGEST_TITLE - 1].rstrip() + "…"
