"""Lease: a clock may be that of a claim that holds only so long unconfirmed, and the steps of one may have come late.

No clock that is there is a lease, and none of them has come late, so that nothing is counted anew. The check of kinds
is written anew, which on SQLite copies the table. It is not additive: the release before would take a lease for
something that was promised.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KINDS = "kind IN ('claim', 'first_reply', 'next_reply', 'resolution', 'lease')"


def upgrade() -> None:
    op.drop_index("ix_clock_next", "clock")
    op.drop_index("ix_clock_due", "clock")
    with op.batch_alter_table("clock") as clock:
        clock.add_column(sa.Column("shift_us", sa.BigInteger(), nullable=False, server_default="0"))
        clock.drop_constraint("ck_kind_known", type_="check")
        clock.create_check_constraint("ck_kind_known", KINDS)
    # What was warned of, and what is late, is known by the moments; a mark is for the rungs alone from now on.
    op.execute("UPDATE clock SET mark_us = 0")
    waits = sa.text("next_at IS NOT NULL")
    op.create_index("ix_clock_next", "clock", ["next_at"], sqlite_where=waits, postgresql_where=waits)
    runs = sa.text("running_since IS NOT NULL")
    op.create_index("ix_clock_due", "clock", ["due_at"], sqlite_where=runs, postgresql_where=runs)
