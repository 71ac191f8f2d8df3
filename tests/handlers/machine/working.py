"""Workers of the machine: a publication brought one step further at a time, as ``bot/outbox/publication.py`` does.

Between two steps anything may happen: people press, the clock moves past the lease, another worker takes it over, the
process starts anew. The place where replies stand is a counter that takes whatever it is sent, twice if it is sent
twice; a look-up says what really stands there.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import SystemRandom

from sqlmodel import Session

from handlers.base.replying import Handoff, Published
from handlers.reply.outcome import moderation
from handlers.reply.outcome import steps as settle
from handlers.reply.outcome.steps import LeasedPublication
from storage.engine.leases import LEASE
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState
from tests.handlers.machine.replying import Mention, Way
from tests.handlers.machine.world import World

REST = timedelta(minutes=5)
LOOKS = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60))

# What may come of a step: before the send, of the send, of its answer, of a look-up. The first is what goes well.
BEFORE = ("accepted", "lost", "asked", "later", "waiting", "refused", "handed_off")
AFTER_ACCEPTED = ("published", "silent", "held")
AFTER_LOST = ("refused", "silent", "later", "waiting")
LOOKED = ("found out", "cannot look", "later", "waiting", "held")
LOOKED_AGAIN = (*LOOKED, "rejected")
OUTCOMES = tuple(dict.fromkeys((*BEFORE, *AFTER_ACCEPTED, *AFTER_LOST, *LOOKED_AGAIN)))


@dataclass
class Worker:
    """Somebody who took a publication, and may have lost it since."""

    number: int
    way: Way
    row: PublicationRow
    token: str
    accepted: bool | None = None


@dataclass
class Works:
    """All workers of a day, and what stands in public.

    Attributes:
        stands: How often each approval of each mention was published.
        made: How many tokens were drawn.
    """

    world: World
    workers: list[Worker] = field(default_factory=list)
    stands: Counter[tuple[int, tuple[int, int]]] = field(default_factory=Counter)
    made: int = 0

    def free(self, number: int, model: list[Mention]) -> bool:
        """Say whether a worker may take what is on its way for a mention."""
        way, now = model[number].flying, self.world.now
        if (
            way is None
            or way.state not in ("due", "sending", "held")
            or (way.next_at is not None and way.next_at > now)
        ):
            return False
        near = [one for one in model if one.place is model[number].place]
        held = [one for mention in near for one in mention.ways if one.leased_until is not None]
        return not any(one.leased_until is not None and one.leased_until >= now for one in held)

    def take(self, number: int, model: list[Mention], row: PublicationRow) -> None:
        """Take a publication, which nobody else may hold."""
        world, free, way = self.world, self.free(number, model), model[number].flying
        self.made += 1
        token, now = f"worker-{self.made}", world.now

        def work(session: Session) -> PublicationRow | None:
            return publications.take(session, row.id, row.source, token, now)

        held = world.database.write(work)
        assert (held is not None) == free, (row, way)
        if held is not None and way is not None:
            way.token, way.leased_until = token, now + LEASE
            self.workers.append(Worker(number, way, held, token))

    def go_on(self, worker: Worker, model: list[Mention], outcome: str) -> str:
        """Let a worker take its next step; returns what came of it."""
        mention = model[worker.number]
        if worker.accepted is not None:
            came = AFTER_ACCEPTED if worker.accepted else AFTER_LOST
            return self._settled(worker, mention, outcome if outcome in came else came[0])
        if worker.row.state == PublicationState.SENDING:
            return self._settled(worker, mention, outcome if outcome in LOOKED else LOOKED[0])
        if worker.row.state == PublicationState.HELD:
            return self._settled(worker, mention, outcome if outcome in LOOKED_AGAIN else LOOKED[0])
        came_before = outcome if outcome in BEFORE else BEFORE[0]
        # The parent is looked at just before the send.
        if mention.deleted and not worker.row.despite_change:
            came_before = "asked"
        elif came_before == "asked" and worker.row.despite_change:
            came_before = "accepted"
        if came_before in ("accepted", "lost"):
            return self._send(worker, mention, accepted=came_before == "accepted")
        return self._settled(worker, mention, came_before)

    def _send(self, worker: Worker, mention: Mention, *, accepted: bool) -> str:
        way, now = worker.way, self.world.now
        right = way.token == worker.token and way.state == "due" and way.reply.state == "publishing"

        def work(session: Session) -> PublicationRow | None:
            return publications.mark_sending(session, worker.row.id, worker.token, "prepared", now)

        marked = self.world.database.write(work)
        assert (marked is not None) == right, (worker, mention)
        if marked is None:
            return self._settled(worker, mention, "refused")
        worker.row, worker.accepted = marked, accepted
        way.state, way.sent_at, way.next_at, way.leased_until = "sending", now, None, now + LEASE
        if accepted:
            self.stands[worker.number, way.name] += 1
        return "sent"

    def _settled(self, worker: Worker, mention: Mention, outcome: str) -> str:
        """Write down what was learnt; who lost the publication meanwhile writes nothing."""
        self.workers.remove(worker)
        way, now = worker.way, self.world.now
        became = self._became(worker, mention, outcome)
        next_at = now + REST if outcome in ("silent", "later") else None
        if became == "held" and outcome != "waiting":
            waited = now - (worker.row.held_at or now)
            look = now + next((one for one in LOOKS if one > waited), LOOKS[-1])
            next_at = max(look, next_at) if next_at else look
        step = self._step(worker, outcome, became, next_at)
        organisation = self.world.scene.organisation

        def work(session: Session) -> bool:
            return step(
                LeasedPublication(
                    session=session,
                    organisation=organisation,
                    now=now,
                    random=SystemRandom(),
                    row=worker.row,
                    token=worker.token,
                )
            )

        written = self.world.database.write(work)
        assert written == (way.token == worker.token), (worker, outcome)
        if not written:
            return "too late"
        self.stands[worker.number, way.name] -= became == "rejected"
        mention.settle(way, became, next_at)
        return outcome

    def _became(self, worker: Worker, mention: Mention, outcome: str) -> str:
        """Return where a reply stands after a step: what its network has is not lost, what it shows is not rejected."""
        there = self.stands[worker.number, worker.way.name]
        as_it_was = str(worker.row.state) if worker.accepted is None else "due"
        if outcome in ("later", "waiting"):
            return as_it_was
        if outcome == "rejected" and worker.way.name in mention.said:
            return "published"
        if outcome in ("found out", "held") and not there:
            return "rejected" if as_it_was == "held" else "due"
        return {"found out": "published", "cannot look": "unclear", "silent": "sending"}.get(outcome, outcome)

    def _step(
        self, worker: Worker, outcome: str, became: str, next_at: datetime | None
    ) -> Callable[[LeasedPublication], bool]:
        state = PublicationState(became) if became in ("due", "sending", "held") else PublicationState.DUE
        if outcome == "waiting":
            return lambda held: settle.waiting(held, state, "The password is wrong.")
        if became == "held" and outcome == "later":
            return lambda held: moderation.put_off(held, held.now + REST, "It is busy.")
        if became == "held":
            return lambda held: moderation.held(held, Published(reference(worker.row), "", held=True))
        if next_at is not None:
            return lambda held: settle.later(held, state, next_at, "It is busy.")
        if became == "published":
            url = f"https://{worker.row.source}.example/r/{worker.row.send_id}"
            return lambda held: settle.published(held, Published(reference(worker.row), url))
        if became == "due":
            return lambda held: settle.certainly_not_there(held, None)
        steps: dict[str, Callable[[LeasedPublication], bool]] = {
            "rejected": moderation.rejected,
            "refused": lambda held: settle.refused(held, "It takes no replies."),
            "handed_off": lambda held: settle.handed_off(held, Handoff("https://acme.example", "It is closed.")),
            "asked": lambda held: settle.asked(held, "The post reads differently now."),
            "unclear": lambda held: settle.unclear(held, "Nobody can look there."),
        }
        return steps[became]

    def restart(self, model: list[Mention]) -> None:
        """Let the process start anew: nobody holds anything, and who was at work is gone."""
        self.world.database.write(publications.leases.forget)
        self.workers.clear()
        for mention in model:
            for way in mention.ways:
                way.token, way.leased_until = "", None


def reference(row: PublicationRow) -> str:
    """Return the name by which its platform knows a reply."""
    return f"reply-{row.send_id}"
