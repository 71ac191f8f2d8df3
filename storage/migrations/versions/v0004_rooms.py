"""Rooms: where the bot may speak, on platforms that tell it once and cannot be asked later."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("learned_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('channel', 'team', 'direct', 'group')", name="ck_kind_known"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "external_id", name="uq_room"),
    )
    op.create_index("ix_room_account", "room", ["platform", "account"], unique=False)
    op.create_index("ix_room_parent", "room", ["platform", "parent"], unique=False)
