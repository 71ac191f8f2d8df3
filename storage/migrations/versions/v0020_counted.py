"""What reports count by: who turned out to be whom, and how much was dropped on which day.

Who was joined before is known from the log, where their mentions changed hands so; who had none then stays two people.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_JOINED = sa.text("SELECT from_owner_id, to_owner_id FROM ownership_event WHERE action = 'joined' ORDER BY seq")
_HAS_ACCOUNTS = sa.text("SELECT 1 FROM identity WHERE person_id = :former AND platform <> 'desk'")
_JOIN = sa.text("UPDATE person SET joined_id = :heir WHERE id = :former")


def upgrade() -> None:
    op.add_column("person", sa.Column("joined_id", sa.Integer(), nullable=True))
    op.create_table(
        "source_day",
        sa.Column("day", sa.String(), primary_key=True),
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("dropped", sa.Integer(), nullable=False),
    )
    connection = op.get_bind()
    for former, heir in dict.fromkeys((row[0], row[1]) for row in connection.execute(_JOINED)):
        if former != heir and connection.execute(_HAS_ACCOUNTS, {"former": former}).first() is None:
            connection.execute(_JOIN, {"former": heir, "heir": None})
            connection.execute(_JOIN, {"former": former, "heir": heir})
