"""Replay: what the rows of the ownership log, and nothing else, say of where a mention stands.

Owner and department stand in each row, and each row has to begin where the one before ended. The status follows from
the actions. Which of several waiting drafts a second person judged, the log does not say, nor whose it is that whoever
pressed lets be read again: then more than one account of the day fits its rows, and all of them are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.own.ownership import GENESIS, hash_row

Account = tuple[str, frozenset[int]]  # the status but for what waits, and whose drafts wait

_TO = {
    "claimed": "claimed",
    "assigned": "claimed",
    "owned_by_reply": "claimed",
    "taken_over": "claimed",
    "released": "new",
    "returned": "new",
    "handed_off": "new",
    "snoozed": "snoozed",
    "resolved": "resolved",
    "dismissed": "dismissed",
}
_ENDS = ("snoozed", "resolved", "dismissed")
_VERDICTS = ("approved", "changes_requested", "rejected")


@dataclass
class Replay:
    """One mention as its rows tell of it.

    Attributes:
        writers: Who wrote a draft.
        agreed: Those of them to whose draft somebody may have agreed.
    """

    owner: int | None = None
    department: int | None = None
    accounts: set[Account] = field(default_factory=lambda: {("new", frozenset[int]())})
    pressed_at: datetime | None = None
    answered_at: datetime | None = None
    writers: set[int] = field(default_factory=set)
    agreed: set[int] = field(default_factory=set)

    def read(self, row: Mapping[str, Any]) -> None:
        """Take the next row."""
        if row["action"] == "arrived":  # what was held until then begins with it
            assert (None, row["to_department_id"]) == (self.owner, self.department or row["to_department_id"]), dict(
                row
            )
            self.department = None
        assert (row["from_owner_id"], row["from_department_id"]) == (self.owner, self.department), dict(row)
        owned_by, self.owner, self.department = self.owner, row["to_owner_id"], row["to_department_id"]
        if row["action"] == "publishing":
            self.pressed_at = row["at"]
        elif row["action"] == "author_answered":
            self.answered_at = row["at"]
        elif row["action"] == "drafted":
            self.writers.add(row["actor_id"])
        elif row["action"] == "approved":
            self.agreed |= {one for _, waiting in self.accounts for one in waiting} - {row["actor_id"]}
        follows: set[Account] = set()
        for status, waiting in self.accounts:
            for still in self._asked(row, waiting) or _waiting(row, waiting, owned_by):
                follows |= {(self._awake(one, still), still) for one in self._statuses(row["action"], status)}
        self.accounts = follows

    def _asked(self, row: Mapping[str, Any], waiting: frozenset[int]) -> set[frozenset[int]]:
        """Return whose drafts may wait after one was asked to: of others that is one that was agreed to before."""
        if row["action"] != "review_asked":
            return set()
        whose = self.agreed | (self.writers & {row["actor_id"]})
        return {waiting | {one} for one in whose - waiting}

    @property
    def statuses(self) -> set[str]:
        """Return the statuses that the rows allow."""
        return {"in_review" if waiting else status for status, waiting in self.accounts}

    def _awake(self, status: str, waiting: frozenset[int]) -> str:
        """Return the status; to ask for a review of what was snoozed is to work on it again."""
        return self._working if waiting and status == "snoozed" else status

    @property
    def _working(self) -> str:
        return "claimed" if self.owner else "new"

    def _statuses(self, action: str, status: str) -> set[str]:
        """Return what the status may be, but for what waits."""
        if action == "responded":
            if status in ("resolved", "dismissed"):
                return {status}
            # One whose author was quicker than our bookkeeping stays open; when it was sent, the log does not say, but
            # that was not before somebody pressed.
            answered, pressed = self.answered_at, self.pressed_at
            early = answered is not None and (pressed is None or answered >= pressed)
            return {"responded", status} if early else {"responded"}
        if action in ("woken", "reopened"):
            return {self._working}
        if action == "author_answered":
            return {self._working} if status in (*_ENDS, "responded") else {status}
        return {_TO.get(action, status)}


def _waiting(row: Mapping[str, Any], waiting: frozenset[int], owner: int | None) -> set[frozenset[int]]:
    """Return whose drafts may wait after a row."""
    action, actor = row["action"], row["actor_id"]
    if action in _ENDS:
        return {frozenset()}
    if action == "drafted":
        return {waiting - {actor}}
    if action == "withdrawn":
        own = {waiting - {actor}}
        return own | {waiting, *(waiting - {one} for one in waiting)} if owner == actor else own
    if action in _VERDICTS:
        judged = {waiting - {one} for one in waiting if one != actor}
        return judged | {frozenset[int]()} if action == "approved" and judged else judged
    return {waiting}


@dataclass
class Chain:
    """The hashes of the rows, each covering the one before."""

    last: str = GENESIS
    rows: int = 0

    def read(self, row: Mapping[str, Any]) -> None:
        """Take the next row of the log."""
        self.rows += 1
        assert (row["seq"], row["prev"]) == (self.rows, self.last), dict(row)
        assert hash_row(dict(row)) == row["hash"], dict(row)
        self.last = row["hash"]
