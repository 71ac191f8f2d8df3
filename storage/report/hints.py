"""Hints: what people made of what the words of a department made us suppose."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import case, delete, func, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.suggestions import HintJudged

_judged = table_of(HintJudged)
_ADD = InsertOrIgnore(_judged)
_RIGHT = func.sum(case((_judged.c.said == _judged.c.kind, 1), else_=0))


@dataclass(frozen=True, slots=True)
class Record:
    """How often a word of a department made us suppose rightly, of how many judgements."""

    department_id: int
    kind: str
    word: str
    right: int
    of: int


def judged(session: Session, mention_id: int, axis: str, said: str) -> None:
    """Write down that a person judges a mention otherwise than before, where that was about a hint."""
    here = _judged.c.mention_id == mention_id, _judged.c.axis == axis
    session.connection().execute(update(_judged).where(*here).values(said=said))


def judge(session: Session, mention_id: int, axis: str, department_id: int, kind: str, word: str, said: str) -> None:
    """Write down what a person made of the hint of a mention; said again, the last counts."""
    judged(session, mention_id, axis, said)
    row = {"mention_id": mention_id, "axis": axis, "department_id": department_id}
    _ADD.run(session, {**row, "kind": kind, "word": word, "said": said})


def records(session: Session) -> list[Record]:
    """Return what each word came to, by department, kind and word."""
    key = _judged.c.department_id, _judged.c.kind, _judged.c.word
    rows = session.connection().execute(select(*key, _RIGHT, func.count()).group_by(*key).order_by(*key))
    return [Record(where, kind, word, int(hits), int(of)) for where, kind, word, hits, of in rows]


def record_of(session: Session, department_id: int, kind: str, word: str) -> Record:
    """Return what one word came to."""
    here = _judged.c.department_id == department_id, _judged.c.kind == kind, _judged.c.word == word
    hits, of = session.connection().execute(select(_RIGHT, func.count()).where(*here)).one()
    return Record(department_id, kind, word, int(hits or 0), int(of))


def forget(session: Session, mention_ids: Collection[int]) -> None:
    """Take away what was said of the hints of mentions: their words stood in the posts."""
    session.connection().execute(delete(_judged).where(_judged.c.mention_id.in_(list(mention_ids))))
