"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
# Whether the release before may go on working on the database, and start on it.
additive = False


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
