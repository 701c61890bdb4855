"""Conversations and their messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_pinned", sa.Boolean, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
        sa.Column("deleted", sa.Double),
        sa.Column("leaf_id", sa.String(64)),
        sa.Column("title", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
    )
    op.create_index(
        "ix_conversation_owner_updated", "conversation", ["owner", "updated"]
    )
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("parent_id", sa.String(64)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("finish_reason", sa.String(16)),
        sa.Column("rating", sa.String(16)),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("record", sa.Text),
        sa.PrimaryKeyConstraint("conversation_id", "id", name="pk_message"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_message_conversation_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_message_conversation_id_position",
        "message",
        ["conversation_id", "position"],
    )
    is_growing = sa.text("role = 'assistant' AND finish_reason IS NULL")
    op.create_index(
        "ix_message_growing",
        "message",
        ["conversation_id"],
        sqlite_where=is_growing,
        postgresql_where=is_growing,
    )
