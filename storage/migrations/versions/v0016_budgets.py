"""Budgets: what a source has spent of what its network sells or rations."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_budget",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("unit", sa.String(), primary_key=True),
        sa.Column("per", sa.String(), primary_key=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
    )
