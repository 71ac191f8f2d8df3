"""A dropped post is counted once, over restarts and replicas too: its source remembers the latest, as hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_state", sa.Column("dropped_lately", sa.Text(), nullable=True))
