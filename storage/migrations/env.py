"""What Alembic runs: one connection, handed in by ``storage.engine.schema``.

It runs inside the transaction that ``storage.engine.upgrade`` opened.
"""

from alembic import context
from sqlmodel import SQLModel

from storage.search import tables as search
from storage.tables import everything

_ = (everything, search)  # the import fills SQLModel.metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
