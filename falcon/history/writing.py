"""Writes to the tables what changed in a conversation, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from falcon.conversation import Conversation, Message
from falcon.history.reading import Saved, read_messages
from falcon.history.rows import conversation_row, message_row
from falcon.history.tables import CONVERSATION, MESSAGE

_NEVER = 0
"""No version of a saved conversation: it is read again when it is next wanted."""


def write(
    connection: Connection, conversation: Conversation, before: Saved | None
) -> Saved:
    """Write what differs from `before`, and leave what another server changed since."""
    wanted = select(CONVERSATION.c.version).where(CONVERSATION.c.id == conversation.id)
    version: int | None = connection.scalar(wanted.with_for_update())
    if version is None:
        return _write_new(connection, conversation)
    if before is not None and before.version == version:
        known = stored = before.conversation.messages
        saved = Saved(conversation, version + 1)
    else:
        known = {} if before is None else before.conversation.messages
        stored = read_messages(connection, conversation.id)
        saved = Saved(conversation, _NEVER)
    values = conversation_row(conversation)
    values |= _write_messages(connection, conversation, known=known, stored=stored)
    _alter(connection, conversation.id, {**values, "version": version + 1})
    return saved


def set_deleted(
    connection: Connection, conversation_id: str, when: float | None
) -> None:
    """Delete a conversation at the time `when`; None: have it back."""
    values: dict[str, object] = {"deleted": when, "version": CONVERSATION.c.version + 1}
    _alter(connection, conversation_id, values)


def _write_new(connection: Connection, conversation: Conversation) -> Saved:
    values = {"id": conversation.id, "version": 1, "updated": time.time()}
    row = {**values, **conversation_row(conversation)}
    connection.execute(insert(CONVERSATION).values(row))
    _add(connection, conversation.id, list(conversation.messages.values()))
    return Saved(conversation, 1)


def _write_messages(
    connection: Connection,
    conversation: Conversation,
    *,
    known: Mapping[str, Message],
    stored: Mapping[str, Message],
) -> dict[str, object]:
    """Return what the changes mean for the conversation's own row."""
    changed = [
        message
        for key, message in conversation.messages.items()
        # Most are the same object still, and comparing texts takes time.
        if (old := known.get(key)) is not message and old != message
    ]
    added = [message for message in changed if message.id not in stored]
    altered = [
        message
        for message in changed
        if message.id in stored and message != stored[message.id]
    ]
    removed = known.keys() - conversation.messages.keys()
    _add(connection, conversation.id, added)
    for message in altered:
        connection.execute(
            update(MESSAGE)
            .where(*_is(conversation.id, message.id))
            .values(message_row(message))
        )
    for message_id in removed:
        connection.execute(delete(MESSAGE).where(*_is(conversation.id, message_id)))
    values: dict[str, object] = {}
    if added or altered or removed:
        values["updated"] = time.time()
    if added:
        values["deleted"] = None  # Who goes on with a deleted one wants it back.
    return values


def _add(connection: Connection, conversation_id: str, messages: list[Message]) -> None:
    if not messages:
        return
    last = connection.scalar(
        select(func.max(MESSAGE.c.position)).where(
            MESSAGE.c.conversation_id == conversation_id
        )
    )
    rows = [
        {
            "conversation_id": conversation_id,
            "id": message.id,
            "position": position,
            **message_row(message),
        }
        for position, message in enumerate(messages, start=(last or 0) + 1)
    ]
    connection.execute(insert(MESSAGE), rows)


def _alter(
    connection: Connection, conversation_id: str, values: dict[str, object]
) -> None:
    connection.execute(
        update(CONVERSATION).where(CONVERSATION.c.id == conversation_id).values(values)
    )


def _is(conversation_id: str, message_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        MESSAGE.c.conversation_id == conversation_id,
        MESSAGE.c.id == message_id,
    )
