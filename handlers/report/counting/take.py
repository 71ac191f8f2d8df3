"""Take: what one row of the ownership log changes in what reports are read from. It reads nothing and writes nothing.

Whatever a later row may ask of former ones is in the tables, so that it is the same whether rows are taken one by one
or by the thousand, today or all of them anew.

A mention is in somebody's hands from when they have it until they answer, wait, close it or give it away. While we
wait for its author it is in nobody's. An author who was quicker than our bookkeeping, and wrote between the send of a
reply and its row, never let us wait. It is held for the department for which its holder acted last; of one who never
did anything, for that of their first row while they have it, or else for its own.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.report.counting.days import local_day, microseconds, split
from storage.report.folding import Tables
from storage.report.shapes import FactRow, LogRow, PersonFirstRow, StayRow
from storage.tables.states import Action

GAINS = frozenset({Action.CLAIMED, Action.ASSIGNED, Action.TAKEN_OVER, Action.OWNED_BY_REPLY})
OWNED = frozenset({Action.CLAIMED, Action.TAKEN_OVER})
# Whose owner goes on with it.
_BACK_TO_WORK = frozenset({Action.WOKEN, Action.REOPENED, Action.AUTHOR_ANSWERED})
_LET_GO = frozenset(
    {
        Action.RELEASED,
        Action.CAME_BACK,
        Action.RETURNED,
        Action.RETURNED,
        Action.HANDED_OFF,
        Action.SNOOZED,
        Action.RESOLVED,
        Action.DISMISSED,
    }
)
_WORK = frozenset({Action.DRAFTED, Action.RESPONDED})
_CLOSED: dict[str, str] = {Action.RESOLVED: "resolved", Action.DISMISSED: "dismissed"}
_OPENED = frozenset({Action.REOPENED, Action.AUTHOR_ANSWERED})
_ASKED = {True: "asked", False: "unasked", None: "asked_unknown"}
_COUNTED: dict[str, str] = {Action.TAKEN_OVER: "taken_over", Action.RELEASED: "released", Action.RETURNED: "returned"}


class Take:
    """Takes rows into tables."""

    def __init__(self, tables: Tables, zone: ZoneInfo) -> None:
        self._tables = tables
        self._zone = zone

    def __call__(self, row: LogRow) -> None:
        """Take one row."""
        if row.action == Action.ARRIVED and row.mention_id not in self._tables.facts:
            self._arrive(row)  # what was held back arrives when it is brought forth
        fact = self._tables.facts.get(row.mention_id)
        if fact is None:
            return
        day = local_day(row.at, self._zone).isoformat()
        if row.action == Action.JOINED:
            self._join(row, fact)
            return
        if row.actor_id is not None:
            self._act(row, row.actor_id, day)
            fact.acted = True
        self._count(row, fact, day)
        self._happen(row, fact)
        if row.action in _WORK:
            fact.worked = True

    def _arrive(self, row: LogRow) -> None:
        department_id = row.to_department_id or 0
        self._tables.facts[row.mention_id] = FactRow(row.mention_id, row.at, "", department_id)
        self._tables.stays[row.mention_id] = [StayRow(row.mention_id, 1, department_id, row.at, row.at)]

    def _join(self, row: LogRow, fact: FactRow) -> None:
        """Let who turned out to be somebody else hold it as that one, for the same department."""
        former, heir = row.from_owner_id, row.to_owner_id
        if heir is None or former is None or fact.holder_id != former or fact.since is None:
            return
        fact.holder_id = heir
        if fact.holder_department_id is None:
            self._tables.waiting.get(former, set()).discard(fact.mention_id)
            known = self._tables.people.get(heir)
            fact.holder_department_id = known.department_id if known else None
            if fact.holder_department_id is None:
                self._tables.waiting.setdefault(heir, set()).add(fact.mention_id)

    # --- who acted ---

    def _act(self, row: LogRow, actor_id: int, day: str) -> None:
        known = self._tables.people.get(actor_id)
        if known is None:
            known = self._tables.people[actor_id] = PersonFirstRow(actor_id, None, row.at)
        today = self._tables.days.setdefault((day, actor_id, row.actor_department_id or 0), [0, 0])
        if row.action in OWNED:
            today[0] += 1
            known.owned = known.owned or row.at
        elif row.action == Action.RESPONDED:
            today[1] += 1
            known.spoke = known.spoke or row.at
        if row.actor_department_id is not None:
            known.department_id = row.actor_department_id
            for mention_id in self._tables.waiting.pop(actor_id, ()):
                self._tables.facts[mention_id].holder_department_id = row.actor_department_id

    # --- what is counted by day ---

    def _count(self, row: LogRow, fact: FactRow, day: str) -> None:
        for key in counts_as(row, fact.department_id):
            self._add(day, *key)
        if row.action == Action.RELEASED and fact.claim is not None and not fact.worked:
            self._add(day, "released_unworked", row.actor_department_id or 0, str(fact.department_id))

    def _add(self, day: str, what: str, a: int, b: str, n: int = 1) -> None:
        key = (day, what, a, b)
        self._tables.counts[key] = self._tables.counts.get(key, 0) + n

    # --- what became of it ---

    def _happen(self, row: LogRow, fact: FactRow) -> None:
        action = row.action
        stay = self._tables.stays[row.mention_id][-1]
        if action in GAINS:
            fact.claim = _first(fact.claim, fact.arrived, row.at)
            stay.claim = _first(stay.claim, stay.entered, row.at)
            fact.worked = False
            self._hold(row, fact)
        elif action in _BACK_TO_WORK:
            self._hold(row, fact)
        if happen := _HAPPEN.get(action):
            happen(self, row, fact, stay)
        if action in _LET_GO:
            self._let_go(fact, row.at)
        if action in _CLOSED:
            fact.last = _CLOSED[action]
        elif action in _OPENED:
            fact.last = ""

    def _responded(self, row: LogRow, fact: FactRow, stay: StayRow) -> None:
        fact.said += 1
        if fact.reply is None:
            fact.reply = microseconds(fact.arrived, row.at)
            stay.reply = microseconds(stay.entered, row.at)
        if fact.sending != 2:
            self._let_go(fact, row.at)
        fact.sending = 0

    def _publishing(self, _row: LogRow, fact: FactRow, _stay: StayRow) -> None:
        fact.sending = 1

    def _author_answered(self, _row: LogRow, fact: FactRow, _stay: StayRow) -> None:
        fact.back += fact.reply is not None
        if fact.sending == 1:
            fact.sending = 2

    def _resolved(self, row: LogRow, fact: FactRow, _stay: StayRow) -> None:
        fact.done = microseconds(fact.arrived, row.at)

    def _handed_off(self, row: LogRow, fact: FactRow, stay: StayRow) -> None:
        to = row.to_department_id or 0
        if to == fact.department_id:
            return
        self._let_go(fact, row.at)  # while it still lies where it was held
        stays = self._tables.stays[row.mention_id]
        fact.hops += 1
        fact.bounced = fact.bounced or any(one.department_id == to for one in stays)
        fact.department_id = to
        stay.left = row.at
        stays.append(StayRow(row.mention_id, stay.n + 1, to, fact.arrived, row.at))

    # --- in whose hands it is ---

    def _hold(self, row: LogRow, fact: FactRow) -> None:
        owner = row.to_owner_id
        if owner is None or (fact.since is not None and fact.holder_id == owner):
            return
        self._let_go(fact, row.at)
        known = self._tables.people.get(owner)
        fact.since, fact.holder_id = row.at, owner
        fact.holder_department_id = known.department_id if known else None
        if fact.holder_department_id is None:
            self._tables.waiting.setdefault(owner, set()).add(fact.mention_id)

    def _let_go(self, fact: FactRow, at: datetime) -> None:
        if fact.since is None:
            return
        department_id = fact.holder_department_id or fact.department_id
        for day, span in split(fact.since, at, self._zone):
            self._add(day.isoformat(), "held", department_id, "", span)
        if fact.holder_id is not None:
            self._tables.waiting.get(fact.holder_id, set()).discard(fact.mention_id)
        fact.since = fact.holder_id = fact.holder_department_id = None


_HAPPEN: dict[str, Callable[[Take, LogRow, FactRow, StayRow], None]] = {
    Action.RESPONDED: Take._responded,
    Action.PUBLISHING: Take._publishing,
    Action.AUTHOR_ANSWERED: Take._author_answered,
    Action.RESOLVED: Take._resolved,
    Action.HANDED_OFF: Take._handed_off,
}


def _first(known: int | None, since: datetime, at: datetime) -> int:
    return known if known is not None else microseconds(since, at)


def counts_as(row: LogRow, department_id: int) -> Iterator[tuple[str, int, str]]:
    """Yield as what a row is counted on its day, and between whom; its mention lies at a department."""
    own, where, by_person = row.actor_department_id or 0, str(department_id), row.actor_id is not None
    if row.action == Action.RESPONDED:
        yield "replies" if by_person else "by_hand", own, row.source
        yield _ASKED[row.addressed], own, row.source
    elif row.action in OWNED and by_person:
        yield "claims", own, where
    elif row.action == Action.HANDED_OFF and by_person:
        yield "handed_off", row.from_department_id or 0, str(row.to_department_id or 0)
    if told := _COUNTED.get(row.action):
        yield told, own, where
    if own and by_person and own != department_id and (row.action in OWNED or row.action == Action.RESPONDED):
        yield "helped", own, where
