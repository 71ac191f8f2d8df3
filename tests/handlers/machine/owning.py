"""The model, first half: who has a mention and how it stands, restated from the rules and not from the code.

Each verb returns whether it is right; what is not right changes nothing. Whoever reads this beside the design's words
should find the same sentences: what nobody owns, anyone may change; what is owned, only its owner changes; what is
closed, anyone may reopen; ``in_review`` means that a draft waits for a second person, and falls back when none does.
"""

from dataclasses import dataclass, field
from datetime import datetime

DEPARTMENTS = ("finance", "support")
STAFF = {"Ana": "finance", "Dan": "finance", "Ben": "support", "Cleo": "support"}
CLOSED = ("resolved", "dismissed")
ASIDE = ("snoozed", *CLOSED)
# What leaves a mention held that is; all else makes work of it.
_STAYS = ("held", "shown", "arrived", "noted", "muted", *CLOSED)
EDITABLE = ("draft", "in_review", "changes_requested", "approved", "failed")
LIVING = (*EDITABLE, "publishing", "unclear")

# How often the author answered, how often the post that is answered became another (an edit, its deletion), how often
# we spoke after it.
Heard = tuple[int, int, int]


@dataclass
class Reply:
    """What one person wrote in answer; ``approved`` is the version that a second person agreed to, ``reader`` who.

    ``written_for`` and ``approved_for`` say what of the talk they had before their eyes.
    """

    number: int
    writer: str
    text: str
    state: str = "draft"
    version: int = 1
    approved: int | None = None
    reader: str | None = None
    written_for: Heard = (0, 0, 0)
    approved_for: Heard | None = None

    @property
    def agreed(self) -> bool:
        """Say whether somebody agreed to the text as it is."""
        return self.approved == self.version


@dataclass
class Row:
    """What the log should say of one step."""

    action: str
    actor: str | None
    owner: str | None
    department: str


@dataclass
class Owned:
    """A mention as the rules of ownership see it; ``now`` is moved by the machine.

    ``beneath`` is how it would stand if no draft waited for a second person; ``told`` how many steps its clocks took.
    ``thread`` is the number of the mention with which its public thread began, and ``tells_thread`` that its source
    says so; ``held`` is why it has no card, ``lead`` on whose it stands, ``was_held`` that it was held once; and
    ``muted_for`` for whom its thread was muted from it.
    """

    now: datetime = field(repr=False)
    status: str = "new"
    beneath: str = "new"
    owner: str | None = None
    department: str = "finance"
    version: int = 1
    snoozed_until: datetime | None = None
    claimed_at: datetime | None = None
    deleted: bool = False
    edits: int = 0
    told: int = 0
    thread: int = 0
    tells_thread: bool = False
    held: str = ""
    lead: int | None = None
    was_held: bool = False
    muted_for: str = ""
    replies: list[Reply] = field(default_factory=list)
    log: list[Row] = field(default_factory=lambda: [Row("arrived", None, None, "finance")])

    @property
    def closed(self) -> bool:
        """Say whether it was resolved or dismissed."""
        return self.status in CLOSED

    @property
    def waiting(self) -> list[Reply]:
        """Return the replies that wait for a second person."""
        return [one for one in self.replies if one.state == "in_review"]

    def may_change(self, who: str) -> bool:
        """One rule of right, for what is not closed."""
        return not self.closed and self.owner in (None, who)

    def step(
        self,
        action: str,
        actor: str | None,
        *,
        status: str = "",
        owner: str | None = "",
        department: str = "",
        until: datetime | None = None,
    ) -> None:
        """Take one step: one row of the log, and a new version if owner, department or status is another."""
        if self.held and action not in _STAYS:
            self.comes_forth(actor)
        before = (self.status, self.owner, self.department)
        self.beneath = status or self.beneath
        self.owner = self.owner if owner == "" else owner
        self.department = department or self.department
        self.claimed_at = self.claimed_at or (self.now if self.owner else None)
        if status in ASIDE:
            for one in self.waiting:
                one.state = "draft"
        if self.waiting and self.beneath == "snoozed":
            # To ask for a review of what was snoozed is to work on it again.
            self.beneath = "claimed" if self.owner else "new"
        self.status = "in_review" if self.waiting else self.beneath
        self.snoozed_until = (until or self.snoozed_until) if self.status == "snoozed" else None
        # To snooze again is to decide anew, though the status is the same.
        if (self.status, self.owner, self.department) != before or until is not None:
            self.version += 1
        self.log.append(Row(action, actor, self.owner, self.department))

    def hold(self, why: str, lead: int | None = None) -> None:
        """Have no card; what stands on another arrived all the same."""
        self.held, self.lead, self.was_held = why, lead, True
        row = Row("held", None, None, self.department)
        self.log = [row, *self.log] if lead is not None else [row]

    def joins(self, who: str, lead: int) -> None:
        """Stand on the card of another from now on."""
        self.held, self.lead, self.was_held = "thread", lead, True
        self.version += 1
        self.step("held", who)

    def comes_forth(self, actor: str | None) -> None:
        """Have a card; what was muted arrives with it."""
        self.step("shown", actor)
        if self.held == "muted":
            self.log.append(Row("arrived", None, None, self.department))
        self.held, self.lead = "", None

    def back_to_work(self, action: str, actor: str | None) -> None:
        """Waking and reopening give ``claimed`` if that owner is still there, else ``new``."""
        self.step(action, actor, status="claimed" if self.owner else "new")

    # --- verbs -------------------------------------------------------------------------------------------------------

    def claim(self, who: str) -> bool:
        """What nobody has is theirs; what they have and snoozed wakes."""
        if not self.may_change(who):
            return False
        if self.owner is None:
            self.step("claimed", who, status="claimed", owner=who)
        elif self.status == "snoozed":
            self.step("woken", who, status="claimed")
        return True

    def release(self, who: str) -> bool:
        """Its owner puts it back."""
        right = not self.closed and self.owner == who
        if right:
            self.step("released", who, status="new", owner=None)
        return right

    def assign(self, who: str, other: str) -> bool:
        """Who may change it gives it to somebody who does not have it."""
        right = self.may_change(who) and self.owner != other
        if right:
            self.step("assigned", who, status="claimed", owner=other)
        return right

    def take_over(self, who: str) -> bool:
        """What somebody else has is taken from them openly."""
        right = not self.closed and self.owner not in (None, who)
        if right:
            self.step("taken_over", who, status="claimed", owner=who)
        return right

    def hand_off(self, who: str, department: str) -> bool:
        """To another department, where nobody has it yet."""
        right = self.may_change(who) and self.department != department
        if right:
            self.step("handed_off", who, status="new", owner=None, department=department)
        return right

    def snooze(self, who: str, until: datetime) -> bool:
        """Later; the owner stays."""
        right = self.may_change(who)
        if right:
            self.step("snoozed", who, status="snoozed", until=until)
        return right

    def close(self, who: str, status: str) -> bool:
        """Done, or in need of no answer; the owner stays."""
        right = self.may_change(who)
        if right:
            self.step(status, who, status=status)
        return right

    def reopen(self, who: str) -> bool:
        """What is closed, anyone may reopen; what is snoozed is woken instead."""
        if self.closed:
            self.back_to_work("reopened", who)
            return True
        return self.awake(who)

    def awake(self, who: str) -> bool:
        """What is snoozed, who may change it wakes."""
        right = self.status == "snoozed" and self.may_change(who)
        if right:
            self.back_to_work("woken", who)
        return right

    def note(self, who: str) -> bool:
        """A remark, at any time."""
        self.step("noted", who)
        return True

    def still(self, who: str) -> bool:
        """Its owner is still on it."""
        right = not self.closed and self.owner == who
        if right:
            self.step("confirmed", who)
        return right

    def split(self, who: str) -> bool:
        """What stands on another card has its own."""
        if not self.held:
            return True
        right = self.held == "thread" and not self.closed
        if right:
            self.comes_forth(who)
        return right

    def show(self, who: str) -> bool:
        """What is held, for whatever reason, has its own card."""
        if not self.held:
            return True
        right = not self.closed
        if right:
            self.comes_forth(who)
        return right

    # --- what happens by itself --------------------------------------------------------------------------------------

    def wake(self) -> None:
        """What was snoozed until now comes back."""
        if self.status == "snoozed" and self.snoozed_until is not None and self.snoozed_until <= self.now:
            self.back_to_work("woken", None)

    def go_back(self) -> None:
        """Its owner was asked and did not answer."""
        self.step("returned", None, status="new", owner=None)

    def delete(self) -> None:
        """Its author deletes the post: what nobody owns is dismissed, what is owned is left to its owner."""
        if self.deleted:
            return
        self.deleted = True
        self.edits += 1  # what nothing is left of reads differently
        if self.owner is None and not self.closed:
            self.step("dismissed", None, status="dismissed")
