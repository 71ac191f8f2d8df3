"""Reviews: a message may be a reply to another, and a person has a platform on which they acted last.

What is there stands by itself, and of nobody it is known yet where they act: both are found out from now on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (("message", "below"), ("person", "platform")):
        op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
