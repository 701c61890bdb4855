"""What Alembic runs to migrate the history: on the connection that it is handed."""

from __future__ import annotations

from alembic import context

from falcon.history.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    # SQLite alters little: Alembic makes a new table and moves the rows.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
