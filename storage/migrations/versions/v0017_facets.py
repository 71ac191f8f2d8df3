"""Facets: the index of words knows the source and the department of each mention.

Those that are in the index already are found by their words as before, and are written anew bit by bit while Dibs runs;
until all of them are, nobody asks the index for a facet. They are a span that begins at 0, where no other does: a span
of mentions that are not in the index at all may overlap it.

It is not additive: the release before would go on writing words without facets, and who asks for one would not find
them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("search_due", sa.Column("only_facets", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "INSERT INTO search_due (first, last, only_facets)"
        " SELECT 0, max(mention_id), true FROM mention_words HAVING max(mention_id) > 0"
    )
