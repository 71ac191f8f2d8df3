"""Kept deliveries: what a vendor sent and could not be read is there for a day, to be read again.

It is additive: the release before knows nothing of the table, and answers such a delivery as it always did.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_delivery",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("packed", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("ix_kept_delivery_at", "kept_delivery", ["at"])
