"""Search: the words of each mention, an index over them, and which mentions are not in it yet.

What is there already is due, all of it, and is taken up bit by bit while Dibs runs (``storage.search.due``). The index
of languages lets the board name those that there are.
"""

import sqlalchemy as sa
from alembic import op

from storage.search.tables import CREATE

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_due",
        sa.Column("first", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.create_index("ix_post_lang", "post", ["lang"])
    for statement in CREATE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.execute("INSERT INTO search_due (first, last) SELECT 1, max(id) FROM mention HAVING max(id) > 0")
