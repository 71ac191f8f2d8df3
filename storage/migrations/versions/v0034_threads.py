"""Threads: of a post it is kept to which public thread it belongs, and a mention may stand on the card of its thread.

None that is there does, nor is it known of any post: threads begin with what is heard from now on. A mute may be one
of a thread. The check of what holds a mention is written anew, which on SQLite copies the table. Each department is
told once.

It is not additive: the release before would take what stands on another card for something that nobody can see.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

HELD = "held IN ('', 'below', 'muted', 'storm', 'thread')"


def upgrade() -> None:
    op.add_column("post", sa.Column("thread", sa.String(), nullable=False, server_default=""))
    named = sa.text("thread <> ''")
    op.create_index("ix_post_thread", "post", ["source", "thread"], sqlite_where=named, postgresql_where=named)
    op.add_column("mute", sa.Column("thread", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("mention") as mention:
        mention.drop_constraint("ck_held_known", type_="check")
        mention.create_check_constraint("ck_held_known", HELD)
    op.execute(
        "INSERT INTO fire (job, slot, at) SELECT 'news:threads', key, CURRENT_TIMESTAMP FROM department WHERE NOT removed"
    )
