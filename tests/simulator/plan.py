"""The plan of a day: what arrives, what people do, and what goes wrong, all drawn from one seed.

Each entry has a number and a chance of its own, so that a day without some of its entries is the same day otherwise:
that is how a failing day is shrunk.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random

REPLICAS = ("a", "b")
SITES = ("blog", "forum")
# How long things happen, and how long nothing may be unsettled after the last trouble is over.
BUSY_SECONDS = 40.0
SETTLE_SECONDS = 1_500.0
# By how many seconds a clock is behind at most, or ahead: what it left behind is looked for from then on.
LONGEST_JUMP, AHEAD = 7_200.0, 50.0
# So many answer one post where a crowd gathers: more than one card has room for.
CROWD = 24
# Where a process may die, and how often it does.
SEAMS: Mapping[str, int] = {
    "before commit": 2,
    "after commit": 4,
    "before post": 2,
    "after post": 3,
    "before update": 1,
    "after update": 1,
    "before publish": 2,
    "after publish": 4,
    "after poll": 1,
    "commit after poll": 3,
    "at look-up": 2,
}
CHAT = (
    "429",
    "429 bare",
    "500",
    "500 taken",
    "hang",
    "hang taken",
    "slow",
    "no connection",
    "no look-ups",
    "late look-ups",
    "refuses",
)
REPLIES = ("429", "429 bare", "500", "500 taken", "hang", "hang taken", "slow", "no look-ups", "late look-ups", "blind")
POLLS = ("429", "500", "hang", "slow", "no connection", "refuses", "cut")
# The verbs that people reach for, and how often.
VERBS: Mapping[str, int] = {
    "claim": 5,
    "draft": 6,
    "review": 4,
    "publish": 5,
    "confirm": 2,
    "withdraw": 1,
    "resolve": 2,
    "release": 2,
    "takeover": 2,
    "handoff": 3,
    "assign": 2,
    "snooze": 2,
    "wake": 1,
    "dismiss": 1,
    "reopen": 2,
    "note": 2,
    "split": 2,
    "join": 2,
    "mute": 1,
    "dismissrest": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that is to happen.

    Attributes:
        at: When, in seconds.
        what: Its kind.
        who: What it is about: a replica, a site, a server; empty where its kind says it all.
        how: What goes wrong, or where.
        seconds: How long.
        number: By what it is known.
    """

    number: int
    at: float
    what: str
    who: str = ""
    how: str = ""
    seconds: float = 0.0
    times: int = 0

    def __str__(self) -> str:
        told = " ".join(part for part in (self.who, self.how) if part)
        size = f" {self.seconds:.1f} s" if self.seconds else ""
        count = f" (number {self.times})" if self.times else ""
        return f"{self.number:3}  {self.at:6.2f} s  {self.what} {told}{size}{count}".rstrip()


@dataclass(frozen=True, slots=True)
class Plan:
    """A day.

    Attributes:
        paced: The chat platform takes one new message a second in a channel, as Slack does.
    """

    seed: int
    entries: tuple[Entry, ...]
    paced: bool

    def only(self, numbers: Collection[int]) -> "Plan":
        """Return the same day with these entries alone."""
        return Plan(self.seed, tuple(one for one in self.entries if one.number in numbers), self.paced)


@dataclass
class _Writer:
    random: Random
    entries: list[Entry] = field(default_factory=list)

    def add(self, what: str, at: float, **more: object) -> None:
        self.entries.append(Entry(number=len(self.entries), at=at, what=what, **more))  # type: ignore[arg-type]

    def moment(self, first: float = 0.5, last: float = BUSY_SECONDS) -> float:
        return round(self.random.uniform(first, last), 3)


def draw(seed: int) -> Plan:
    """Draw the plan of a seed."""
    random = Random(f"plan {seed}")
    writer = _Writer(random)
    _arrivals(writer)
    _gestures(writer)
    _processes(writer)
    _servers(writer)
    _clocks(writer, Random(f"clocks {seed}"))
    _crowds(writer, Random(f"crowds {seed}"))
    return Plan(seed, tuple(writer.entries), paced=random.random() < 0.3)


def _arrivals(writer: _Writer) -> None:
    random = writer.random
    for _ in range(random.randint(2, 4)):
        writer.add("posts", writer.moment(0.2, 25), who=random.choice(SITES), times=random.choice((1, 1, 1, 2, 3)))
    for _ in range(random.randint(0, 2)):
        writer.add("push", writer.moment(0.2, 30), times=random.choice((1, 1, 2)))
    for _ in range(random.choice((0, 0, 1))):
        writer.add("edit", writer.moment(8), who=random.choice(SITES))
    for _ in range(random.choice((0, 0, 0, 1))):
        writer.add("delete", writer.moment(25), who=random.choice(SITES))


def _gestures(writer: _Writer) -> None:
    random = writer.random
    for _ in range(random.randint(7, 13)):
        writer.add("gesture", writer.moment(5))
    for _ in range(random.randint(1, 3)):
        writer.add("reply", writer.moment(5, 32))
    for _ in range(random.randint(0, 2)):
        writer.add("race", writer.moment(4))


def _processes(writer: _Writer) -> None:
    random = writer.random
    for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
        who, how = random.choice(REPLICAS), random.choices(list(SEAMS), list(SEAMS.values()))[0]
        times = random.choice((0, 0, 1, 2, 4)) if "commit" in how else 0
        writer.add("crash", writer.moment(), who=who, how=how, seconds=round(random.uniform(0.3, 12), 2), times=times)
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        writer.add("stall", writer.moment(), who=random.choice(REPLICAS), seconds=round(random.uniform(1, 14), 2))
    for _ in range(random.choice((0, 0, 1))):
        how = random.choice(("before post", "before publish", "after publish", "after poll"))
        seconds = round(random.uniform(3, 16), 2)
        writer.add("pause", writer.moment(last=30), who=random.choice(REPLICAS), how=how, seconds=seconds)
    for _ in range(random.choice((0, 0, 0, 1))):
        writer.add("restart", writer.moment(), who=random.choice(REPLICAS))
    for _ in range(random.choice((0, 0, 0, 1))):
        how = random.choice(("away", "unsure"))
        writer.add("database", writer.moment(), who=random.choice((*REPLICAS, "all")), how=how, seconds=2.5)


def _servers(writer: _Writer) -> None:
    random = writer.random
    for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
        who = random.choice(("chat", "chat", "replies", "replies", "polls"))
        how = random.choice({"chat": CHAT, "replies": REPLIES, "polls": POLLS}[who])
        if how == "refuses" and random.random() < 0.7:
            how = "slow"  # what is refused rests for minutes, in which little happens
        writer.add("server", writer.moment(0.2), who=who, how=how, seconds=round(random.uniform(1, 9), 2))
    for _ in range(random.choice((0, 0, 0, 1))):
        writer.add("cut", writer.moment(), who=random.choice(REPLICAS), seconds=round(random.uniform(1, 9), 2))


def _clocks(writer: _Writer, random: Random) -> None:
    """Set the clock of one replica forward or back, as who looks after a machine does, and perhaps right again.

    Not on days on which a process begins: it believes the moments that stand in the database then.
    """
    if random.random() < 0.3 or any(one.what in ("crash", "restart") for one in writer.entries):
        return
    who, at = random.choice(REPLICAS), round(random.uniform(0.5, BUSY_SECONDS), 3)
    far = random.choice((AHEAD, -20.0, -600.0, -LONGEST_JUMP))
    writer.add("jump", at, who=who, seconds=round(random.uniform(0.1, 1) * far, 2))
    if random.random() < 0.5:
        writer.add("jump", round(random.uniform(at, BUSY_SECONDS), 3), who=who)


def _crowds(writer: _Writer, random: Random) -> None:
    """Let many people talk in one public thread, on some of the days."""
    if random.random() < 0.1:
        writer.add("crowd", round(random.uniform(0.2, 25), 3), who=random.choice(SITES), times=CROWD)
