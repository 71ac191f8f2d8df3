"""Held: a reply may wait for the moderators of its network, and says since when.

None that is there does. It is on its way as others are, so the check of states and the index that lets a mention have
one reply on its way are written anew; on SQLite that copies the table.

It is not additive: the release before would not know what is held, and let another reply go out beside it.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = "state IN ('due', 'sending', 'held', 'asked', 'unclear', 'published', 'failed')"
IN_FLIGHT = "state IN ('due', 'sending', 'held', 'asked', 'unclear')"


def upgrade() -> None:
    op.drop_index("uq_publication_in_flight", "publication")
    with op.batch_alter_table("publication") as publication:
        publication.add_column(sa.Column("held_at", UTCDateTime(), nullable=True))
        publication.drop_constraint("ck_state_known", type_="check")
        publication.create_check_constraint("ck_state_known", STATES)
    flying = sa.text(IN_FLIGHT)
    op.create_index(
        "uq_publication_in_flight",
        "publication",
        ["mention_id"],
        unique=True,
        sqlite_where=flying,
        postgresql_where=flying,
    )
