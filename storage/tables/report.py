"""Tables of reports. They hold nothing that the ownership log does not say, and can be made from it anew.

Days are those of where the organisation is ("2026-03-02"), spans are in microseconds, and 0 stands for no department.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from storage.tables.base import Row, filled_in


class Fact(Row, table=True):
    """What became of a mention so far; ``claim``, ``reply`` and ``done`` are spans since its arrival.

    ``last`` says whether it stands ``resolved`` or ``dismissed``. ``hops`` counts how often it went to another
    department, ``said`` our replies, ``back`` what its author wrote after the first. Since ``since`` it is in the hands
    of ``holder_id``. ``sending`` is 1 while a reply is on its way, 2 once its author wrote meanwhile; ``worked`` says
    that whoever has it drafted or answered.
    """

    __table_args__ = (
        Index("ix_fact_arrived", "arrived"),
        Index("ix_fact_waits", "arrived", sqlite_where=text("last = '' AND reply IS NULL")),
        Index("ix_fact_since", "since", sqlite_where=text("since IS NOT NULL")),
        Index("ix_fact_holder", "holder_id", sqlite_where=text("since IS NOT NULL AND holder_department_id IS NULL")),
    )
    mention_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    arrived: datetime
    last: str = ""
    department_id: int
    claim: int | None = Field(default=None, sa_type=BigInteger)
    reply: int | None = Field(default=None, sa_type=BigInteger)
    done: int | None = Field(default=None, sa_type=BigInteger)
    acted: bool = False
    hops: int = 0
    bounced: bool = False
    said: int = 0
    back: int = 0
    since: datetime | None = None
    holder_id: int | None = None
    holder_department_id: int | None = None
    sending: int = 0
    worked: bool = False


class Stay(Row, table=True):
    """A mention's time with one department; ``claim`` and ``reply`` are spans since it came there.

    ``arrived`` is when the mention did, by which reports choose.
    """

    __table_args__ = (Index("ix_stay_arrived", "arrived"),)
    mention_id: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    department_id: int
    arrived: datetime
    entered: datetime
    claim: int | None = Field(default=None, sa_type=BigInteger)
    reply: int | None = Field(default=None, sa_type=BigInteger)
    left: datetime | None = None


class CountDay(Row, table=True):
    """How much of something happened on one day; what ``a`` and ``b`` mean depends on what it is."""

    __tablename__ = "count_day"
    day: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    a: int = Field(primary_key=True)
    b: str = filled_in(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class PersonDay(Row, table=True):
    """That a person acted on one day for one department, and how often they made something theirs and spoke for us."""

    __tablename__ = "person_day"
    day: str = Field(primary_key=True)
    person_id: int = Field(primary_key=True)
    department_id: int = Field(primary_key=True)
    owned: int = 0
    spoke: int = 0


class PersonFirst(Row, table=True):
    """When a person did something for the first time, and for which department they acted last."""

    __tablename__ = "person_first"
    person_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    department_id: int | None = None
    acted: datetime
    owned: datetime | None = None
    spoke: datetime | None = None


class Folded(Row, table=True):
    """Up to which row of the log these tables speak, and by the days of which time zone; its one row is locked by
    whoever goes on.
    """

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    timezone: str = filled_in()


class KeptReport(Row, table=True):
    """The report of a quarter or a year as it was made last, as JSON; ``grounds`` is what decided how it is told."""

    __tablename__ = "kept_report"
    label: str = Field(primary_key=True)
    at: datetime
    seq: int
    grounds: str
    told: str = Field(sa_type=Text)
