"""Kept reports: those of quarters and years are made at night, and kept.

It is additive: the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "kept_report",
        sa.Column("label", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("grounds", sa.String(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
    )
