"""The promises, as what must hold: after every commit, and once all has come to rest.

What is looked at stands in the rows of the database and on the servers, and never in what the house says of itself.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.outbox.render import draw_all
from handlers.base.cards import Card
from handlers.base.events import AuthorGone, Posted
from storage.channels.messages import several
from storage.engine.database import Session
from storage.own import ownership
from storage.own.ownership import GENESIS
from tests.simulator.chat import CHANNELS, Server
from tests.simulator.database import Store
from tests.simulator.replica import organisation
from tests.simulator.sites import Site

ONE_OWNER = "one owner"
NOTHING_LOST = "nothing is lost"
ONE_CARD = "one card in each home"
TRUE_CARDS = "what stands is what is so"
ONE_REPLY = "a reply is published at most once"
VERSIONS = "a version rises with owner, department and status"
SETTLED = "what is settled stays settled"
LOG = "the log is a chain"

_LOG = "SELECT * FROM ownership_event WHERE seq > ? ORDER BY seq"
_MENTIONS = "SELECT id, token, version, owner_id, department_id, status FROM mention"
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
        return [*waits, *(f"#{token} sleeps" for (token,) in asleep), *self.unheard()]

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
            "SELECT m.id, m.token, d.key FROM mention m JOIN department d ON d.id = m.department_id"
        )
        shown = {(one.key, one.channel): one for one in self.world.server.standing}
        for mention, token, department in rows:
            for channel in CHANNELS.values():
                one = shown.get((f"card:{mention}:{channel}", channel))
                here = channel == homes[department]
                if here and (one is None or not isinstance(one.content, Card) or one.content.moved):
                    self.world.broken(ONE_CARD, f"#{token} has no card in {channel}")
                elif one is not None and not here and isinstance(one.content, Card) and not one.content.moved:
                    self.world.broken(ONE_CARD, f"the card of #{token} in {channel} is not marked as moved")
        self.world.store.look(self._true)

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
    return content.token, content.body, content.status, content.moved, content.reply, content.brief, buttons
