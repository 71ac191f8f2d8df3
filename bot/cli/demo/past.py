"""The demo's past: what colleagues did in the weeks before, so that its report has something to tell.

Nobody waits for two months to be played, so it is written as it would stand by now, all of it in one transaction: what
arrived, what was said, and the log, from which the report counts as it counts everything. It begins with the month
before the last whole one and ends yesterday, so that a month, a week and those before them can be compared. All of it
is closed, and lies under *Done*. It is the same each time: who did what follows from numbers, and not from chance.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.cli.demo.places import host_of
from handlers.base.events import Posted, content
from handlers.text.bounds import ALPHABET
from storage.engine.database import Session
from storage.listen import posts
from storage.own import mentions, ownership
from storage.own.ownership import Change
from storage.people import people
from storage.tables.states import Action, PostRole, Status, Via

# Who else works there; nobody can be them.
STAFF: Mapping[str, tuple[str, ...]] = {
    "support": ("Finn", "Gia", "Hugo", "Iris", "Jon", "Kaya"),
    "finance": ("Lena", "Milo", "Nora", "Otto", "Pia", "Quin"),
    "engineering": ("Rosa", "Sam", "Tara", "Uma", "Vito", "Wes"),
}
# What a working day brings, the first so many of them, and what it is about; on Sundays nobody works.
_A_DAY = ("support", "finance", "engineering", "support", "support", "engineering", "finance", "support")
_SO_MANY = (8, 5, 6, 4, 7, 5, 8, 3, 6, 7, 4)
_SAID = {
    "support": (
        "Where is my anvil? Acme order {}.",
        "Order {} came with a bent spring.",
        "How do I mount the Acme rocket {}?",
        "The crate of order {} was open, and the anvil is heavy as ever.",
        "I am waiting for the parcel of order {} since Monday.",
    ),
    "finance": (
        "The invoice of Acme order {} is missing.",
        "The refund of order {} is not here yet.",
        "Order {} was paid twice, Acme.",
        "I sent the crate back and wait for the deposit, order {}.",
        "The deposit of order {} did not come back since March.",
    ),
    "engineering": (
        "The Acme app crashes at order {}.",
        "A timeout of the Acme API, number {}.",
        "Bug {} is back, Acme.",
        "I get a blank map in the app, order {}.",
        "The status page says all is well, and call {} ends in an error.",
    ),
}
# What more people than usual say in the days just past, so that Voice has something to propose.
_LATELY = (
    "Since the update the Acme app empties the battery, order {}.",
    "The battery is empty by noon since the last update. Number {}.",
    "The update of the Acme app costs me the battery, and order {} too.",
)
_LATELY_DAYS = timedelta(days=6)
_ABOUT = {"support": "", "finance": "billing", "engineering": "app and API"}
_SOURCES = ("forum", "community", "github", "bluesky-search", "reviews")
_ANSWER = "Thank you for telling us. It is mended. (sample answer of the demo)"
# What nobody said of a mention.
_EMPTY = ("reason", "product", "held", "points_why", "tier_why", "verdict", "risk", "hints", "outcome", "was_held")
_AUTHORS = 40
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Hand:
    """A person, and the department for which they act."""

    person_id: int
    department_id: int


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was told, and by whom it was closed.

    Attributes:
        first: The department for which it arrived.
        hand: Who had it.
        passed_by: Who handed it to their department.
        early: It is of the first month, when we answered less of what came.
        late: It is of the days just past.
    """

    number: int
    at: datetime
    key: str
    first: int
    hand: Hand
    passed_by: Hand | None
    early: bool
    late: bool

    @property
    def source(self) -> str:
        """Where it stands."""
        return _SOURCES[self.number * 3 % len(_SOURCES)]

    @property
    def department_id(self) -> int:
        """Whose it was in the end: its own department's, also where somebody of another one helped."""
        return self.hand.department_id if self.passed_by else self.first

    @property
    def dismissed(self) -> bool:
        """Say whether it wanted no answer."""
        return self.number % 11 == 7

    @property
    def answered(self) -> bool:
        """Say whether we replied."""
        return not self.dismissed and self.number % (3 if self.early else 8) != 2

    def after(self, minutes: int) -> datetime:
        """Return when its next step was, sooner or later by what it is."""
        return self.at + timedelta(minutes=minutes + self.number * 7 % (minutes * 2))


def add_history(session: Session, now: datetime) -> None:
    """Write down the weeks before; the departments are there already."""
    told = list(_tell(_working(session), now))
    ids = mentions.add(session, [_mention(one) for one in told])
    _add_posts(session, told, ids)
    rows = [row for one, mention_id in zip(told, ids, strict=True) for row in _changes(one, mention_id)]
    ownership.append(session, *sorted(rows, key=lambda row: row.at))


def _working(session: Session) -> dict[str, list[Hand]]:
    at = {one.key: one.id for one in people.departments(session)}
    return {
        key: [Hand(people.add_person(session, name, f"{name.lower()}@acme.example").id, at[key]) for name in names]
        for key, names in STAFF.items()
    }


def _tell(working: Mapping[str, list[Hand]], now: datetime) -> Iterator[Told]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    day = (last_month - timedelta(days=1)).replace(day=1)
    numbers, turns = count(), {key: count() for key in working}
    while day < today:
        so_many = 0 if day.weekday() == _SUNDAY else _SO_MANY[day.toordinal() % len(_SO_MANY)]
        for place, key in enumerate(_A_DAY[:so_many]):
            number = next(numbers)
            first, hand, passed_by = _hands(working, key, number, next(turns[key]))
            at = day + timedelta(hours=8 + place, minutes=number * 13 % 60)
            yield Told(number, at, key, first, hand, passed_by, day < last_month, today - day <= _LATELY_DAYS)
        day += timedelta(days=1)


def _hands(working: Mapping[str, list[Hand]], key: str, number: int, turn: int) -> tuple[int, Hand, Hand | None]:
    """Return where something arrived, who had it, and who handed it on before."""
    hands = working[key]
    hand = hands[turn % len(hands)]
    if key != "support" and number % 9 == 4:  # it came to the wrong door
        passed_by = working["support"][number % len(hands)]
        return passed_by.department_id, hand, passed_by
    if number % 10 == 3:  # somebody of another department knew it
        helper = working["finance" if key == "engineering" else "engineering"][number % len(hands)]
        return hand.department_id, helper, None
    return hand.department_id, hand, None


def _mention(one: Told) -> dict[str, Any]:
    return {
        "token": _token(one.number),
        "version": 1,
        "source": one.source,
        "department_id": one.department_id,
        "status": str(Status.DISMISSED if one.dismissed else Status.RESOLVED),
        "owner_id": None if one.dismissed else one.hand.person_id,
        "topic": _ABOUT[one.key],
        "published_at": one.at,
        "ingested_at": one.at,
        "changed_at": one.after(70),
        "addressed": one.number % 3 != 0,
        "tier": "none",
        "held_by": None,
        "points": None,
        "priority": 0,
        **dict.fromkeys(_EMPTY, ""),
    }


def _token(number: int) -> str:
    """Return a token that no other of these has; the first letters say that it is of the past."""
    size = len(ALPHABET)
    return f"pp{ALPHABET[number // size // size]}{ALPHABET[number // size % size]}{ALPHABET[number % size]}"


def _add_posts(session: Session, told: list[Told], ids: list[int]) -> None:
    writers = {source: posts.author_ids(session, source, map(_author, range(_AUTHORS))) for source in _SOURCES}
    rows = []
    for one, mention_id in zip(told, ids, strict=True):
        asked = f"past-{one.number}"
        url = f"https://{host_of(one.source)}/{asked}"
        author_id = writers[one.source][_author(one.number)["external_id"]]
        text = _said(one).format(1000 + one.number)
        event = Posted(external_id=asked, text=text, url=url)
        rows.append(_post(one, event, mention_id=mention_id, author_id=author_id))
        if one.answered:
            event = Posted(external_id=f"{asked}-answer", text=_ANSWER, url=f"{url}/answer", reply_to=asked)
            rows.append(_post(one, event, mention_id=mention_id, author_id=None))
    posts.add(session, rows)


def _said(one: Told) -> str:
    if one.late and one.key != "finance":
        return _LATELY[one.number % len(_LATELY)]
    return _SAID[one.key][one.number % 5]


def _author(number: int) -> dict[str, Any]:
    name = f"sample_past_{number % _AUTHORS}"
    shown = f"Past Sample {number % _AUTHORS + 1}"
    return {"external_id": name, "name": shown, "handle": name, "url": "", "avatar": "", "followers": None}


def _post(one: Told, event: Posted, *, mention_id: int, author_id: int | None) -> dict[str, Any]:
    at = one.after(40) if event.reply_to else one.at
    return {
        "source": one.source,
        "external_id": event.external_id,
        "role": str(PostRole.OURS if event.reply_to else PostRole.ORIGINAL),
        "mention_id": mention_id,
        "author_id": author_id,
        "url": event.url,
        "canonical_url": event.url,
        "lang": "en",
        "published_at": at,
        "ingested_at": at,
        "reply_to": event.reply_to,
        "facts": "",
        "thread": "",
        **content(event),
    }


def _changes(one: Told, mention_id: int) -> Iterator[Change]:
    """Yield its rows in the log, each after the one before."""
    where, hand = one.department_id, one.hand
    yield Change(mention_id=mention_id, action=Action.ARRIVED, via=Via.SOURCE, at=one.at, to_department_id=one.first)
    if one.passed_by is not None:
        yield _done(one.passed_by, mention_id, Action.HANDED_OFF, one.after(8), None, None, one.first, where)
    owner = hand.person_id
    if one.dismissed:
        yield _done(hand, mention_id, Action.DISMISSED, one.after(20), None, None, where, where)
        return
    yield _done(hand, mention_id, Action.CLAIMED, one.after(20), None, owner, where, where)
    if one.answered:
        yield _done(hand, mention_id, Action.RESPONDED, one.after(40), owner, owner, where, where)
    yield _done(hand, mention_id, Action.RESOLVED, one.after(70), owner, owner, where, where)


def _done(
    by: Hand, mention_id: int, action: Action, at: datetime, owner: int | None, then: int | None, lay: int, lies: int
) -> Change:
    return Change(
        mention_id=mention_id,
        action=action,
        via=Via.DESK,
        at=at,
        actor_id=by.person_id,
        actor_department_id=by.department_id,
        from_owner_id=owner,
        to_owner_id=then,
        from_department_id=lay,
        to_department_id=lies,
    )
