"""Few among many: what waits to be sent, and what stood before we listened, each has an index of its own.

It is additive: the release before reads and writes the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None
additive = True

_WAITS = sa.text("state IN ('due', 'sending')")
_BASELINE = sa.text("role = 'baseline'")


def upgrade() -> None:
    op.create_index("ix_message_waits", "message", ["lane_id", "state"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_index("ix_post_baseline", "post", ["source", "id"], sqlite_where=_BASELINE, postgresql_where=_BASELINE)
