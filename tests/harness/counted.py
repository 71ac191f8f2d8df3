"""Worked cases of reports, put into a database as the verbs would have written them, and counted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from handlers.report.counting.fold import fold
from storage.engine.database import Database
from storage.own import ownership
from storage.people import people
from storage.report import folding
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.people import Department, Person
from storage.tables.posts import Post
from storage.tables.replies import Draft, Review
from storage.tables.states import Action, DraftState, PostRole

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "metrics.json"
ALL_AT_ONCE = 20_000


@dataclass(frozen=True)
class Case:
    """One worked case: rows of the log, and what a report has to say of them."""

    name: str
    departments: tuple[str, ...]
    mentions: Mapping[str, Mapping[str, Any]]
    rows: Sequence[Sequence[Any]]
    reviews: Sequence[Sequence[Any]]
    own_posts: Sequence[Sequence[Any]]
    since: datetime
    until: datetime
    now: datetime
    expected: Mapping[str, Any]


def moment(text: str) -> datetime:
    """Return a moment as the cases write it."""
    return datetime.fromisoformat(text)


@cache
def vectors() -> Mapping[str, Any]:
    """Return all that was worked out; skips where it is not there."""
    if not VECTORS.exists():
        pytest.skip("the worked cases of reports are not here")
    found: Mapping[str, Any] = json.loads(VECTORS.read_text())
    return found


def cases() -> Iterator[Case]:
    """Yield the worked cases."""
    for one in vectors()["cases"]:
        since, until = map(moment, one["period"])
        yield Case(
            **{name: one[name] for name in ("name", "mentions", "rows", "reviews", "own_posts", "expected")},
            departments=tuple(one["departments"]),
            since=since,
            until=until,
            now=moment(one["now"]),
        )


def put(session: Session, case: Case) -> None:
    """Write down a case in an empty database."""
    connection = session.connection()
    rows = [row for row in case.rows if moment(row[1]) < case.now]
    named = {one for row in rows for one in (row[4], row[6], row[7]) if one} | {
        who for one in case.reviews for who in one[1:3]
    }
    keys = enumerate(case.departments, start=1)
    connection.execute(
        insert(table_of(Department)), [{"id": n, "key": key, "name": key.title(), "position": n} for n, key in keys]
    )
    if named:
        connection.execute(insert(table_of(Person)), [{"id": one, "name": f"Person {one}"} for one in sorted(named)])
    arrived = {row[2]: row for row in rows if row[3] == "arrived"}
    if arrived:
        connection.execute(insert(table_of(Mention)), [_mention(case, row) for row in arrived.values()])
    ownership.append(session, *map(_change, rows))
    for row in rows:
        if row[3] == Action.JOINED:
            people.join(session, row[6], row[7])
    _put_reviews(session, case)
    ours = [
        {"source": "blog", "external_id": f"ours-{number}", "role": str(PostRole.OURS), "ingested_at": moment(one[0])}
        for number, one in enumerate(case.own_posts)
    ]
    if ours:
        connection.execute(insert(table_of(Post)), ours)


def _mention(case: Case, row: Sequence[Any]) -> dict[str, Any]:
    told, at = case.mentions[str(row[2])], moment(row[1])
    known = {"id": row[2], "token": f"k{row[2]:04}", "source": told["source"], "addressed": told.get("addressed")}
    known |= {"tier": told.get("tier", "none"), "topic": told.get("topic", ""), "product": told.get("product", "")}
    return known | {"department_id": row[9], "ingested_at": at, "changed_at": at}


def _change(row: Sequence[Any]) -> ownership.Change:
    return ownership.Change(
        at=moment(row[1]),
        mention_id=row[2],
        action=row[3],
        actor_id=row[4],
        actor_department_id=row[5],
        from_owner_id=row[6],
        to_owner_id=row[7],
        from_department_id=row[8],
        to_department_id=row[9],
        via=row[10],
    )


def _put_reviews(session: Session, case: Case) -> None:
    drafts: dict[tuple[int, int], int] = {}
    for mention_id, drafter, reviewer, verdict, at in case.reviews:
        key = (mention_id, drafter)
        if key not in drafts:
            drafts[key] = len(drafts) + 1
            values = {"id": drafts[key], "token": f"d{drafts[key]:04}", "mention_id": mention_id, "person_id": drafter}
            values |= {"state": str(DraftState.PUBLISHED), "created_at": moment(at), "changed_at": moment(at)}
            session.connection().execute(insert(table_of(Draft)).values(**values))
        said = {"draft_id": drafts[key], "version": 1, "person_id": reviewer, "verdict": verdict, "at": moment(at)}
        session.connection().execute(insert(table_of(Review)).values(**said))


def count(database: Database, timezone: str = "UTC", most: int = ALL_AT_ONCE) -> None:
    """Take the whole log into the tables, by so many rows a transaction."""
    while database.write(lambda session: fold(session, timezone, most)):
        pass


def counted(database: Database) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Return all that was counted."""
    return database.read(folding.kept)
