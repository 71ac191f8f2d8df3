"""Conversations: a post says what it answers and what it shows, an author has a face.

What is there answers nothing that we know and shows nothing. A post of others that stands beside a mention has a role
of its own, so the check of roles is written anew; on SQLite that copies the table. Replies of ours that were shown
before what they answer are found by an index of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLES = "role IN ('original', 'sighting', 'follow_up', 'thread', 'ours', 'baseline')"
LONELY = "role = 'ours' AND mention_id IS NULL"


def upgrade() -> None:
    op.add_column("author", sa.Column("avatar", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("reply_to", sa.String(), nullable=False, server_default=""))
        post.add_column(sa.Column("media", sa.Text(), nullable=False, server_default=""))
        post.drop_constraint("ck_role_known", type_="check")
        post.create_check_constraint("ck_role_known", ROLES)
    lonely = sa.text(LONELY)
    op.create_index("ix_post_lonely", "post", ["source", "reply_to"], sqlite_where=lonely, postgresql_where=lonely)
