"""Few told: what waits for an answer, and what was not let out, each has an index of its own for reports.

It is additive: the release before reads and writes the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None
additive = True

_WAITS = sa.text("last = '' AND reply IS NULL")
_REFUSED = sa.text("action = 'refused'")


def upgrade() -> None:
    op.create_index("ix_fact_waits", "fact", ["arrived"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_index(
        "ix_ownership_event_refused", "ownership_event", ["at"], sqlite_where=_REFUSED, postgresql_where=_REFUSED
    )
