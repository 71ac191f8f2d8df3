"""Keys: a channel belongs to a workspace, an incident has a kind and a name, and the log has rows about a person.

Whatever is there belongs to the one workspace that there was, whose name is empty. What was never read goes. A reply
that goes out although its post changed says so in ``despite_change``. The probe of the database's health writes a row
of its own, so that it does not wait for the log.

It is not additive: the release before would still look for ``trouble.subject`` and ``publication.heedless``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _give_homes_a_workspace()
    _give_lanes_a_workspace()
    _give_rooms_a_workspace()
    _split_subjects()
    _drop_what_nobody_read()
    op.execute("ALTER TABLE publication RENAME COLUMN heedless TO despite_change")
    with op.batch_alter_table("ownership_event") as log:
        log.alter_column("mention_id", existing_type=sa.Integer(), nullable=True)
    op.create_table("write_probe", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))
    op.execute("INSERT INTO write_probe (id) VALUES (1)")


def _workspace() -> sa.Column[str]:
    return sa.Column("workspace", sa.String(), nullable=False, server_default="")


def _give_homes_a_workspace() -> None:
    kept = _take_out(sa.table("home", *map(sa.column, ("department_id", "platform", "channel", "name"))))
    home = op.create_table(
        "home",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        _workspace(),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.PrimaryKeyConstraint("department_id", "platform", "workspace"),
    )
    op.bulk_insert(home, kept)


def _give_lanes_a_workspace() -> None:
    with op.batch_alter_table("lane") as lane:
        lane.add_column(_workspace())
        lane.drop_column("failures")
        lane.drop_column("parked_at")
        lane.drop_constraint("uq_lane", type_="unique")
        lane.create_unique_constraint("uq_lane", ["platform", "workspace", "channel"])


def _give_rooms_a_workspace() -> None:
    with op.batch_alter_table("room") as room:
        room.add_column(_workspace())
        room.drop_constraint("uq_room", type_="unique")
        room.create_unique_constraint("uq_room", ["platform", "workspace", "external_id"])


def _split_subjects() -> None:
    """Make two columns of words such as "lane slack C-1" and "source blog": the kind is the first of them."""
    moment = sa.column("since", UTCDateTime())
    kept = _take_out(sa.table("trouble", sa.column("subject"), moment, sa.column("what")))
    trouble = op.create_table(
        "trouble",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
    for row in kept:
        row["kind"], _, row["name"] = row.pop("subject").partition(" ")
    op.bulk_insert(trouble, kept)


def _take_out(table: sa.TableClause) -> list[dict[str, Any]]:
    """Drop a small table to which no other points; returns the rows that it had."""
    rows = op.get_bind().execute(sa.select(table)).mappings().all()
    op.drop_table(table.name)
    return [dict(row) for row in rows]


def _drop_what_nobody_read() -> None:
    op.drop_column("message", "sending_version")
    op.drop_column("identity", "looked_up_at")
