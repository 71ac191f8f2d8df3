"""Clocks: what a mention waits for, until when, and the hours by which a department counts them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clock",
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("target_us", sa.BigInteger(), nullable=False),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("mark_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=False),
        sa.Column("used_wall_us", sa.BigInteger(), nullable=False),
        sa.Column("running_since", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("warned_at", UTCDateTime(), nullable=True),
        sa.Column("breached_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('claim', 'first_reply', 'next_reply', 'resolution')", name="ck_kind_known"),
        sa.CheckConstraint("outcome IN ('', 'met', 'dropped')", name="ck_outcome_known"),
    )
    waits = sa.text("next_at IS NOT NULL")
    op.create_index("ix_clock_next", "clock", ["next_at"], sqlite_where=waits, postgresql_where=waits)
    runs = sa.text("running_since IS NOT NULL")
    op.create_index("ix_clock_due", "clock", ["due_at"], sqlite_where=runs, postgresql_where=runs)
    with op.batch_alter_table("department") as department:
        department.add_column(sa.Column("hours", sa.Text(), nullable=False, server_default=""))
