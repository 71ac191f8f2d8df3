"""Tables of what many people say: what is proposed by the machine, and the themes that people made of it.

No text of a post stands here: phrases that several authors used, ids, and what colleagues call a theme.
"""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from storage.tables.base import Row


class Proposal(Row, table=True):
    """What more people say than usual, as it was found one night; made anew each night, but for what is muted.

    ``phrases`` stand a line each, ``usual`` is how many people say it in other weeks.
    """

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    label: str
    phrases: str = Field(sa_type=Text)
    usual: float
    score: float
    at: datetime
    muted_until: datetime | None = None
    by_id: int | None = Field(default=None, foreign_key="person.id")


class ProposalMention(Row, table=True):
    """That a mention is one of those in which a proposal was found."""

    __tablename__ = "proposal_mention"
    proposal_id: int = Field(foreign_key="proposal.id", primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True)


class Theme(Row, table=True):
    """What a person named: from then on a query, of which it is known up to which row of the log it was looked for.

    ``gone_at`` is when it ended or became a part of another one, ``fixed_at`` when somebody said that it is mended,
    ``tracker`` under what name work on it goes on since ``tracker_at``, ``reply`` what its authors are to be told.
    """

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    name: str
    query: str = Field(sa_type=Text)
    department_id: int = Field(foreign_key="department.id")
    by_id: int = Field(foreign_key="person.id")
    at: datetime
    seq: int = 0
    tracker: str = ""
    tracker_at: datetime | None = None
    reply: str = Field(default="", sa_type=Text)
    muted_until: datetime | None = None
    fixed_at: datetime | None = None
    gone_at: datetime | None = None


class ThemeMention(Row, table=True):
    """That the query of a theme finds a mention."""

    __tablename__ = "theme_mention"
    __table_args__ = (Index("ix_theme_mention_mention", "mention_id"),)
    theme_id: int = Field(foreign_key="theme.id", primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True)


class ThemeChange(Row, table=True):
    """What was done to a theme, with what it was before as JSON; the last one that stands can be undone."""

    __tablename__ = "theme_change"
    id: int | None = Field(default=None, primary_key=True)
    theme_id: int = Field(foreign_key="theme.id", index=True)
    what: str
    before: str = Field(sa_type=Text)
    other_id: int | None = Field(default=None, foreign_key="theme.id")
    by_id: int = Field(foreign_key="person.id")
    at: datetime
    undone_at: datetime | None = None


class Telling(Row, table=True):
    """That the author of a mention is to be told that a theme is mended: by which draft, and when it went out."""

    theme_id: int = Field(foreign_key="theme.id", primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    told_at: datetime | None = None
