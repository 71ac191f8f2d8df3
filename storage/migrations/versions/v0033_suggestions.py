"""Suggestions: to which department a mention seemed to belong as it came, and what was shown of it.

It is additive: the release before suggests nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "suggestion",
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), primary_key=True, autoincrement=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.id"), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("usual", sa.String(), nullable=False),
        sa.Column("choices", sa.String(), nullable=False, server_default=""),
        sa.Column("margin", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False, server_default=""),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("example", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint("shown IN ('past', 'silent', 'hidden', 'choices', 'named')", name="ck_shown_known"),
    )
    op.create_index("ix_suggestion_example", "suggestion", ["example"])
