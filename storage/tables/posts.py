"""Tables of what was heard: the state of each source, authors, and posts."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of
from storage.tables.states import PostRole

_LONELY = "role = 'ours' AND mention_id IS NULL"


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


class SourceDay(Row, table=True):
    """How many posts of a source were dropped on one day ("2026-03-02") where the organisation is."""

    __tablename__ = "source_day"
    day: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    dropped: int = 0


class SourceBudget(Row, table=True):
    """What a source has spent of one unit in one window, of how much, and what of it may be counted in the next one."""

    __tablename__ = "source_budget"
    source: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    per: str = Field(primary_key=True)
    began_at: datetime
    spent: int = 0
    late: int = 0
    most: int = 0


class KeptDelivery(Row, table=True):
    """A delivery to a hook of a vendor, of which something could not be read: as it came, for a day.

    ``packed`` is its body, compressed, in base64; ``size`` how long that was.
    """

    __tablename__ = "kept_delivery"
    source: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    content_type: str = ""
    packed: str = Field(default="", sa_type=Text)
    size: int = 0
    why: str = Field(default="", sa_type=Text)


class Author(Row, table=True):
    """Who wrote a post, per source.

    ``followers`` is how many follow them as the source said last, ``answered_at`` when we answered them last.
    """

    __table_args__ = (UniqueConstraint("source", "external_id", name="uq_author"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    name: str = ""
    handle: str = ""
    url: str = ""
    gone: bool = False
    avatar: str = filled_in()
    followers: int | None = None
    answered_at: datetime | None = None


class CustomerList(Row, table=True):
    """A list of customers that was read: of which file, and whether all of it is there; the last whole one counts."""

    __tablename__ = "customer_list"
    id: int | None = Field(default=None, primary_key=True)
    digest: str
    number: int
    complete: bool = False


class Customer(Row, table=True):
    """A customer by a public handle, as handles are compared; ``source`` is that of dibs.toml, or a kind of sources."""

    list_id: int = Field(foreign_key="customer_list.id", primary_key=True)
    source: str = Field(primary_key=True)
    handle: str = Field(primary_key=True)
    label: str = ""


class Post(Row, table=True):
    """One public thing that a source showed us.

    ``reply_to`` is the external id of the post that it answers, within its source; ``media`` what it shows beside its
    words (``handlers.base.media``), empty for nothing; ``facts`` what its source noted for whoever answers it.
    ``thread`` is by what its source tells the public thread of it, such as the external id of the post with which that
    began; empty where it answers nothing that we know, so that a thread may begin with it.
    """

    __table_args__ = (
        UniqueConstraint("source", "external_id", name="uq_post"),
        one_of("role", PostRole),
        # Replies of ours that were shown before what they answer; the migration names the predicate once more.
        Index("ix_post_lang", "lang"),
        Index("ix_post_lonely", "source", "reply_to", sqlite_where=text(_LONELY)),
        Index("ix_post_thread", "source", "thread", sqlite_where=text("thread <> ''")),
        Index("ix_post_baseline", "source", "id", sqlite_where=text("role = 'baseline'")),
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
    reply_to: str = filled_in()
    media: str = filled_in(sa_type=Text)
    facts: str = filled_in(sa_type=Text)
    thread: str = filled_in()
