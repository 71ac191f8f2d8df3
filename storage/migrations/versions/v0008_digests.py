"""Digests: a draft, an approval and a publication each say what they were made for.

What is there has none. An approval without them says nothing of the post and of the name that were read, so it does
not hold: such a draft is read once more. A reply that was on its way goes on, in the text that it had.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (("draft", "digests"), ("draft", "approved_digests"), ("publication", "digests")):
        op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
