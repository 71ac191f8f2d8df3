"""The tables: what Dibs remembers.

Integer keys inside; a short random ``token`` where a mention leaves the system. Enums are plain text guarded by a
CHECK (a native type would make every new value a migration of its own), but for ``ownership_event.action``, which
the registry of verbs guards: a CHECK there would rebuild the one table whose triggers SQLite's batch mode drops.
Datetimes are aware and in UTC on both databases because SQLModel maps a plain ``datetime`` so.
Text that people typed stands in ``remark`` and can be forgotten; the log holds its salted hash only.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.states import IdentityKind, LaneState, MessageKind, MessageState, PostRole, Status, values


def one_of(column: str, enum: type) -> CheckConstraint:
    """Return the CHECK that a column holds a value of ``enum``."""
    allowed = ", ".join(f"'{value}'" for value in values(enum))
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{column}_known")


class Row(SQLModel):
    """What every table is made from. No row is ever validated, so a start builds no validators for them."""

    model_config = {"defer_build": True}


class Department(Row, table=True):
    """A group that owns; ``key`` is its identity in dibs.toml. A removed one stays, for the log."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    position: int = 0
    timezone: str = "UTC"
    removed: bool = False


class Home(Row, table=True):
    """A department's channel on a platform, resolved to the channel's id."""

    department_id: int = Field(foreign_key="department.id", primary_key=True)
    platform: str = Field(primary_key=True)
    channel: str
    name: str = ""


class Person(Row, table=True):
    """An employee, whatever platforms they use; joined across platforms by e-mail."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    email: str | None = Field(default=None, unique=True)
    timezone: str | None = None
    active: bool = True


class Identity(Row, table=True):
    """One platform's account of a person."""

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "external_id", name="uq_identity"),
        one_of("kind", IdentityKind),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    workspace: str
    external_id: str
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: str = IdentityKind.MEMBER
    looked_up_at: datetime | None = None


class Membership(Row, table=True):
    """A person in a department; ``via`` says from where we know: group, pattern, listed or channel."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    department_id: int = Field(foreign_key="department.id", primary_key=True, index=True)
    via: str = "listed"


class SourceState(Row, table=True):
    """What the runner remembers of a source: checkpoint, health, counts, and who polls it now."""

    __tablename__ = "source_state"
    name: str = Field(primary_key=True)
    kind: str
    place: str = ""
    checkpoint: str = Field(default="", sa_type=Text)
    baselined: bool = False
    next_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_post_at: datetime | None = None
    down_since: datetime | None = None
    failures: int = 0
    trouble: str = ""
    seen: int = 0
    matched: int = 0
    dropped: int = 0
    dropped_lately: str | None = Field(default=None, sa_type=Text)
    lease: str | None = None
    leased_until: datetime | None = None


class Author(Row, table=True):
    """Who wrote a post, per source."""

    __table_args__ = (UniqueConstraint("source", "external_id", name="uq_author"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str = ""
    handle: str = ""
    url: str = ""
    gone: bool = False


class Post(Row, table=True):
    """One public thing that a source showed us."""

    __table_args__ = (
        UniqueConstraint("source", "external_id", name="uq_post"),
        one_of("role", PostRole),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    role: str
    mention_id: int | None = Field(default=None, foreign_key="mention.id", index=True)
    author_id: int | None = Field(default=None, foreign_key="author.id", index=True)
    url: str = ""
    canonical_url: str = Field(default="", index=True)
    title: str = ""
    text: str = Field(default="", sa_type=Text)
    lang: str = ""
    digest: str = ""
    published_at: datetime | None = None
    ingested_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


class Mention(Row, table=True):
    """A post that concerns us and wants a decision: the unit of ownership.

    ``version`` rises with owner, department or status, never with an edit, a note or a draft.
    """

    __table_args__ = (
        one_of("status", Status),
        Index("ix_mention_department", "department_id", "status", "ingested_at", "id"),
        Index("ix_mention_owner", "owner_id", "status"),
        Index("ix_mention_arrival", "ingested_at", "id"),
        Index("ix_mention_snooze", "snoozed_until"),
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


class Lane(Row, table=True):
    """One channel's line of messages, and who delivers it now."""

    __table_args__ = (
        UniqueConstraint("platform", "channel", name="uq_lane"),
        one_of("state", LaneState),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    channel: str
    name: str = ""
    state: str = LaneState.OPEN
    trouble: str = ""
    parked_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    lease: str | None = None
    leased_until: datetime | None = None


class Message(Row, table=True):
    """What should stand in a channel: delivery posts it when it has no reference, updates it when shown < version."""

    __table_args__ = (
        one_of("state", MessageState),
        one_of("kind", MessageKind),
        Index("ix_message_due", "lane_id", "state", "next_at"),
        Index("ix_message_reference", "reference"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    lane_id: int = Field(foreign_key="lane.id")
    kind: str = MessageKind.CARD
    mention_id: int | None = Field(default=None, foreign_key="mention.id", index=True)
    body: str | None = Field(default=None, sa_type=Text)
    version: int = 1
    shown_version: int = 0
    reference: str | None = None
    state: str = MessageState.DUE
    by_person: bool = False
    plain: bool = False
    attempts: int = 0
    next_at: datetime | None = None
    sending_at: datetime | None = None
    sending_version: int = 0
    trouble: str = ""
    created_at: datetime


class MessageMention(Row, table=True):
    """Which mentions a notice names, so that a change of one updates its line there."""

    __tablename__ = "message_mention"
    message_id: int = Field(foreign_key="message.id", primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True, index=True)


class OwnershipEvent(Row, table=True):
    """One row of the append-only ownership log: ids, enums and numbers only. Its hash covers the row before."""

    __tablename__ = "ownership_event"
    __table_args__ = (Index("ix_ownership_event_mention", "mention_id", "seq"),)
    seq: int = Field(primary_key=True)
    at: datetime = Field(index=True)
    mention_id: int = Field(foreign_key="mention.id")
    action: str
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    actor_department_id: int | None = Field(default=None, foreign_key="department.id")
    from_owner_id: int | None = Field(default=None, foreign_key="person.id")
    to_owner_id: int | None = Field(default=None, foreign_key="person.id")
    from_department_id: int | None = Field(default=None, foreign_key="department.id")
    to_department_id: int | None = Field(default=None, foreign_key="department.id")
    via: str
    remark_hash: str | None = None
    prev: str
    hash: str


class ChainHead(Row, table=True):
    """The last link of the log. Its one row is locked by every append, which puts the log in one order."""

    __tablename__ = "chain_head"
    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str


class Remark(Row, table=True):
    """What a person typed beside a change of hands; forgettable, so the log keeps only its salted hash."""

    seq: int = Field(foreign_key="ownership_event.seq", primary_key=True)
    salt: str
    text: str | None = Field(default=None, sa_type=Text)


class SeenRequest(Row, table=True):
    """A gesture that was handled, and what was answered: a repeat gets the same answer and no effect."""

    __tablename__ = "seen_request"
    key: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    answer: str = Field(default="", sa_type=Text)


class Reaction(Row, table=True):
    """A person's claiming emoji on one card: the claim that it made, and when it was last taken away."""

    platform: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    emoji: str = Field(primary_key=True)
    removed_at: float = 0.0
    claim_seq: int | None = None


class Fire(Row, table=True):
    """A timed job that was done for its slot: inserted first, so it is done once."""

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class Trouble(Row, table=True):
    """What is wrong at the moment and whom we told: once when it began, once when it is over."""

    subject: str = Field(primary_key=True)
    since: datetime
    what: str = Field(default="", sa_type=Text)


class DeskPass(Row, table=True):
    """A way into the desk, known by its hash only: a one-time link (kind "link") or a session (kind "session")."""

    __tablename__ = "desk_pass"
    hash: str = Field(primary_key=True)
    kind: str
    person_id: int = Field(foreign_key="person.id")
    expires_at: datetime = Field(index=True)
