"""What Alembic runs: one connection, handed in by ``storage.schema``.

It runs inside the transaction that ``storage.upgrade`` opened.
"""

from alembic import context
from sqlmodel import SQLModel

from storage import reply_tables, room_tables, tables

_ = (tables, reply_tables, room_tables)  # the import fills SQLModel.metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
