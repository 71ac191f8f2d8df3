"""Retention: how far what is older than its source's age was removed, and messages that are to say less where they are.

It is additive: the release before removes nothing by age, and posts anew whatever is gone.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "retention",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("night", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
    )
    op.add_column("message", sa.Column("says_less", sa.Boolean(), nullable=False, server_default=sa.false()))
