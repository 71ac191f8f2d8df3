"""Product: what of ours a mention is about, as its topic said when it came.

What came before has none. It is not additive: the release before writes the words of a mention without the facet of
its product, and who asks for one would not find it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mention", sa.Column("product", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_mention_product"), "mention", ["product"], unique=False)
