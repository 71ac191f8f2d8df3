"""Storms: how much is said of a topic by the hour, and what was folded under one card because many spoke at once.

What was heard in the last five weeks is counted, so that what is usual is known from the first minute. It is additive:
the release before knows nothing of it, and folds nothing.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_LAST = sa.text("SELECT max(ingested_at) AS at FROM mention").columns(at=UTCDateTime())
_HEARD = sa.text(
    "SELECT mention.topic, post.id, post.author_id, post.published_at, mention.ingested_at"
    " FROM mention JOIN post ON post.mention_id = mention.id AND post.role = 'original'"
    " WHERE mention.topic <> '' AND mention.ingested_at > :since"
).columns(
    topic=sa.String(), id=sa.Integer(), author_id=sa.Integer(), published_at=UTCDateTime(), ingested_at=UTCDateTime()
)
_SINCE = sa.bindparam("since", type_=UTCDateTime())


def upgrade() -> None:
    tally = op.create_table(
        "tally",
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("hour", UTCDateTime(), primary_key=True),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
    )
    op.create_table(
        "storm",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.id"), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("lead_id", sa.Integer(), sa.ForeignKey("mention.id"), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.Column("listed_id", sa.Integer(), nullable=False),
        sa.Column("rest_by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("rest_reason", sa.Text(), nullable=False),
    )
    on = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_storm_on", "storm", ["department_id", "topic"], unique=True, sqlite_where=on, postgresql_where=on
    )
    op.create_index("ix_storm_topic", "storm", ["topic", "ended_at"])
    op.create_index("ix_storm_lead_id", "storm", ["lead_id"])
    op.create_index("ix_mention_topic", "mention", ["topic", "ingested_at"])
    _count_what_was_heard(tally)


def _count_what_was_heard(tally: sa.Table) -> None:
    """Count the posts and voices of each hour, as whoever looks each minute does from now on."""
    connection = op.get_bind()
    last = connection.execute(_LAST).scalar()
    if last is None:
        return
    posts: Counter[tuple[str, datetime]] = Counter()
    voices: dict[tuple[str, datetime], set[int]] = defaultdict(set)
    for row in connection.execute(_HEARD.bindparams(_SINCE), {"since": last - timedelta(weeks=5)}):
        said = min(row.published_at or row.ingested_at, row.ingested_at)
        key = row.topic, said.replace(minute=0, second=0, microsecond=0)
        posts[key] += 1
        if row.ingested_at - said <= timedelta(minutes=15):
            voices[key].add(row.author_id or -row.id)
    rows = [
        {"topic": topic, "hour": hour, "posts": number, "voices": len(voices[topic, hour])}
        for (topic, hour), number in sorted(posts.items())
    ]
    if rows:
        op.bulk_insert(tally, rows)
