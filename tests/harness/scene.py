"""A scene for tests: an organisation of sample departments in a real database, with people and mentions in it."""

import itertools
import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import Engine, text
from sqlmodel import Session

from handlers.base.command import Answer, ByToken, Command, Who
from handlers.base.events import Author, Event, Posted
from handlers.base.organisation import DepartmentConfig, Organisation, SourceRules
from handlers.dispatch.dispatch import Dispatcher
from handlers.listen.ingest import Arrival, ingest
from handlers.own.reconcile import reconcile
from handlers.people.accounts import Account, learn_account
from handlers.text.match import Matcher, Topic
from storage.engine.compiled import dialect_of
from storage.engine.database import Database
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from tests.harness.engines import begin_once

START = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
ORGANISATION = Organisation(
    name="Acme",
    timezone="Europe/Berlin",
    fallback="support",
    admins=("ana@acme.example",),
    departments=(
        DepartmentConfig(
            key="support",
            name="Customer support",
            timezone="America/New_York",
            homes={"slack": "C-SUPPORT"},
            home_names={"slack": "#support-social"},
            members=("ben@acme.example",),
        ),
        DepartmentConfig(
            key="finance",
            name="Finance",
            timezone="Europe/Berlin",
            homes={"slack": "C-FINANCE"},
            home_names={"slack": "#finance-care"},
            members=("ana@acme.example",),
        ),
    ),
    topics=(Topic(name="billing", department="finance", any=("refund", "invoice")),),
    sources=(SourceRules(name="blog", kind="feed", baseline=False),),
)


@dataclass
class Scene:
    """One organisation at work. ``now`` moves only when a test moves it."""

    database: Database
    organisation: Organisation = ORGANISATION
    now: datetime = START
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.matcher = Matcher(self.organisation.topics)
        self.dispatcher = Dispatcher(self.organisation, Random(1))
        begun = ("reconciled", repr(self.organisation), self.now)
        begin_once(self.engine, begun, lambda: self.database.write(self._reconcile))

    def _reconcile(self, session: Session) -> None:
        reconcile(session, self.organisation, self.now, Random(1))

    @property
    def engine(self) -> Engine:
        """The engine of the database."""
        return self.database.engine

    def pass_time(self, **spans: float) -> None:
        """Move the clock: ``pass_time(minutes=5)``."""
        self.now += timedelta(**spans)

    def arrive(self, text: str = "Where is my refund?", **fields: object) -> MentionRow:
        """Let one post arrive from the source "blog"; returns the mention that it became."""
        self.ingest(self.posted(text, **fields))

        def look(session: Session) -> MentionRow:
            return mentions.listed(session, mentions.Filter(), limit=1, newest=True)[0]

        return self.database.read(look)

    def posted(self, text: str = "Where is my refund?", **fields: object) -> Posted:
        """Make a post that no source showed yet."""
        number = next(self.numbers)
        values: dict[str, object] = {
            "external_id": f"post-{number}",
            "url": f"https://blog.example/{number}",
            "author": Author(name="Kim", handle="kim", external_id="kim"),
            **fields,
        }
        return Posted(text=text, **values)  # type: ignore[arg-type]

    def ingest(self, *posts: Event, source: str = "blog", baseline: Collection[str] = ()) -> Arrival:
        """Let posts, and what else a source tells, arrive in one batch."""
        rules = next(one for one in self.organisation.sources if one.name == source)

        def work(session: Session) -> Arrival:
            drawn = random.Random(next(self.numbers))
            return ingest(session, rules, self.matcher, self.organisation, posts, self.now, drawn, baseline=baseline)

        return self.database.write(work)

    def person(self, name: str, email: str | None = None, account: str | None = None) -> Who:
        """Make an employee known; returns the account as gestures carry it."""
        external_id = account or f"U{name.upper()}"
        known = Account(platform="slack", workspace="T1", external_id=external_id, name=name, email=email)
        self.learn(known)
        return self.who(external_id, name)

    def learn(self, told: Account) -> int:
        """Let a platform tell of an account; returns whose it is."""
        person_id = self.database.write(lambda session: learn_account(session, told, self.now))
        assert person_id is not None
        return person_id

    def who(self, external_id: str, name: str = "", channel: str = "C-FINANCE") -> Who:
        """Return an account of our workspace, known or not."""
        return Who(platform="slack", workspace="T1", external_id=external_id, name=name, channel=channel, types="/dibs")

    def do(self, command: Command) -> Answer:
        """Run one command at the scene's time; a question where nothing can be written."""
        if command.asks:
            answer = self.database.read(lambda session: self._look(session, command))
            if answer is not None:
                return answer
        return self.database.write(lambda session: self.dispatcher.handle(session, command, self.now))

    def _look(self, session: Session, command: Command) -> Answer | None:
        with only_reading(session):
            return self.dispatcher.look(session, command, self.now)

    def look(self, mention: MentionRow) -> MentionRow:
        """Return the mention as it stands now."""
        return self.database.read(lambda session: mentions.get(session, mention.id))

    def log(self, mention: MentionRow) -> list[str]:
        """Return what the log says was done with a mention, in order."""
        rows = self.database.read(lambda session: list(ownership.rows(session, mention_id=mention.id)))
        return [row["action"] for row in rows]


@contextmanager
def only_reading(session: Session) -> Iterator[None]:
    """Let the database refuse whatever would be written inside."""
    connection, sqlite = session.connection(), dialect_of(session) == "sqlite"
    connection.execute(text("PRAGMA query_only = ON" if sqlite else "SET TRANSACTION READ ONLY"))
    try:
        yield
    finally:
        if sqlite:
            connection.execute(text("PRAGMA query_only = OFF"))


def at(mention: MentionRow) -> ByToken:
    """Name a mention by its token and the version that was shown."""
    return ByToken(mention.token, mention.version)
