"""The tables of replies: drafts with every version of their text, reviews, and publications.

Two rules stand in the schema itself, as partial unique indexes, because they are promises: a person has one living
draft on a mention, and a mention has one reply on its way. A publication belongs to one version of one draft, so one
approval is published at most once.
"""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of
from storage.tables.states import IN_FLIGHT, LIVING, DraftState, PublicationState, Verdict


def _among(states: tuple[str, ...]) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


# The same predicates stand in the migration for PostgreSQL too. To name them so here would load its dialect, 2 MB and
# 40 ms, at every start on SQLite; and no table is ever made from these classes.
_LIVING = text(_among(LIVING))
_IN_FLIGHT = text(_among(IN_FLIGHT))


class Draft(Row, table=True):
    """A reply that a person is writing; ``version`` rises with its text, and an approval is of one version.

    ``digests`` say what its writer had before their eyes, ``approved_digests`` what was approved.
    """

    __table_args__ = (
        one_of("state", DraftState),
        Index("uq_draft_living", "mention_id", "person_id", unique=True, sqlite_where=_LIVING),
    )
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    mention_id: int = Field(foreign_key="mention.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    state: str = DraftState.DRAFT
    version: int = 1
    text: str = Field(default="", sa_type=Text)
    approved_version: int | None = None
    approved_by_id: int | None = Field(default=None, foreign_key="person.id")
    trouble: str = ""
    created_at: datetime
    changed_at: datetime
    digests: str = filled_in()
    approved_digests: str = filled_in()


class DraftVersion(Row, table=True):
    """The text of a draft as it was: what a reviewer saw, and what the next one is compared with."""

    __tablename__ = "draft_version"
    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    version: int = Field(primary_key=True)
    text: str = Field(default="", sa_type=Text)
    at: datetime


class Review(Row, table=True):
    """What a second person said of one version of a draft."""

    __table_args__ = (one_of("verdict", Verdict),)
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    version: int
    person_id: int = Field(foreign_key="person.id")
    verdict: str
    remark: str = Field(default="", sa_type=Text)
    at: datetime


class Publication(Row, table=True):
    """One reply on its way out; ``prepared`` is stored before the send and is all that a second look needs; it is empty
    where nothing can be sent, because what it answers is gone.

    ``reference`` and ``url`` are the platform's, once it stands there. ``despite_change`` means that a person was shown
    that the post changed, and wants the reply out all the same. ``digests`` say what was seen by whoever sent it.
    ``held_at`` is since when it is known to wait for the moderators of its network; it stays, whatever comes of that.
    """

    __table_args__ = (
        one_of("state", PublicationState),
        UniqueConstraint("draft_id", "draft_version", name="uq_publication_approval"),
        Index("uq_publication_in_flight", "mention_id", unique=True, sqlite_where=_IN_FLIGHT),
        Index("ix_publication_due", "state", "next_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    send_id: str = Field(unique=True)
    draft_id: int = Field(foreign_key="draft.id")
    draft_version: int
    mention_id: int = Field(foreign_key="mention.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    source: str
    text: str = Field(default="", sa_type=Text)
    state: str = PublicationState.DUE
    prepared: str | None = Field(default=None, sa_type=Text)
    despite_change: bool = False
    reference: str = ""
    url: str = ""
    attempts: int = 0
    next_at: datetime | None = None
    sending_at: datetime | None = None
    trouble: str = ""
    lease: str | None = None
    leased_until: datetime | None = None
    created_at: datetime
    settled_at: datetime | None = None
    digests: str = filled_in()
    held_at: datetime | None = None
