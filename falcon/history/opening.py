"""What a server does with a database once, when it opens it."""

from __future__ import annotations

import time

from sqlalchemy import Connection, delete, select, update

from falcon.history.tables import CONVERSATION, IS_GROWING, MESSAGE

SECONDS_UNTIL_PURGED = 30 * 24 * 3600.0


def mark_interrupted(connection: Connection) -> None:
    """End the answers that were growing when the last server died.

    One that had no text yet is no answer: its question stays last.
    """
    began = connection.execute(
        select(MESSAGE.c.conversation_id, MESSAGE.c.id, MESSAGE.c.parent_id).where(
            IS_GROWING, MESSAGE.c.text == ""
        )
    ).all()
    for conversation_id, message_id, parent_id in began:
        this = CONVERSATION.c.id == conversation_id
        connection.execute(
            update(CONVERSATION)
            .where(this, CONVERSATION.c.leaf_id == message_id)
            .values(leaf_id=parent_id)
        )
    connection.execute(delete(MESSAGE).where(IS_GROWING, MESSAGE.c.text == ""))
    connection.execute(
        update(MESSAGE).where(IS_GROWING).values(finish_reason="interrupted")
    )


def purge(connection: Connection) -> None:
    """Remove for good what was deleted long ago."""
    long_ago = time.time() - SECONDS_UNTIL_PURGED
    connection.execute(delete(CONVERSATION).where(CONVERSATION.c.deleted < long_ago))
