"""The world of the machine: one organisation in one database, which serves all days, one after the other.

To make a database for each day would cost more than the day. So what a day leaves behind is swept away before the
next: all but mentions, posts and the log, which nobody may delete from.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlmodel import Session

from handlers.base.charter import ANYONE, Charter, ReplyRules
from handlers.base.command import Answer, Who
from handlers.base.events import Author, Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.people.accounts import sync_members
from handlers.report.kept_back import held_lines
from storage.engine.database import Database
from storage.own import clocks, mentions, ownership
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Message
from storage.tables.ownership import OwnershipEvent
from storage.tables.replies import Draft, Publication
from storage.tables.states import IdentityKind, MessageKind, Status
from tests.handlers.machine.owning import DEPARTMENTS, STAFF
from tests.handlers.machine.replay import Chain
from tests.handlers.machine.replying import LIMIT, PLACES, Place
from tests.handlers.machine.timing import KEPT
from tests.harness.scene import ORGANISATION, START, Scene

OURS = "acme-care"
DAY = timedelta(days=1)
HOMES = {one.key: one.homes["slack"] for one in ORGANISATION.departments}
_SWEPT = (
    "clock",
    "mute",
    "telling",
    "publication",
    "review",
    "draft_version",
    "draft",
    "message_mention",
    "message",
    "seen_request",
    "trouble",
)
_mention = table_of(Mention)
_draft = table_of(Draft)
_publication = table_of(Publication)
_event = table_of(OwnershipEvent)
_message = table_of(Message)
_IDS: Any = bindparam("mention_ids", expanding=True)
_DRAFTS = select(_draft).where(_draft.c.mention_id.in_(_IDS)).order_by(_draft.c.id)
_PUBLICATIONS = select(_publication).where(_publication.c.mention_id.in_(_IDS)).order_by(_publication.c.id)
_ROWS = select(_event).where(_event.c.seq > bindparam("last")).order_by(_event.c.seq)
_CARDS = (
    select(_message.c.mention_id, _message.c.key)
    .where(_message.c.mention_id.in_(_IDS), _message.c.kind == str(MessageKind.CARD))
    .order_by(_message.c.key)
)
_SHOWN = select(func.count(), func.coalesce(func.sum(_message.c.version), 0))


def address(name: str) -> str:
    """Return the e-mail address of somebody of ours."""
    return f"{name.lower()}@acme.example"


def _rules(place: Place) -> SourceRules:
    named = (ANYONE,) if place.publishers is None else place.publishers
    charter = Charter(
        written=True,
        publish=tuple(address(one) if one in STAFF else one for one in named),
        review="second person" if place.second else "none",
    )
    reply = ReplyRules(by_api=place.by_api, limit=LIMIT if place.by_api else 0)
    own = frozenset({OURS})
    return SourceRules(name=place.name, kind=place.name, baseline=False, charter=charter, reply=reply, own_accounts=own)


def organisation() -> Organisation:
    """Return the organisation in which the days are played."""
    members = {key: tuple(address(name) for name in STAFF if STAFF[name] == key) for key in DEPARTMENTS}
    departments = tuple(
        replace(one, members=members[one.key], hours=KEPT[one.key][0], targets=KEPT[one.key][1])
        for one in ORGANISATION.departments
    )
    return replace(ORGANISATION, departments=departments, sources=tuple(_rules(place) for place in PLACES))


@dataclass(frozen=True)
class Seen:
    """What the database holds of a day at one moment."""

    mentions: list[MentionRow]
    drafts: list[DraftRow]
    publications: list[PublicationRow]
    rows: list[dict[str, Any]]
    shown: tuple[int, int]
    cards: dict[int, list[str]]
    kept_back: dict[int, int]
    clocks: dict[int, dict[str, ClockRow]]

    def of(self, mention_id: int) -> tuple[MentionRow, list[DraftRow], list[PublicationRow]]:
        """Return what belongs to one mention, oldest first."""
        (mention,) = [one for one in self.mentions if one.id == mention_id]
        drafts = [one for one in self.drafts if one.mention_id == mention_id]
        return mention, drafts, [one for one in self.publications if one.mention_id == mention_id]


@dataclass
class World:
    """One organisation with its people, in one database.

    Attributes:
        chain: The log as far as it was read.
        steps: What was done on all days, counted by what it is called.
    """

    database: Database
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    chain: Chain = field(default_factory=Chain)
    steps: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.scene = Scene(self.database, organisation())
        self.who = {name: self.scene.person(name, address(name)) for name in STAFF}
        self.database.write(lambda session: sync_members(session, self.scene.organisation, {}))
        self.outsider = Who(platform="slack", workspace="T9", external_id="UOLGA", kind=IdentityKind.OUTSIDER)
        ids = self.database.read(
            lambda session: {name: people.by_name(session, name)[0].id for name in STAFF},
        )
        self.names: dict[int | None, str | None] = {None: None, **{number: name for name, number in ids.items()}}
        keys: dict[int | None, str] = self.database.read(
            lambda session: {one.id: one.key for one in people.departments(session)}
        )
        self.departments: dict[int | None, str | None] = {None: None, **keys}
        self.keys = keys

    @property
    def now(self) -> datetime:
        """The moment of the day."""
        return self.scene.now

    def remark(self, seq: int) -> str:
        """Return what stands beside a row of the log."""
        return self.database.read(lambda session: ownership.remarks(session, [seq])).get(seq, "")

    def begin(self) -> None:
        """Sweep away what the day before left, and let it be morning."""
        self.database.write(self._sweep)
        self.scene.now = START

    def _sweep(self, session: Session) -> None:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"TRUNCATE {', '.join(_SWEPT)}"))
        else:
            for table in _SWEPT:
                connection.execute(text(f"DELETE FROM {table}"))
        asleep = _mention.c.status == str(Status.SNOOZED)
        values = {"status": str(Status.DISMISSED), "snoozed_until": None}
        connection.execute(update(_mention).where(asleep).values(**values))
        was = (_mention.c.held != "") | (_mention.c.was_held != "")
        values = {"status": str(Status.DISMISSED), "held": "", "was_held": ""}
        connection.execute(update(_mention).where(was).values(**values))

    def arrive(self, place: Place, told: str = "", began: str = "") -> tuple[MentionRow, Posted]:
        """Let a post of an author whom nobody knows yet become a mention.

        Args:
            place: Where it was said.
            told: By which field its source says to which public thread it belongs, if it does.
            began: With which post that began.
        """
        number = next(self.numbers)
        post = Posted(
            external_id=f"post-{number}",
            text="Where is my refund?",
            url=f"https://{place.name}.example/{number}",
            author=Author(name="Kim", handle=f"kim{number}", external_id=f"kim-{number}"),
            thread=began if told == "thread" else "",
            reply_to=began if told == "reply_to" else "",
        )
        (token,) = self.scene.ingest(post, source=place.name).tokens
        found = self.database.read(lambda session: mentions.by_token(session, token))
        assert found is not None
        return found, post

    def look(self, mention_ids: list[int]) -> Seen:
        """Look at mentions and all that belongs to them, and at what the log says since it was looked at last."""
        return self.database.read(lambda session: self._look(session, mention_ids))

    def _look(self, session: Session, mention_ids: list[int]) -> Seen:
        connection, named = session.connection(), {"mention_ids": mention_ids}
        number, versions = connection.execute(_SHOWN).one()
        return Seen(
            mentions=mentions.several(session, mention_ids),
            drafts=[DraftRow(*row) for row in connection.execute(_DRAFTS, named)],
            publications=[PublicationRow(*row) for row in connection.execute(_PUBLICATIONS, named)],
            rows=[dict(row._mapping) for row in connection.execute(_ROWS, {"last": self.chain.rows})],
            shown=(int(number), int(versions)),
            cards=self._cards(session, mention_ids),
            kept_back=self._kept_back(session),
            clocks={
                key: {one.kind: one for one in several}
                for key, several in clocks.of_mentions(session, mention_ids).items()
            },
        )

    def _cards(self, session: Session, mention_ids: list[int]) -> dict[int, list[str]]:
        """Return the channels in which mentions have cards."""
        found: dict[int, list[str]] = {one: [] for one in mention_ids}
        for mention_id, key in session.connection().execute(_CARDS, {"mention_ids": mention_ids}):
            found[mention_id].append(key.partition(f"card:{mention_id}:")[2])
        return found

    def _kept_back(self, session: Session) -> dict[int, int]:
        """Return of how many held ones the digest of each department tells."""
        return {
            one.id: sum(
                number for number, _ in held_lines(session, self.scene.organisation, one, START, self.now + DAY)
            )
            for one in people.departments(session)
        }


def same(answer: Answer, again: Answer) -> bool:
    """Say whether a repeated gesture was answered as it was the first time."""
    return again.ok == answer.ok and (again.form is None) == (answer.form is None)
