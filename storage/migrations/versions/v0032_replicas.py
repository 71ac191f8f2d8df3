"""Replicas: which processes work on a database, and the oldest schema whose release may still do so.

It is additive: the release before writes to neither table. That is no use to it yet, for it does not look there.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "replica",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("wants", sa.String(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
    )
    op.create_table("schema_floor", sa.Column("lowest", sa.String(), primary_key=True))
