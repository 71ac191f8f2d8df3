"""Wanted: a view of the board, as its address says it, and how its parts are called.

A view is what one can share, so it holds nothing of who looks: "me" is whoever opens it, and an age is counted from
when it is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from storage.own.board import Whose
from storage.tables.states import Status, Tab

MAX_QUERY = 200
KIND = "kind:"
LABELS = {
    Tab.UNCLAIMED: "Unclaimed",
    Tab.REVIEW: "To review",
    Tab.MINE: "Mine",
    Tab.HANDS: "In progress",
    Tab.SNOOZED: "Snoozed",
    Tab.DONE: "Done",
    Tab.ALL: "All",
}
OLDER = "older"
AGES = {"1d": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7), OLDER: timedelta(days=7)}
AGE_LABELS = {"1d": "Last 24 hours", "3d": "Last 3 days", "7d": "Last 7 days", OLDER: "Older than 7 days"}
STATE_LABELS: Mapping[str, str] = {
    Status.NEW: "New",
    Status.CLAIMED: "Claimed",
    Status.IN_REVIEW: "In review",
    Status.RESPONDED: "Answered",
    Status.SNOOZED: "Snoozed",
    Status.RESOLVED: "Resolved",
    Status.DISMISSED: "Dismissed",
}
LATE, TODAY, ASKED = "late", "today", "asked"
DUE_LABELS = {LATE: "Late", TODAY: "Due today", ASKED: "Asked, not confirmed"}
OWNER_LABELS: Mapping[str, str] = {Whose.ME: "Mine", Whose.NOBODY: "Nobody's", Whose.OTHERS: "Others'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the board to show; what is empty does not narrow.

    Attributes:
        department: Its key.
        q: What was typed into search, as it was typed.
        source: A source's name, or "kind:" and a kind.
        product: What it is about, as a topic says it.
        tier: Who its author was to us when it came.
        risk: What may come of it, as somebody judged it.
        lang: The primary tag of a language.
        age: A key of ``AGES``.
        state: A status.
        owner: A ``Whose``.
        due: A key of ``DUE_LABELS``; what is due first then stands first.
        unread: The parts of the address that were not understood.
    """

    tab: Tab = Tab.UNCLAIMED
    department: str = ""
    newest: bool = True
    after: int | None = None
    q: str = ""
    source: str = ""
    product: str = ""
    tier: str = ""
    risk: str = ""
    lang: str = ""
    age: str = ""
    state: str = ""
    owner: str = ""
    due: str = ""
    unread: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether it shows less than a tab and a department."""
        what = (self.q, self.source, self.product, self.tier, self.risk, self.lang)
        return any((*what, self.age, self.state, self.owner, self.due))

    @property
    def usual_tab(self) -> Tab:
        """The tab of an address that names none: who searches, or asks how it stands, looks everywhere."""
        return Tab.ALL if self.q or self.state or self.owner or self.due else Tab.UNCLAIMED
