"""Turns: sources take turns in a lane, so a message bears its source and its turn, and a lane the turn at which it is.

What waits already goes on in the order of its age, each source by itself. The release before could go on beside it:
what it writes has the first turn.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SOURCES = (
    "UPDATE message SET source = (SELECT source FROM mention WHERE mention.id = message.mention_id) "
    "WHERE kind = 'card' AND mention_id IS NOT NULL AND state IN ('due', 'sending')"
)
_TURNS = (
    "UPDATE message SET turn = waiting.number FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY lane_id, source "
    "ORDER BY id) AS number FROM message WHERE state IN ('due', 'sending')) AS waiting WHERE waiting.id = message.id"
)


def upgrade() -> None:
    op.add_column("lane", _turn())
    op.add_column("message", sa.Column("source", sa.String(), nullable=False, server_default=""))
    op.add_column("message", _turn())
    op.execute(_SOURCES)
    op.execute(_TURNS)
    op.create_index("ix_message_turn", "message", ["lane_id", "source", "turn"], unique=False)


def _turn() -> sa.Column[int]:
    return sa.Column("turn", sa.Integer(), nullable=False, server_default="0")
