"""Forgotten: what was removed is known by a keyed hash alone, so that nothing of it is stored once more.

It is not additive: the release before would store what was forgotten when its source shows it again.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
    )
    op.create_table(
        "forget_secret",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("secret", sa.String(), nullable=False),
    )
