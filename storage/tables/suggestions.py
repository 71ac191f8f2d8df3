"""Tables of what is supposed: to which department a mention seemed to belong, and what a hint was worth.

They are what suggestions and hints are judged by, and can be emptied: then both have to earn their place anew.
"""

from datetime import datetime

from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of
from storage.tables.judgements import Shown


class Suggestion(Row, table=True):
    """What was suggested for one mention while it lay with ``department_id``; it stands as it was, whatever is learnt.

    ``names`` are the ids of the first departments by its words, ``usual`` those that were the most frequent, and
    ``choices`` those that the form shows first, in order ("3,1,7"). ``margin`` is how far the first was ahead, in
    hundredths of a log unit.
    ``word`` is why, ``support`` how many mentions of the first have it, and ``example`` one of them.
    """

    __table_args__ = (one_of("shown", Shown),)
    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_column_kwargs={"autoincrement": False})
    at: datetime
    department_id: int = Field(foreign_key="department.id")
    names: str
    usual: str
    choices: str = filled_in()
    margin: int
    shown: str
    word: str = filled_in()
    support: int = 0
    example: str = filled_in(index=True)


class HintJudged(Row, table=True):
    """What a person made of a hint: of the ``kind`` that a ``word`` of a department made us suppose, on one axis.

    ``said`` is what they judged instead or just so, and empty where they had nothing to say.
    """

    __tablename__ = "hint_judged"
    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_column_kwargs={"autoincrement": False})
    axis: str = Field(primary_key=True)
    department_id: int = Field(foreign_key="department.id")
    kind: str
    word: str
    said: str
