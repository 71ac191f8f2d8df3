"""Rows: what a number was counted from. Each number of a report has as many rows as it says.

People are in no list: who acted is a number only, whoever asks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from handlers.report.counting.take import Take, counts_as
from handlers.report.figures import figures
from handlers.report.figures.business import KIND_OF, PROMISED, judged
from handlers.report.figures.chartered import SAID, arrived_there
from handlers.report.figures.material import BY_SOURCE, Material
from handlers.report.figures.told import Told
from handlers.report.figures.value import value_rows
from storage.engine.database import Session
from storage.report import asking, folding, of_product
from storage.report.shapes import FactRow, LogRow, StayedRow
from storage.report.timed import TimedRow
from storage.tables.states import Action, Verdict

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "claims": (Action.CLAIMED, Action.TAKEN_OVER),
    "replies": (Action.RESPONDED,),
    "by_hand": (Action.RESPONDED,),
    "said": (Action.RESPONDED,),
    "asked": (Action.RESPONDED,),
    "unasked": (Action.RESPONDED,),
    "map": (Action.RESPONDED,),
    "helped": (Action.CLAIMED, Action.TAKEN_OVER, Action.RESPONDED),
    "handed_off": (Action.HANDED_OFF,),
    "taken_over": (Action.TAKEN_OVER,),
    "released": (Action.RELEASED,),
    "returned": (Action.RETURNED,),
    "refused": (Action.REFUSED,),
    "chartered_replies": (Action.RESPONDED,),
}
# What is counted under another name.
_COUNTED_AS = {"map": ("replies",), "said": SAID, "chartered_replies": SAID}
_OF_FACTS: Mapping[str, Callable[[FactRow], int]] = {
    "arrived": lambda _: 1,
    "wanted": lambda one: one.counts,
    "answered": lambda one: one.reply is not None,
    "dismissed": lambda one: not one.counts,
    "resolved_silent": lambda one: one.reply is None and one.last == "resolved",
    "open": lambda one: one.reply is None and one.last == "",
    "acted": lambda one: one.acted,
    "handed_on": lambda one: one.hops > 0,
    "bounced": lambda one: one.bounced,
    "talked_back": lambda one: one.reply is not None and one.back > 0,
    "hops": lambda one: one.hops,
    "exchanges": lambda one: one.said + one.back if one.reply is not None else 0,
}
# By the part of the period in which it arrived.
_OF_PARTS: Mapping[str, Callable[[FactRow], bool]] = {
    "arrived_on": lambda _: True,
    "answered_on": lambda one: one.reply is not None,
}
_OF_STAYS: Mapping[str, Callable[[Material], Iterable[StayedRow]]] = {
    "claims_waited_for": figures.claims_waited_for,
    "passed_on": figures.passed_on,
    "replies_waited_for": figures.replies_waited_for,
    "came": figures.came_there,
}
# By the tier of its author, and by how it ended.
_OF_STANDING = {"tier": 0, "ending": 1}
_OF_VALUE = ("contacts", "work")


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A mention that counts, and by which row of the log, where it is one."""

    mention_id: int
    seq: int | None = None


def rows_of(session: Session, told: Told, name: str, of: tuple[str, ...] = ()) -> list[CountedRow] | None:
    """Return the rows of a number, in order; None where no number has rows of this name.

    Args:
        session: A snapshot.
        told: What the report was made from.
        name: What ``Figure.rows`` says.
        of: What ``Figure.of`` says.
    """
    if name in _OF_FACTS:
        return [CountedRow(one.mention_id) for one in told.whole.facts for _ in range(_OF_FACTS[name](one))]
    if name == "chartered":
        return [CountedRow(one.mention_id) for one in arrived_there(told.whole, told.chartered)]
    if name in _OF_PARTS:
        some, part_of = filter(_OF_PARTS[name], told.whole.facts), told.whole.period.part_of
        return [CountedRow(one.mention_id) for one in some if part_of(one.arrived).isoformat() in of]
    if name in _OF_STAYS:
        return [
            CountedRow(one.mention_id) for one in _OF_STAYS[name](told.whole) if _key(told, one.department_id) in of
        ]
    if name in _OF_STANDING:
        place, standing = _OF_STANDING[name], told.whole.standing
        kept = (one for one in told.whole.facts if (one.counts if name == "tier" else one.last == "resolved"))
        return [CountedRow(one.mention_id) for one in kept if standing[one.mention_id][place] in of]
    if name in KIND_OF or name in PROMISED:
        return [CountedRow(one.mention_id) for one in _of_clocks(told, name, of)]
    if name in _ACTIONS:
        return list(_of_log(session, told, name, of))
    if name == "released_unworked":
        return list(_unworked(session, told))
    if name == "waiting":
        ids = of_product.waiting_ids(session, told.product) if told.product else asking.waiting_ids(session)
        return [CountedRow(one) for one in ids]
    if name in _OF_VALUE and told.value is not None:
        return [CountedRow(*one) for one in value_rows(session, told.value, told.whole.period, name)]
    if name in _OF_REVIEWS:
        return [CountedRow(one.mention_id) for one in told.whole.reviews if _OF_REVIEWS[name](one)]
    return None


_OF_REVIEWS: Mapping[str, Callable[[asking.Reviewed], bool]] = {
    "reviews": lambda _: True,
    "reviews_asked": lambda one: one.asked is not None,
    "reviews_approved": lambda one: one.verdict == Verdict.APPROVED,
}


def _of_clocks(told: Told, name: str, of: tuple[str, ...]) -> list[TimedRow]:
    """Return the clocks behind a time, or a share; of a department those of what lies there."""
    clocks = [one for one in told.whole.clocks if not of or _key(told, one.department_id) in of]
    if name in PROMISED:
        return judged(clocks, PROMISED[name])
    return [one for one in clocks if one.kind == KIND_OF[name]]


def _key(told: Told, department_id: int) -> str:
    return told.names.key(told.grouping.group_of(department_id))


def _happened(session: Session, told: Told, actions: tuple[str, ...]) -> list[LogRow]:
    """Return the rows of the period in which something of this was done, as far as they are counted."""
    period = told.whole.period
    rows = asking.happened(session, period.since, period.end, actions)
    return [row for row in rows if row.seq <= told.whole.seq and (told.only is None or row.mention_id in told.only)]


def _of_log(session: Session, told: Told, name: str, of: tuple[str, ...]) -> Iterator[CountedRow]:
    wanted = _COUNTED_AS.get(name, (name,))
    for row in _happened(session, told, _ACTIONS[name]):
        if name == "refused":
            yield CountedRow(row.mention_id, row.seq)
        if name == "chartered_replies" and row.source not in told.chartered:
            continue
        for what, a, b in counts_as(row, row.from_department_id or 0):
            where = b if what in BY_SOURCE else _key(told, int(b or 0))
            ends = (_key(told, a), where)
            if what in wanted and all(part in ("", end) for part, end in zip(of, ends, strict=False)):
                yield CountedRow(row.mention_id, row.seq)


def _unworked(session: Session, told: Told) -> Iterator[CountedRow]:
    """Yield what was put back untouched: whether it was is known from all that befell the mention."""
    period = told.whole.period
    released = _happened(session, told, (Action.RELEASED,))
    here = {row.seq for row in released}
    tables = folding.Tables()
    take = Take(tables, period.zone)
    for row in asking.of_mentions(session, {row.mention_id for row in released}):
        before = _number(tables)
        take(row)
        if row.seq in here and _number(tables) > before:
            yield CountedRow(row.mention_id, row.seq)


def _number(tables: folding.Tables) -> int:
    return sum(n for (_, what, _, _), n in tables.counts.items() if what == "released_unworked")
