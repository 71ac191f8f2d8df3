"""People: platforms end accounts, a person ends when all of theirs did, and an operator may say so too.

Until now an account that ended had ended its person. So those who were switched off left in this moment, with all
their accounts: whatever their platform says otherwise when it is asked next is taken in well before what they had
comes back.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("person", sa.Column("switched_off", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("person", sa.Column("left_at", UTCDateTime(), nullable=True))
    op.add_column("desk_pass", sa.Column("created_at", UTCDateTime(), nullable=True))
    op.add_column("desk_pass", sa.Column("browser", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_desk_pass_person_id", "desk_pass", ["person_id"])
    op.execute("UPDATE person SET left_at = CURRENT_TIMESTAMP WHERE NOT active")
    op.execute(
        "UPDATE identity SET active = false"
        " WHERE platform <> 'desk' AND person_id IN (SELECT id FROM person WHERE NOT active)"
    )
    op.execute("DELETE FROM desk_pass WHERE person_id IN (SELECT id FROM person WHERE NOT active)")
