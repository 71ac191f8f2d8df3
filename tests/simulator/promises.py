"""The promises, as what must hold: after every commit, and once all has come to rest.

What is looked at stands in the rows of the database and on the servers, and never in what the house says of itself.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.outbox.render import draw_all
from handlers.base.cards import Card
from handlers.base.events import AuthorGone, Posted
from handlers.own.join import MOST_UNDER
from handlers.report.kept_back import held_lines
from storage.channels.messages import several
from storage.engine.database import Session
from storage.own import ownership
from storage.own.ownership import GENESIS
from storage.people import people
from tests.simulator.chat import CHANNELS, Server
from tests.simulator.database import Store
from tests.simulator.replica import organisation
from tests.simulator.sites import Site

ONE_OWNER = "one owner"
NOTHING_LOST = "nothing is lost"
ONE_CARD = "one card in each home"
ITS_PLACE = "what has no card has its place on one, or is counted"
TRUE_CARDS = "what stands is what is so"
ONE_REPLY = "a reply is published at most once"
VERSIONS = "a version rises with owner, department and status"
SETTLED = "what is settled stays settled"
LOG = "the log is a chain"

_LOG = "SELECT * FROM ownership_event WHERE seq > ? ORDER BY seq"
_MENTIONS = "SELECT id, token, version, owner_id, department_id, status FROM mention"
# What stands on a card, and that on which it stands.
_ON_CARDS = """SELECT m.id, m.token, m.owner_id, m.status, m.department_id, l.id, l.held, l.status, l.department_id
 FROM mention m LEFT JOIN mention l ON l.id = m.held_by WHERE m.held = 'thread' ORDER BY m.id DESC"""
_HELD = "SELECT count(*) FROM mention WHERE department_id = ? AND (held != '' OR was_held != '')"
_CLOSED = ("resolved", "dismissed")
_REPLIES = "SELECT id, send_id, state, mention_id, text FROM publication"
_UNSETTLED = """SELECT 'message ' || key || ' is ' || state FROM message WHERE state IN ('due', 'sending')
 UNION ALL SELECT 'lane ' || channel || ' is parked' FROM lane WHERE state = 'parked'
 UNION ALL SELECT 'reply ' || send_id || ' is ' || state FROM publication WHERE state IN ('due', 'sending', 'held')"""


class World(Protocol):
    """What the promises ask of the world."""

    store: Store
    server: Server
    sites: dict[str, Site]

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...

    def truth(self) -> datetime:
        """Return the true time."""
        ...


@dataclass
class Promises:
    """Watches one day."""

    world: World
    last: str = GENESIS
    rows: int = 0
    owners: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    mentions: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    replies: dict[int, str] = field(default_factory=dict)
    responded: Counter[int] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Look at what a commit left."""
        self._log()
        self._mentions()
        self._on_cards()
        self._replies()

    def _log(self) -> None:
        store = self.world.store
        if not self.columns:
            self.columns = [str(one[1]) for one in store.rows("PRAGMA table_info(ownership_event)")]
        for raw in store.rows(_LOG, self.rows):
            row = dict(zip(self.columns, raw, strict=True))
            self.rows += 1
            if (row["seq"], row["prev"]) != (self.rows, self.last):
                self.world.broken(LOG, f"row {row['seq']} does not follow row {self.rows - 1}")
            self.last = row["hash"]
            self._changes(row)

    def _changes(self, row: dict[str, Any]) -> None:
        mention = row["mention_id"]
        if mention is None:
            return
        if row["action"] == "responded":
            self.responded[mention] += 1
        before = self.owners.get(mention, (None, None))
        if row["action"] != "arrived" and before != (row["from_owner_id"], row["from_department_id"]):
            self.world.broken(ONE_OWNER, f"row {row['seq']} ({row['action']}) takes from who does not have it: {row}")
        self.owners[mention] = (row["to_owner_id"], row["to_department_id"])

    def _mentions(self) -> None:
        for row in self.world.store.rows(_MENTIONS):
            key, token, _version, *state = row
            former = self.mentions.get(key)
            if former is not None and not _goes_on(former, row):
                self.world.broken(VERSIONS, f"#{token} was {former[2:]} and is {row[2:]}")
            if self.owners.get(key) != (state[0], state[1]):
                self.world.broken(ONE_OWNER, f"#{token} is {state[:2]}, and the log says {self.owners.get(key)}")
            self.mentions[key] = row

    def _on_cards(self) -> None:
        beside: Counter[int] = Counter()
        for _key, token, owner, status, _department, lead, held, _status, _of in self.world.store.rows(_ON_CARDS):
            if status in _CLOSED:
                continue
            beside[lead] += 1
            if owner is not None or status != "new":
                self.world.broken(ITS_PLACE, f"#{token} is {status} by {owner}, and has no card of its own")
            if lead is None or held:
                self.world.broken(ITS_PLACE, f"#{token} stands on {lead}, which has no card itself: {held}")
        if max(beside.values(), default=0) > MOST_UNDER:
            self.world.broken(ITS_PLACE, f"more than {MOST_UNDER} stand on one card: {beside}")

    def _replies(self) -> None:
        published: Counter[int] = Counter()
        for key, send_id, state, mention, _text in self.world.store.rows(_REPLIES):
            if self.replies.get(key) == "published" != state:
                self.world.broken(SETTLED, f"the reply {send_id} was published and is {state}")
            self.replies[key] = state
            published[mention] += state == "published"
        for mention, times in self.responded.items():
            if times > published[mention]:
                self.world.broken(ONE_REPLY, f"the log says {times} times that mention {mention} was answered")

    # --- at rest ---

    def unsettled(self) -> list[str]:
        """Return what is not done yet."""
        waits = [str(row[0]) for row in self.world.store.rows(_UNSETTLED)]
        now = f"{self.world.truth():%Y-%m-%d %H:%M:%S}"
        asleep = self.world.store.rows("SELECT token FROM mention WHERE status = 'snoozed' AND snoozed_until < ?", now)
        return [*waits, *(f"#{token} sleeps" for (token,) in asleep), *self._adrift(), *self.unheard()]

    def _adrift(self) -> list[str]:
        """Return what stands on the card of one that is closed, or of another department."""
        return [
            f"#{token} stands on {lead}, which is {was} in {of}"
            for _key, token, _owner, status, department, lead, _held, was, of in self.world.store.rows(_ON_CARDS)
            if status not in _CLOSED and (was in _CLOSED or of != department)
        ]

    def unheard(self) -> list[str]:
        """Return the posts that were shown and did not become mentions."""
        heard = {
            (source, name): (mention, edited)
            for source, name, mention, edited in self.world.store.rows(
                "SELECT source, external_id, mention_id, text FROM post"
            )
        }
        missing = []
        for site in self.world.sites.values():
            for one in site.shown:
                if isinstance(one, AuthorGone):
                    continue
                if one.external_id in site.gone:
                    if isinstance(one, Posted) and heard.get((site.name, one.external_id), (0, ""))[1]:
                        missing.append(f"{one.external_id} is deleted, and still quoted")
                    continue
                if not isinstance(one, Posted):
                    continue
                mention, text = heard.get((site.name, one.external_id), (None, ""))
                if mention is None:
                    missing.append(f"{one.external_id} is not heard")
                elif site.posts[one.external_id].text != text:
                    missing.append(f"{one.external_id} reads differently now")
        return missing

    def rest(self) -> None:
        """Look at all, after everything has come to rest."""
        self.look()
        check = self.world.store.look(ownership.verify)
        if check.trouble:
            self.world.broken(LOG, check.trouble)
        self._cards()
        self.world.store.look(self._counted)
        self._answers()

    def figures(self) -> dict[str, int]:
        """Count what the day came to: a day on which nothing happens proves nothing."""
        store = self.world.store
        actions = store.rows("SELECT action, count(*) FROM ownership_event GROUP BY action")
        replies = store.rows("SELECT 'reply ' || state, count(*) FROM publication GROUP BY state")
        return {str(name): int(number) for name, number in (*actions, *replies)}

    def _cards(self) -> None:
        homes = {one.key: one.homes["slack"] for one in organisation().departments}
        rows = self.world.store.rows(
            "SELECT m.id, m.token, d.key, m.held FROM mention m JOIN department d ON d.id = m.department_id"
        )
        shown = {
            (one.key, one.channel): one.content for one in self.world.server.standing if isinstance(one.content, Card)
        }
        for mention, token, department, held in rows:
            for channel in CHANNELS.values():
                card = shown.get((f"card:{mention}:{channel}", channel))
                here = channel == homes[department]
                if here and not held and (card is None or card.moved):
                    self.world.broken(ONE_CARD, f"#{token} has no card in {channel}")
                elif card is not None and not here and not card.moved:
                    self.world.broken(ONE_CARD, f"the card of #{token} in {channel} is not marked as moved")
                elif card is not None and held and not card.brief:
                    self.world.broken(ONE_CARD, f"#{token} is held ({held}), and has a card in {channel}")
        self._places({card.token: card for card in shown.values() if not card.moved})
        self.world.store.look(self._true)

    def _places(self, cards: Mapping[str, Card]) -> None:
        """See that each card names all that stands on it, those that came last by a line with a button."""
        beside: dict[str, list[str]] = {token: [] for token in cards}
        tokens = dict(self.world.store.rows("SELECT id, token FROM mention"))
        for _key, token, _owner, status, _department, lead, *_ in self.world.store.rows(_ON_CARDS):
            if status not in _CLOSED:
                beside.setdefault(tokens[lead], []).append(token)
        for token, wanted in beside.items():
            under = cards[token].under if token in cards else None
            lines = under.lines if under is not None else ()
            named = [line.token for line in lines if line.button is not None]
            if named != wanted[: len(named)] or len(named) + (under.more if under is not None else 0) != len(wanted):
                self.world.broken(ITS_PLACE, f"the card of #{token} names {named}, and {wanted} stand on it")

    def _counted(self, session: Session) -> None:
        """See that the digest counts all that is held, or was."""
        now = self.world.truth()
        for one in people.departments(session):
            told = held_lines(session, organisation(), one, now - timedelta(days=1), now + timedelta(days=1))
            ((there,),) = self.world.store.rows(_HELD, one.id)
            if sum(number for number, _ in told) != there:
                self.world.broken(ITS_PLACE, f"the digest of {one.name} tells of {told}, and {there} are held, or were")

    def _true(self, session: Session) -> None:
        messages = self.world.store.rows(
            "SELECT m.id, m.key, l.channel, m.reference, m.state FROM message m JOIN lane l ON l.id = m.lane_id"
        )
        standing = {(one.channel, one.reference): one for one in self.world.server.standing}
        for key, name, channel, reference, state in messages:
            one = standing.get((channel, reference))
            if state == "shown" and one is None:
                self.world.broken(NOTHING_LOST, f"{name} counts as shown, and does not stand")
            if one is None:
                continue
            row = several(session, [key])[key]
            (drawn,) = draw_all(session, [row], organisation(), "slack", channel)
            if drawn is not None and isinstance(drawn.content, Card) and _facts(drawn.content) != _facts(one.content):
                shown = _facts(one.content) if isinstance(one.content, Card) else one.content
                self.world.broken(TRUE_CARDS, f"{name} shows {shown}, and {_facts(drawn.content)} is so")

    def _answers(self) -> None:
        stands = {one.send_id for site in self.world.sites.values() for one in site.replies}
        for _key, send_id, state, _mention, _text in self.world.store.rows(_REPLIES):
            if state == "published" and send_id not in stands:
                self.world.broken(ONE_REPLY, f"the reply {send_id} counts as published, and does not stand")
            if state == "failed" and send_id in stands:
                self.world.broken(SETTLED, f"the reply {send_id} counts as not published, and stands")

    def may_stand(self, send_id: str, text: str) -> str:
        """Return why a reply may not be published, or nothing: what comes out is what a person let out."""
        rows = self.world.store.rows(
            "SELECT p.state, p.prepared, p.text, d.approved_version, p.draft_version FROM publication p"
            " JOIN draft d ON d.id = p.draft_id WHERE p.send_id = ?",
            send_id,
        )
        if not rows:
            return f"{send_id} is known to nobody"
        _state, prepared, said, _approved, _version = rows[0]
        if prepared is None or json.loads(prepared)["text"] != text or said not in text:
            return f"{send_id} says {text!r}, and {said!r} was let out"
        return ""


def _goes_on(former: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    """Say whether the version of a mention rose with what it counts."""
    return bool(now[2] > former[2] or now == former)


def _facts(content: Any) -> tuple[Any, ...]:
    """Return what a card shows that does not change by itself as time goes by."""
    buttons = tuple((one.verb, one.value, one.shown) for one in content.buttons)
    under = content.under
    beside = (under.more, [(line.text, line.token, line.button) for line in under.lines]) if under is not None else ()
    return content.token, content.body, content.status, content.moved, content.reply, content.brief, buttons, beside
