"""Facts: a post keeps what its source noted of it for whoever answers there."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("facts", sa.Text(), nullable=False, server_default=""))
