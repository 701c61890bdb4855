"""Reads a conversation from the tables."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sqlalchemy import Connection, RowMapping, select

from falcon.conversation import Conversation, Message
from falcon.history.rows import read_conversation, read_message
from falcon.history.tables import CONVERSATION, MESSAGE

SECONDS_UNTIL_CUT = 120.0
"""A growing answer is saved every second: after this long without, nobody makes it."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What the database has of a conversation."""

    conversation: Conversation
    version: int
    """Grows with every change that any server makes."""


def read(connection: Connection, conversation_id: str) -> Saved | None:
    """Return the conversation; None: there is none, or it was deleted."""
    wanted = select(CONVERSATION).where(
        CONVERSATION.c.id == conversation_id, CONVERSATION.c.deleted.is_(None)
    )
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    messages = read_messages(connection, conversation_id)
    if row["updated"] < time.time() - SECONDS_UNTIL_CUT:
        messages = {key: _cut(message) for key, message in messages.items()}
    return Saved(read_conversation(row, messages), row["version"])


def read_messages(connection: Connection, conversation_id: str) -> dict[str, Message]:
    wanted = (
        select(MESSAGE)
        .where(MESSAGE.c.conversation_id == conversation_id)
        .order_by(MESSAGE.c.position)
    )
    rows: list[RowMapping] = list(connection.execute(wanted).mappings())
    messages = {message.id: message for message in map(read_message, rows)}
    # Where two servers wrote at once, one may have deleted what the other answered.
    return {
        key: message
        if message.parent_id is None or message.parent_id in messages
        else replace(message, parent_id=None)
        for key, message in messages.items()
    }


def _cut(message: Message) -> Message:
    if message.role == "assistant" and message.finish_reason is None:
        return replace(message, finish_reason="interrupted")
    return message
