"""Voice: what many people say, as it is proposed, and the themes that people make of it.

It is additive: the release before does not know of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
additive = True


def _person(name: str, *, nullable: bool) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("person.id"), nullable=nullable)


def _part(name: str, of: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{of}.id"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token", sa.String(), nullable=False, unique=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("muted_until", UTCDateTime(), nullable=True),
        _person("by_id", nullable=True),
    )
    op.create_table("proposal_mention", _part("proposal_id", "proposal"), _part("mention_id", "mention"))
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.id"), nullable=False),
        _person("by_id", nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("tracker_at", UTCDateTime(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("muted_until", UTCDateTime(), nullable=True),
        sa.Column("fixed_at", UTCDateTime(), nullable=True),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
    )
    op.create_table("theme_mention", _part("theme_id", "theme"), _part("mention_id", "mention"))
    op.create_index("ix_theme_mention_mention", "theme_mention", ["mention_id"])
    op.create_table(
        "theme_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("theme_id", sa.Integer(), sa.ForeignKey("theme.id"), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Integer(), sa.ForeignKey("theme.id"), nullable=True),
        _person("by_id", nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
    )
    op.create_index("ix_theme_change_theme_id", "theme_change", ["theme_id"])
    op.create_table(
        "telling",
        _part("theme_id", "theme"),
        _part("mention_id", "mention"),
        sa.Column("draft_id", sa.Integer(), sa.ForeignKey("draft.id"), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
    )
    op.create_index("ix_telling_draft_id", "telling", ["draft_id"])
