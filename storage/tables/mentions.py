"""The table of mentions, and what holds of all tables.

Integer keys inside; a short random ``token`` where a mention leaves the system. Enums are plain text guarded by a
CHECK (a native type would make every new value a migration of its own), but for ``ownership_event.action``, which
the registry of verbs guards: a CHECK there would rebuild the one table whose triggers SQLite's batch mode drops.
Datetimes are aware and in UTC on both databases because SQLModel maps a plain ``datetime`` so.
Text that people typed stands in ``remark`` and can be forgotten; the log holds its salted hash only.
"""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of
from storage.tables.judgements import AuthorVerdict, Ending, Risk, Tier
from storage.tables.states import Held, Status


class Mention(Row, table=True):
    """A post that concerns us and wants a decision: the unit of ownership.

    ``version`` rises with owner, department or status, never with an edit, a note or a draft. ``product`` is what the
    topic said when it came; what a topic says later changes none that stands. What is ``held`` is kept back:
    ``held_by`` is the number of the mute or storm that holds it, or of the mention on whose card it stands, and
    ``points`` with ``points_why`` are what it was given where it is below the line of its department. ``tier`` is what
    its author was to us when it came, ``verdict`` and ``risk`` what a person said of it, ``hints`` what its words made
    us suppose of both (``kind: word``, a line each). ``priority`` follows from these: 1 stands before 0 in lists.
    ``addressed`` says whether its post named us; None where we do not know by what name it would. ``was_held`` is why
    it was, once somebody brought it forth.
    """

    __table_args__ = (
        one_of("status", Status),
        one_of("held", Held),
        Index("ix_mention_department", "department_id", "held", "status", "ingested_at", "id"),
        one_of("tier", Tier),
        one_of("verdict", AuthorVerdict),
        one_of("risk", Risk),
        one_of("outcome", Ending),
        Index("ix_mention_owner", "owner_id", "status"),
        Index("ix_mention_arrival", "ingested_at", "id"),
        Index("ix_mention_snooze", "snoozed_until"),
        Index("ix_mention_topic", "topic", "ingested_at"),
        # The few of which there is something to say; on PostgreSQL they are partial, too, by the migration.
        Index("ix_mention_tier", "tier", "id", sqlite_where=text("tier <> 'none'")),
        Index("ix_mention_risk", "risk", "id", sqlite_where=text("risk <> ''")),
        Index("ix_mention_held_by", "held_by", sqlite_where=text("held_by IS NOT NULL")),
    )
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    version: int = 1
    source: str = Field(index=True)
    department_id: int = Field(foreign_key="department.id")
    status: str = Status.NEW
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    topic: str = ""
    reason: str = Field(default="", sa_type=Text)
    snoozed_until: datetime | None = None
    published_at: datetime | None = None
    ingested_at: datetime
    carded_at: datetime | None = None
    first_claimed_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    changed_at: datetime
    product: str = filled_in(index=True)
    held: str = filled_in()
    held_by: int | None = None
    points: int | None = None
    points_why: str = filled_in(sa_type=Text)
    tier: str = filled_in(Tier.NONE)
    tier_why: str = filled_in(sa_type=Text)
    verdict: str = filled_in()
    risk: str = filled_in()
    hints: str = filled_in(sa_type=Text)
    outcome: str = filled_in()
    priority: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    addressed: bool | None = None
    was_held: str = filled_in()
