"""The tables of the history, as this version of Falcon Chat wants them.

Whoever changes one adds a migration beside this file; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
)

REVISION = "0002"
"""The newest migration: what the tables below are the sum of."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

CONVERSATION = Table(
    "conversation",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("deleted", Double),
    Column("leaf_id", String(64)),
    Column("title", Text, nullable=False),
    Index(None, "owner", "updated"),
)
"""`version` grows with every change; times are seconds since 1970."""

# The long columns stand last: SQLite reads a row from the left and stops where it may.
MESSAGE = Table(
    "message",
    METADATA,
    Column(
        "conversation_id",
        ForeignKey(CONVERSATION.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("parent_id", String(64)),
    Column("role", String(16), nullable=False),
    Column("finish_reason", String(16)),
    Column("rating", String(16)),
    Column("created", Double, nullable=False),
    Column("comment", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("record", Text),
    Index(None, "conversation_id", "position"),
)
"""`position` is the order in which messages came; `record` is JSON."""

IS_GROWING = and_(MESSAGE.c.role == "assistant", MESSAGE.c.finish_reason.is_(None))

# Found at every start without reading the table.
Index(
    "ix_message_growing",
    MESSAGE.c.conversation_id,
    sqlite_where=IS_GROWING,
    postgresql_where=IS_GROWING,
)

PRESET = Table(
    "preset",
    METADATA,
    Column("owner", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("format", Integer, nullable=False),
    Column("document", Text, nullable=False),
)
"""`document` is JSON here and below, and `format` the version of what it holds."""

COMPARISON = Table(
    "comparison",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated", Double, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "owner", "updated"),
)
"""Its columns and questions; `title` is the first of these."""

COMPARISON_ANSWER = Table(
    "comparison_answer",
    METADATA,
    Column(
        "comparison_id",
        ForeignKey(COMPARISON.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("question", Integer, primary_key=True),
    Column("column_name", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
"""A row for each answer, so that saving one that grows writes no other. `question` is
the number of the question, from 0."""
