"""Put off: what was due for a mention and failed is left alone for a while, each time for longer.

It is additive: the release before tries it at each look.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "put_off",
        sa.Column("job", sa.String(), primary_key=True),
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), primary_key=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
    )
