"""Kept back: a mention may stand held, with the reason, what holds it, and the points that it was given.

All that there is was shown. The index by department knows what is held, so that whoever asks what waits steps over it.

It is not additive: the release before would list what is held among what waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By hand, for SQLite takes a CHECK with a column and needs no copy of the table for it.
    op.execute(
        "ALTER TABLE mention ADD COLUMN held VARCHAR NOT NULL DEFAULT ''"
        " CONSTRAINT ck_held_known CHECK (held IN ('', 'below', 'muted', 'storm'))"
    )
    op.add_column("mention", sa.Column("held_by", sa.Integer(), nullable=True))
    op.add_column("mention", sa.Column("points", sa.Integer(), nullable=True))
    op.add_column("mention", sa.Column("points_why", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_mention_department", "mention")
    op.create_index("ix_mention_department", "mention", ["department_id", "held", "status", "ingested_at", "id"])
