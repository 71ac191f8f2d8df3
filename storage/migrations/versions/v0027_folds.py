"""Folds: what a mute or storm holds is found by its number, and each department is told once that storms are folded.

It is additive: the release before asks for neither.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.text("held_by IS NOT NULL")
    op.create_index("ix_mention_held_by", "mention", ["held_by"], sqlite_where=held, postgresql_where=held)
    op.execute(
        "INSERT INTO fire (job, slot, at) SELECT 'news:storms', key, CURRENT_TIMESTAMP FROM department WHERE NOT removed"
    )
