"""Asking: what reports read from their tables, for a span of days or of moments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.report.folding import LOG_COLUMNS
from storage.report.portions import in_portions
from storage.report.shapes import Counted, FactRow, LogRow, PersonDayRow, PersonFirstRow, StayedRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import OwnershipEvent
from storage.tables.people import Membership, Person
from storage.tables.posts import Post
from storage.tables.replies import Draft, Review
from storage.tables.report import CountDay, Fact, PersonDay, PersonFirst, Stay
from storage.tables.states import Action, PostRole

_fact, _stay, _count, _day, _person = (table_of(one) for one in (Fact, Stay, CountDay, PersonDay, PersonFirst))
_event, _mention, _post = table_of(OwnershipEvent), table_of(Mention), table_of(Post)
_draft, _review, _who = table_of(Draft), table_of(Review), table_of(Person)
_membership = table_of(Membership)
WAITS = (_fact.c.last == literal_column("''"), _fact.c.reply.is_(None))  # as its index says it
_ROWS = select(*LOG_COLUMNS).join_from(_event, _mention, _mention.c.id == _event.c.mention_id)


def _in_time(column: Any) -> tuple[Any, Any]:
    """Return the conditions that something came in the span that is asked for."""
    since, until = (bindparam(name, type_=column.type) for name in ("since", "until"))
    return column >= since, column < until


# What most pages read most of: tens of thousands of rows. From ``since`` on a fact has what counting alone wants.
_TOLD = FactRow.__slots__[: FactRow.__slots__.index("since")]
_ARRIVED = Compiled(select(*(_fact.c[name] for name in _TOLD)).where(*_in_time(_fact.c.arrived)))
_STAYS = Compiled(
    select(*(_stay.c[name] for name in StayedRow._fields[:-1]), _stay.c.left.is_not(None)).where(
        *_in_time(_stay.c.arrived)
    )
)
_STANDING = Compiled(
    select(_mention.c.tier, _mention.c.outcome, _mention.c.source, _mention.c.id)
    .join_from(_fact, _mention, _mention.c.id == _fact.c.mention_id)
    .where(*_in_time(_fact.c.arrived))
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a second person said of a draft, and when its writer had asked for that last, if the log has it."""

    mention_id: int
    verdict: str
    at: datetime
    asked: datetime | None


def arrived(session: Session, since: datetime, until: datetime) -> list[FactRow]:
    """Return the mentions that arrived in a span, in their order."""
    return sorted(_ARRIVED.made(session, FactRow, since=since, until=until), key=attrgetter("mention_id"))


def more_arrived(session: Session, since: datetime, until: datetime, number: int) -> bool:
    """Say whether more mentions than this arrived in a span."""
    query = select(_fact.c.arrived).where(_fact.c.arrived >= since, _fact.c.arrived < until)
    return session.connection().execute(query.offset(number).limit(1)).first() is not None


class Standing(NamedTuple):
    """The tier of a mention's author, how it ended, and where it was heard."""

    tier: str
    outcome: str
    source: str
    mention_id: int


def standing(session: Session, since: datetime, until: datetime) -> dict[int, Standing]:
    """Return how the mentions stand that arrived in a span."""
    rows = _STANDING.made(session, Standing, since=since, until=until)
    return {one.mention_id: one for one in rows}


def stays(session: Session, since: datetime, until: datetime) -> dict[int, list[StayedRow]]:
    """Return where the mentions that arrived in a span were, by mention, in order."""
    rows = sorted(_STAYS.made(session, StayedRow, since=since, until=until))
    return {mention_id: list(some) for mention_id, some in groupby(rows, attrgetter("mention_id"))}


def came_to(session: Session, since: datetime, until: datetime) -> set[int]:
    """Return the departments to which mentions came that arrived in a span."""
    query = select(_stay.c.department_id).distinct().where(_stay.c.arrived >= since, _stay.c.arrived < until)
    return set(session.connection().scalars(query))


def answered(session: Session, since: datetime, until: datetime) -> tuple[int, int]:
    """Return how many of the mentions that arrived in a span were answered, and how many wanted an answer, which are
    those that ``FactRow.counts`` says.
    """
    wanted = or_(_fact.c.last != "dismissed", _fact.c.reply.is_not(None))
    query = select(func.count(_fact.c.reply), func.count()).where(_fact.c.arrived >= since, _fact.c.arrived < until)
    k, n = session.connection().execute(query.where(wanted)).one()
    return int(k), int(n)


def counts(session: Session, first: date, until: date) -> list[Counted]:
    """Return what was counted on the days from one on and before another, all days together."""
    query = (
        select(_count.c.what, _count.c.a, _count.c.b, func.sum(_count.c.n))
        .where(_count.c.day >= first.isoformat(), _count.c.day < until.isoformat())
        .group_by(_count.c.what, _count.c.a, _count.c.b)
    )
    return [Counted(what, a, b, int(n)) for what, a, b, n in session.connection().execute(query)]


def in_hands(session: Session, before: datetime) -> list[FactRow]:
    """Return what is in somebody's hands since before a moment."""
    query = select(_fact).where(_fact.c.since.is_not(None), _fact.c.since < before)
    return [FactRow(*row) for row in session.connection().execute(query)]


def person_days(session: Session, first: date, until: date) -> list[PersonDayRow]:
    """Return who acted on the days from one on and before another, for whom, all days together."""
    query = (
        select(_day.c.person_id, _day.c.department_id, func.sum(_day.c.owned), func.sum(_day.c.spoke))
        .where(_day.c.day >= first.isoformat(), _day.c.day < until.isoformat())
        .group_by(_day.c.person_id, _day.c.department_id)
    )
    rows = session.connection().execute(query)
    return [PersonDayRow(person_id, department_id, int(o), int(s)) for person_id, department_id, o, s in rows]


def firsts(session: Session) -> list[PersonFirstRow]:
    """Return when everybody who ever acted did so first."""
    return [PersonFirstRow(*row) for row in session.connection().execute(select(_person))]


def reviews(session: Session, since: datetime, until: datetime) -> list[Reviewed]:
    """Return the verdicts of a span, each with when the draft's writer had asked last."""
    asked = (
        select(func.max(_event.c.at))
        .where(_event.c.mention_id == _draft.c.mention_id, _event.c.action == str(Action.REVIEW_ASKED))
        .where(_event.c.at <= _review.c.at)
        .where(
            or_(
                _event.c.actor_id == _draft.c.person_id,
                _event.c.actor_id.in_(select(_who.c.id).where(_who.c.joined_id == _draft.c.person_id)),
            )
        )
        .correlate(_draft, _review)
        .scalar_subquery()
    )
    query = (
        select(_draft.c.mention_id, _review.c.verdict, _review.c.at, asked)
        .join_from(_review, _draft, _draft.c.id == _review.c.draft_id)
        .where(_review.c.at >= since, _review.c.at < until)
        .order_by(_review.c.id)
    )
    rows = session.connection().execute(query)
    return [Reviewed(mention_id, verdict, at, asked_at) for mention_id, verdict, at, asked_at in rows]


def own_posts(session: Session, since: datetime, until: datetime) -> int:
    """Return how many posts of ours that answer no mention the sources showed."""
    query = select(func.count()).where(_post.c.role == str(PostRole.OURS), _post.c.mention_id.is_(None))
    query = query.where(_post.c.ingested_at >= since, _post.c.ingested_at < until)
    return int(session.connection().scalar(query) or 0)


def refused(session: Session, since: datetime, until: datetime, seq: int) -> int:
    """Return how often a reply was not let out in a span, up to a row of the log."""
    named: ColumnElement[str] = literal_column(f"'{Action.REFUSED}'")  # as its index says it
    query = select(func.count()).where(_event.c.action == named, _event.c.mention_id.is_not(None))
    query = query.where(_event.c.at >= since, _event.c.at < until, _event.c.seq <= seq)
    return int(session.connection().scalar(query) or 0)


def members(session: Session) -> dict[int, set[int]]:
    """Return the active people of each department, each as whom they turned out to be."""
    query = select(_membership.c.department_id, _who.c.id).join_from(_membership, _who)
    query = query.where(_who.c.active.is_(True), _who.c.joined_id.is_(None))
    found: dict[int, set[int]] = {}
    for department_id, person_id in session.connection().execute(query):
        found.setdefault(department_id, set()).add(person_id)
    return found


def waiting(session: Session) -> tuple[int, datetime | None]:
    """Return how many mentions wait for an answer now, and since when the oldest does."""
    query = select(func.count(), func.min(_fact.c.arrived)).where(*WAITS)
    number, oldest = session.connection().execute(query).one()
    return int(number), oldest


def _in_span(since: datetime, until: datetime, actions: Collection[str]) -> Select[Any]:
    query = _ROWS.where(_event.c.at >= since, _event.c.at < until, _event.c.action.in_(list(actions)))
    return query.order_by(_event.c.seq)


def happened(session: Session, since: datetime, until: datetime, actions: Collection[str]) -> list[LogRow]:
    """Return the rows of the log of a span in which something of this was done."""
    query = _in_span(since, until, actions)
    return [LogRow._make(row) for row in session.connection().execute(query)]


def done_by(
    session: Session, since: datetime, until: datetime, actions: Collection[str], actors: Collection[int]
) -> list[LogRow]:
    """Return the rows of the log of a span in which one of these people did something of this."""
    query = _in_span(since, until, actions)
    rows = session.connection().execute(query.where(_event.c.actor_id.in_(list(actors))))
    return [LogRow._make(row) for row in rows]


def came_at(session: Session, mention_ids: Collection[int]) -> dict[int, datetime]:
    """Return when some mentions arrived."""
    query = select(_fact.c.mention_id, _fact.c.arrived)
    rows = in_portions(session, query, _fact.c.mention_id, set(mention_ids))
    return {row.mention_id: row.arrived for row in rows}


def of_mentions(session: Session, mention_ids: Collection[int]) -> list[LogRow]:
    """Return all that befell some mentions, in order."""
    rows = in_portions(session, _ROWS.order_by(_event.c.seq), _event.c.mention_id, sorted(set(mention_ids)))
    return [LogRow._make(row) for row in rows]


def waiting_ids(session: Session) -> list[int]:
    """Return the mentions that wait for an answer now, the oldest first."""
    query = select(_fact.c.mention_id).where(*WAITS)
    return list(session.connection().scalars(query.order_by(_fact.c.arrived, _fact.c.mention_id)))
