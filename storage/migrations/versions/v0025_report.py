"""Reports: what is counted from the log. It begins empty, and is filled from the first row on while Dibs runs."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mention", sa.Column("addressed", sa.Boolean(), nullable=True))
    _facts_and_stays()
    op.create_table(
        "count_day",
        sa.Column("day", sa.String(), primary_key=True),
        sa.Column("what", sa.String(), primary_key=True),
        sa.Column("a", sa.Integer(), primary_key=True),
        sa.Column("b", sa.String(), primary_key=True, server_default=""),
        sa.Column("n", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "person_day",
        sa.Column("day", sa.String(), primary_key=True),
        sa.Column("person_id", sa.Integer(), primary_key=True),
        sa.Column("department_id", sa.Integer(), primary_key=True),
        sa.Column("owned", sa.Integer(), nullable=False),
        sa.Column("spoke", sa.Integer(), nullable=False),
    )
    op.create_table(
        "person_first",
        sa.Column("person_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("acted", UTCDateTime(), nullable=False),
        sa.Column("owned", UTCDateTime(), nullable=True),
        sa.Column("spoke", UTCDateTime(), nullable=True),
    )
    op.create_table(
        "folded",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False, server_default=""),
    )
    op.execute("INSERT INTO folded (id, seq, timezone) VALUES (1, 0, '')")


def _facts_and_stays() -> None:
    op.create_table(
        "fact",
        sa.Column("mention_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("arrived", UTCDateTime(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("reply", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("hops", sa.Integer(), nullable=False),
        sa.Column("bounced", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Integer(), nullable=False),
        sa.Column("back", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("holder_department_id", sa.Integer(), nullable=True),
        sa.Column("sending", sa.Integer(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_fact_arrived", "fact", ["arrived"])
    held = sa.text("since IS NOT NULL")
    op.create_index("ix_fact_since", "fact", ["since"], sqlite_where=held, postgresql_where=held)
    unknown = sa.text("since IS NOT NULL AND holder_department_id IS NULL")
    op.create_index("ix_fact_holder", "fact", ["holder_id"], sqlite_where=unknown, postgresql_where=unknown)
    op.create_table(
        "stay",
        sa.Column("mention_id", sa.Integer(), primary_key=True),
        sa.Column("n", sa.Integer(), primary_key=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("arrived", UTCDateTime(), nullable=False),
        sa.Column("entered", UTCDateTime(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("reply", sa.BigInteger(), nullable=True),
        sa.Column("left", UTCDateTime(), nullable=True),
    )
    op.create_index("ix_stay_arrived", "stay", ["arrived"])
