"""Hints judged: what a person made of each hint, so that a word that is mostly wrong is found.

It is additive: the release before counts nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
additive = True


def upgrade() -> None:
    op.create_table(
        "hint_judged",
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), primary_key=True, autoincrement=False),
        sa.Column("axis", sa.String(), primary_key=True),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
    )
