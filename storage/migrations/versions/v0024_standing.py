"""Standing: what an author is to us, what people said of a mention, and who our customers are.

When we answered somebody last follows from the mentions that there are.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Written out: SQLite's batch mode would make the whole table anew for a CHECK.
_GUARDED = {
    "tier": ("none", "known", "wide", "customer"),
    "verdict": ("", "happy", "misguided", "unhappy", "rager", "troll"),
    "risk": ("", "risk", "purchase", "cancel", "service"),
    "outcome": ("", "thanked", "settled", "unhappy"),
}
_ANSWERED = """
UPDATE author SET answered_at = (
    SELECT max(mention.first_response_at) FROM mention JOIN post ON post.mention_id = mention.id
    WHERE post.author_id = author.id AND post.role = 'original'
) WHERE id IN (
    SELECT post.author_id FROM mention JOIN post ON post.mention_id = mention.id
    WHERE post.role = 'original' AND mention.first_response_at IS NOT NULL
)
"""


def upgrade() -> None:
    for column, allowed in _GUARDED.items():
        words = ", ".join(f"'{one}'" for one in allowed)
        op.execute(
            f"ALTER TABLE mention ADD COLUMN {column} VARCHAR NOT NULL DEFAULT '{allowed[0]}'"
            f" CONSTRAINT ck_{column}_known CHECK ({column} IN ({words}))"
        )
    for column in ("tier_why", "hints"):
        op.add_column("mention", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("mention", sa.Column("priority", sa.Integer(), nullable=False, server_default=sa.text("0")))
    for column, nothing in (("tier", "none"), ("risk", "")):
        some = sa.text(f"{column} <> '{nothing}'")
        op.create_index(f"ix_mention_{column}", "mention", [column, "id"], sqlite_where=some, postgresql_where=some)
    op.add_column("author", sa.Column("followers", sa.Integer(), nullable=True))
    op.add_column("author", sa.Column("answered_at", UTCDateTime(), nullable=True))
    op.execute(_ANSWERED)
    op.create_table(
        "customer_list",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "customer",
        sa.Column("list_id", sa.Integer(), sa.ForeignKey("customer_list.id"), primary_key=True),
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("handle", sa.String(), primary_key=True),
        sa.Column("label", sa.String(), nullable=False),
    )
