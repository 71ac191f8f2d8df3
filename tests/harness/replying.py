"""Replies in a scene: drafts that somebody approved, put on their way, and a publishing worker with its clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from sqlmodel import Session, col, select

from bot.outbox.publishing import Publishing
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.heartbeat import Lease
from bot.runtime.ids import Ids
from handlers.base.cards import Notice
from handlers.base.charter import ANYONE, NO_REVIEW, Charter
from handlers.base.command import Who
from handlers.base.events import Author
from handlers.base.organisation import SourceRules
from handlers.base.stored import from_json
from storage.channels import messages
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from storage.tables.messages import Message
from storage.tables.states import DraftState, PublicationState
from tests.fakes.replies import FakeReplies
from tests.harness.installation import Installation
from tests.harness.patience import HANG_SECONDS

# Who talks with us, our own account there, and a source that shows both.
KIM = Author(name="Kim", handle="kim", external_id="kim")
ACME = Author(name="Acme", handle="acme", external_id="acme")
TALKING_BLOG = SourceRules(
    name="blog",
    kind="feed",
    baseline=False,
    own_accounts=frozenset({"acme"}),
    charter=Charter(written=True, publish=(ANYONE,), review=NO_REVIEW),
)


@dataclass
class PublishingInstallation(Installation):
    """One source on which Ana (finance) answers; Ben (support) reads and presses."""

    source: FakeReplies = field(default_factory=FakeReplies)
    made: int = 0

    def __post_init__(self) -> None:
        self.ana = self._person("Ana")
        self.ben = self._person("Ben")

    def _person(self, name: str) -> int:
        who = self.scene.person(name, f"{name.lower()}@acme.example")
        return self.account(who)

    def account(self, who: Who) -> int:
        """Return the person behind an account."""

        def look(session: Session) -> int:
            found = people.known(session, who.platform, who.workspace, who.external_id)
            assert found is not None
            return found.id

        return self.scene.database.read(look)

    def draft(self, mention: MentionRow, text: str = "I am sorry, Kim. Ana here.", by: int | None = None) -> DraftRow:
        """Let somebody have an approved draft."""
        self.made += 1

        def work(session: Session) -> DraftRow:
            person_id = by or self.ana
            row = drafts.add(
                session,
                token=f"d{self.made}",
                mention_id=mention.id,
                person_id=person_id,
                text=text,
                now=self.clock.now(),
            )
            assert row is not None
            values = {"state": str(DraftState.APPROVED), "approved_version": 1, "approved_by_id": self.ben}
            changed = drafts.change(session, row, self.clock.now(), **values)
            assert changed is not None
            return changed

        return self.scene.database.write(work)

    def press(self, draft: DraftRow, by: int | None = None) -> PublicationRow:
        """Put an approved draft on its way."""

        def work(session: Session) -> PublicationRow:
            drafts.change(session, drafts.get(session, draft.id), self.clock.now(), state=str(DraftState.PUBLISHING))
            begun = publications.begin(
                session,
                send_id=f"send-{draft.id}",
                draft_id=draft.id,
                draft_version=draft.version,
                mention_id=draft.mention_id,
                person_id=by or self.ben,
                source="blog",
                text=draft.text,
                now=self.clock.now(),
            )
            assert begun is not None
            return begun

        return self.scene.database.write(work)

    def on_its_way(self, mention: MentionRow | None = None, text: str = "I am sorry, Kim. Ana here.") -> PublicationRow:
        """Put a reply to a new mention on its way."""
        return self.press(self.draft(mention or self.scene.arrive(), text))

    def look(self, publication: PublicationRow) -> PublicationRow:
        """Return a publication as it stands."""
        return self.scene.database.read(lambda session: publications.get(session, publication.id))

    def draft_of(self, publication: PublicationRow) -> DraftRow:
        """Return the draft of a publication as it stands."""
        return self.scene.database.read(lambda session: drafts.get(session, publication.draft_id))

    def state(self, publication: PublicationRow) -> PublicationState:
        """Return where a publication stands."""
        return PublicationState(self.look(publication).state)

    def mention(self, publication: PublicationRow) -> MentionRow:
        """Return the mention of a publication as it stands."""
        return self.scene.database.read(lambda session: mentions.get(session, publication.mention_id))

    def told(self, who: str = "ANA") -> list[str]:
        """Return the titles of the direct messages to somebody, the oldest first."""
        return [notice.title for notice in self.notices(who)]

    def notices(self, who: str = "ANA") -> list[Notice]:
        """Return the direct messages to somebody, the oldest first."""

        def read(session: Session) -> list[Notice]:
            lane = messages.lane_of(session, "slack", f"@U{who}")
            if lane is None:
                return []
            rows = session.exec(select(Message).where(Message.lane_id == lane.id).order_by(col(Message.id)))
            return [from_json(row.body or "") for row in rows]

        return self.scene.database.read(read)

    def publishing(self, *, limits: Callable[[], float] = lambda: 0.0, **sources: FakeReplies) -> Publishing:
        """Build a worker: what a restart or another replica would be; ``limits`` tells what every source asks for."""
        return Publishing(
            database=AsyncDatabase(self.scene.database),
            sources=sources or {"blog": self.source},
            organisation=self.scene.organisation,
            clock=self.clock,
            ids=Ids(Random(1)),
            seconds_to_wait=lambda _name: limits(),
        )

    def work(
        self,
        until: Callable[[], bool],
        seconds: float = HANG_SECONDS,
        workers: int = 1,
        limits: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Let fresh workers run until something holds."""

        async def main() -> None:
            started = [self.publishing(limits=limits) for _ in range(workers)]
            running = [asyncio.create_task(one.run()) for one in started]
            deadline = asyncio.get_running_loop().time() + seconds
            try:
                while not until():
                    assert asyncio.get_running_loop().time() < deadline, self.source.sends
                    for one in started:
                        one.ring()
                    await asyncio.sleep(0.01)
            finally:
                for one in started:
                    await one.stop(2)
                await asyncio.gather(*running)

        asyncio.run(main())

    def step(self, publishing: Publishing, publication: PublicationRow) -> None:
        """Let a worker that goes on living take the one step of a publication that is due."""
        before = self.look(publication)

        async def main() -> None:
            for job in await publishing.due(()):
                lease = Lease(job.row, f"step-{before.id}")
                await job.run(lease)

        asyncio.run(main())
        assert self._moved(before)

    def work_to(self, publication: PublicationRow, state: PublicationState, **options: float) -> None:
        """Let a fresh worker run until a publication stands somewhere, and nobody holds it."""

        def there() -> bool:
            row = self.look(publication)
            return row.state == state and row.lease is None

        self.work(there, **options)  # type: ignore[arg-type]

    def settle_down(self, publication: PublicationRow) -> None:
        """Let a fresh worker take the steps that are due, one after another, waiting where it waits."""
        for _ in range(8):
            if self.state(publication) not in (PublicationState.DUE, PublicationState.SENDING):
                return
            before = self.look(publication)
            self.work(partial(self._moved, before))
            self.wait(minutes=20)
        raise AssertionError(self.source.sends)

    def _moved(self, before: PublicationRow) -> bool:
        row = self.look(before)
        return row.lease is None and (row.state, row.next_at, row.attempts) != (
            before.state,
            before.next_at,
            before.attempts,
        )
