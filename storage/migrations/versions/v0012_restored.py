"""Restored: a lane says since when something may stand in its channel that a restored database does not know."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("look_since", "look_until"):
        op.add_column("lane", sa.Column(name, UTCDateTime(), nullable=True))
