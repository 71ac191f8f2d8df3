"""Delivery: make every channel show what its messages say, exactly once, whatever crashes or is slow.

One job a lane (``bot.outbox.worker``), and lanes never wait for each other. What is about to be sent is committed as
``sending`` first, and its outcome is committed together with marking the next, so that after a crash exactly those that
may or may not have been shown stand as ``sending``: they are looked up in the channel before anything is sent again. An
update needs no look-up, because sending it twice does no harm. What a platform cannot be asked about counts as not
shown: a second card is better than none.

Whoever takes the lease of a lane delivers. One that goes as fast as the answers come changes hands among the replicas
(``bot.runtime.replicas``); one with a pace stays, since what was sent there lately stands in one memory.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.chat.base import Messenger, PersonGone, PlaceRefused, TryLater
from bot.outbox.attempt import Parcel, Sent, Turn, fitting, log_post, look_up, origins, send, write_cards
from bot.outbox.rate_limit import RateLimiter
from bot.outbox.render import Drawn, draw_all
from bot.outbox.sights import Sights
from bot.outbox.worker import BEGIN_WITHIN, IDLE, Job, Worker
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import BEAT, Lease
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from handlers.base.organisation import Organisation
from handlers.channels.notify import begin_incident, end_incident, leads_nowhere
from handlers.channels.placement import park_lane, unpark_lane
from storage.channels import lanes
from storage.channels.lanes import LaneRow
from storage.channels.messages import MessageRow, person_in
from storage.channels.restored import doubt
from storage.engine.database import Session
from storage.tables.states import MessageState
from storage.work.incidents import IncidentKind, Subject

LOOK_EVERY = 0.01
PROBE_EVERY = timedelta(minutes=2)
LINGER = 0.05
LOOK_TOGETHER = 500
DEAF = 0.5
GIVE_WAY = 0.2

log = logging.getLogger("dibs.delivery")


@dataclass(slots=True, kw_only=True)
class Delivery:
    """The worker that empties the lanes of all platforms.

    Attributes:
        on_card: Told how many seconds after ingest the first card of a mention stood.
        busy: Whether somebody waits for an acknowledgement; sends give way to that for a moment.
        ids: Draws the tokens of leases, and what shortens rests: the refused do not come back together.
    """

    database: AsyncDatabase
    messengers: Sequence[Messenger]
    organisation: Organisation
    clock: Clock
    on_card: Callable[[float], None] = lambda _seconds: None
    busy: Callable[[], bool] = lambda: False
    ids: Ids
    replicas: Replicas | None = None
    name: str = "Delivery"
    worker: Worker = field(init=False)
    _sights: Sights = field(init=False)
    _by_name: dict[str, Messenger] = field(default_factory=dict)
    _waiting: dict[int, asyncio.Event] = field(default_factory=dict)
    _pacers: dict[str, RateLimiter] = field(default_factory=dict)
    _resting: dict[Hashable, float] = field(default_factory=dict)
    _refused: dict[str, float] = field(default_factory=dict)
    _well: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._by_name = {one.name: one for one in self.messengers}
        self._pacers = {one.name: RateLimiter(one.pace) for one in self.messengers}
        self._sights = Sights(self.database, self.clock, lanes.marked)
        self.worker = Worker(
            queue=self,
            leases=lanes.leases,
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            look_every=LOOK_EVERY,
            replicas=self.replicas,
        )

    def ring(self) -> None:
        """Say that something may be due; from the loop's own thread."""
        self.worker.ring()
        for waiting in self._waiting.values():
            waiting.set()

    async def run(self) -> None:
        """Work until ``stop``."""
        await self.worker.run()

    async def stop(self, seconds: float = 8.0) -> None:
        """Take nothing new, and give what is under way some time; the rest stands as ``sending``."""
        self.worker.stopping = True
        self.ring()
        await self.worker.stop(seconds)

    async def due(self, busy: Collection[Hashable]) -> list[Job]:
        """Return the lanes that have something to do, and parked ones whose time to be tried again has come."""
        await self._sights.look()
        now = self.clock.now()
        due, parked = await self.database.read(
            lambda session: (lanes.lanes_with_work(session, now), lanes.parked_to_probe(session, now))
        )
        work = [(lane, self._work) for lane in due if not self._rests(lane)]
        work += [(lane, self._probe) for lane in parked]
        return [
            Job(lane.id, lane.id, partial(step, lane), stays=self._stays(lane))
            for lane, step in work
            if lane.id not in busy and lane.platform in self._by_name
        ]

    def rest(self, job: Job) -> None:
        """Leave a lane alone for a moment, because a bug met it."""
        self._resting[job.key] = self.clock.monotonic() + IDLE

    def _rests(self, lane: LaneRow) -> bool:
        return self._refuses(lane.platform) or self.clock.monotonic() < self._resting.get(lane.id, 0.0)

    def _refuses(self, platform: str) -> bool:
        return self.clock.monotonic() < self._refused.get(platform, 0.0)

    async def _work(self, lane: LaneRow, lease: Lease) -> None:
        """Empty one lane; a bug here costs this lane one turn."""
        sent: list[Sent] = []
        turn: Turn | None = None
        bell = self._waiting[lane.id] = asyncio.Event()
        try:
            term = self.worker.term()
            while not self.worker.stopping and not self.worker.gives_way(lane.id, term, stays=self._stays(lane)):
                bell.clear()
                turn = await self._turn(lane, lease.token, sent, take=turn is None)
                sent = []
                if not turn.ours or not await self._linger(turn, bell):
                    break
                sent = await self._do(lane, turn)
        finally:
            self._waiting.pop(lane.id, None)
            lease.over = True
            if turn is None or not turn.left:
                await asyncio.shield(self._leave(lane, lease.token, sent))

    def _stays(self, lane: LaneRow) -> bool:
        return bool(self._pacers[lane.platform].pace.limits)

    async def _linger(self, turn: Turn, bell: asyncio.Event) -> bool:
        """Wait where the pace says so, or until something comes that may go; False when the lane has nothing to do."""
        if turn.send or turn.look:
            return True
        if turn.wait is None:
            return False
        if turn.deaf:
            await self.clock.sleep(min(turn.wait, DEAF))
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), min(max(turn.wait, LINGER), BEAT))
        return True

    async def _leave(self, lane: LaneRow, token: str, sent: list[Sent]) -> None:
        def work(session: Session) -> None:
            self._settle(session, lane, token, sent)
            lanes.leases.release(session, lane.id, token)

        await self.database.tx(work)
        self.database.sync.ring_others()

    async def _turn(self, lane: LaneRow, token: str, sent: list[Sent], *, take: bool) -> Turn:
        """Take the lane or settle what was sent, and mark what is next or give the lane back, all in one commit."""
        now, marked = self.clock.now(), self.clock.monotonic()
        room = self._pacers[lane.platform].room(lane.id, marked)

        def work(session: Session) -> Turn:
            if take and not lanes.leases.take(session, lane.id, token, now):
                return Turn(ours=False, left=True)
            if not self._settle(session, lane, token, sent):
                return Turn(ours=False)
            held = lanes.renew(session, lane.id, token, now)
            if not held.ours:
                return Turn(ours=False)
            if self._refuses(lane.platform):  # what waits would be refused too, one by one
                lanes.leases.release(session, lane.id, token)
                return Turn(left=True)
            if held.look_since and (doubted := self._doubt(session, lane, held.look_since, now)):
                return Turn(look=doubted, restored=held.look_since)
            rest = (held.posts_at - now).total_seconds() if held.posts_at else 0.0
            may_post, may_update = rest <= 0 and room.posts > 0, room.updates > 0
            rows = lanes.next_messages(session, lane.id, now, room.together, may_post=may_post, may_update=may_update)
            if not rows:
                behind = not (may_post and may_update) and lanes.next_messages(session, lane.id, now, 1)
                waits = [0.0 if may_post else max(rest, room.post_wait), 0.0 if may_update else room.update_wait]
                if behind:
                    return Turn(wait=min(filter(None, waits)), deaf=not (may_post or may_update))
                lanes.leases.release(session, lane.id, token)
                return Turn(left=True)
            rows = fitting(rows, room)
            look = tuple(row for row in rows if row.state == MessageState.SENDING and row.reference is None)
            ready = tuple(row for row in rows if row not in look)
            lanes.mark_sending(session, [row.id for row in ready], now)
            return Turn(send=ready, look=look, marked=marked)

        return await self.database.tx(work)

    def _doubt(self, session: Session, lane: LaneRow, since: datetime, now: datetime) -> tuple[MessageRow, ...]:
        """Return what has to be looked for in a restored lane: all in one look, for a channel is long to read."""
        waiting = lanes.next_messages(session, lane.id, now, LOOK_TOGETHER, may_update=False)
        return tuple(doubt(session, waiting, since))

    async def _do(self, lane: LaneRow, turn: Turn) -> list[Sent]:
        messenger = self._by_name[lane.platform]
        if turn.look and (found := await self._look(lane, messenger, turn)) is not None:
            return found + await self._send_all(lane, messenger, turn)
        return await self._send_all(lane, messenger, turn)

    async def _look(self, lane: LaneRow, messenger: Messenger, turn: Turn) -> list[Sent] | None:
        rows = turn.look
        left = max(self._left(row, turn.restored) for row in rows)
        if left > 0:
            # A request of a killed process may still be on its way: what is looked up too soon is missed.
            return [Sent.later(row, self.clock.now() + timedelta(seconds=left)) for row in rows]
        log.info("Looking up what may have been shown: %d.", len(rows), extra={"lane": lane.channel})
        names = await self.database.read(partial(origins, rows=rows)) if turn.restored else {}
        return await look_up(messenger, lane.channel, rows, self.clock.now(), self.ids.random, names)

    def _left(self, row: MessageRow, restored: datetime | None) -> float:
        """Return in how many seconds no request for a message can be on its way any more."""
        before = restored is not None and row.sending_at is not None and row.sending_at <= restored
        return 0.0 if before else self._sights.left((row.id, row.sending_at))

    async def _send_all(self, lane: LaneRow, messenger: Messenger, turn: Turn) -> list[Sent]:
        rows = turn.send
        if not rows:
            return []
        pacer = self._pacers[lane.platform]
        drawn = await self.database.read(
            lambda session: draw_all(session, rows, self.organisation, lane.platform, lane.channel)
        )
        await self._give_way()
        halted: dict[bool, datetime] = {}
        gate = asyncio.Semaphore(pacer.in_flight(lane.id, self.clock.monotonic()))

        async def one(row: MessageRow, content: Drawn | None) -> Sent:
            async with gate:
                if content is None:
                    return Sent.broken(row)
                posting = row.reference is None

                def permit() -> bool:
                    return posting not in halted and self.clock.monotonic() - turn.marked <= BEGIN_WITHIN

                if not permit():
                    return Sent.later(row, halted.get(posting, self.clock.now()))
                if (wait := pacer.begin(lane.id, self.clock.monotonic(), posting=posting)) > 0:
                    return Sent.later(row, self.clock.now() + timedelta(seconds=wait))
                try:
                    result = await send(
                        messenger, lane.channel, Parcel(row, content), permit, self.clock, self.ids.random
                    )
                finally:
                    pacer.end(lane.id, self.clock.monotonic(), posting=posting)
                if asked := result.posts_at or result.updates_at:
                    halted[posting] = asked  # what waits behind it would be asked to wait, too
                    pacer.refused(lane.id, self.clock.monotonic())
                if posting:
                    log_post(lane.channel, content, result)
                return result

        return list(await asyncio.gather(*(one(row, content) for row, content in zip(rows, drawn, strict=True))))

    async def _give_way(self) -> None:
        """Let a burst of gestures be acknowledged first: one thread serves both, and a person waits for only one."""
        until = self.clock.monotonic() + GIVE_WAY
        while self.busy() and self.clock.monotonic() < until:
            await self.clock.sleep(0.01)

    def _settle(self, session: Session, lane: LaneRow, token: str, sent: list[Sent]) -> bool:
        """Write down how sends ended; False when the lane is not ours any more (or was just parked)."""
        if not sent:
            return True
        now = self.clock.now()
        if not lanes.renew(session, lane.id, token, now).ours:
            return False
        lanes.settle(session, [one.outcome for one in sent])
        for arrived in write_cards(session, lane, sent, now):
            self.on_card((now - arrived).total_seconds())
        if rests := [one.posts_at for one in sent if one.posts_at is not None]:
            lanes.rest(session, lane.id, token, max(rests))
        refused = next((one.place_refused for one in sent if one.place_refused), "")
        nobody = bool(refused) and self._drops(session, lane, told=any(one.person_gone for one in sent))
        if refused and not nobody:
            log.warning("A lane is parked: %s", refused, extra={"lane": lane.channel})
            park_lane(session, self.organisation, lane.id, refused, now, now + PROBE_EVERY)
        self._heed_platform(session, lane.platform, sent, now)
        return not refused or nobody

    def _drops(self, session: Session, lane: LaneRow, *, told: bool) -> bool:
        """Drop what waits for a person who is gone, as the platform told us just now or we know; False for others."""
        if not person_in(lane.channel) or not (told or leads_nowhere(session, lane.platform, lane.channel)):
            return False
        lanes.drop(session, lane.id)
        log.info("Dropped what was for somebody who is gone.", extra={"lane": lane.channel})
        return True

    def _heed_platform(self, session: Session, platform: str, sent: list[Sent], now: datetime) -> None:
        subject = Subject(IncidentKind.PLATFORM, platform)
        why = next((one.platform_refused for one in sent if one.platform_refused), "")
        if why:
            self._well.discard(platform)
            self._refused[platform] = self.clock.monotonic() + 30
            if begin_incident(session, self.organisation, subject, f"{platform.capitalize()} refuses us: {why}", now):
                log.warning("A platform refuses us: %s", why)
        elif platform not in self._well and any(one.outcome.shown is not None for one in sent):
            # Asked once: only a refusal that we see ourselves can make it wrong again.
            self._well.add(platform)
            if end_incident(session, self.organisation, subject, f"{platform.capitalize()} works again.", now):
                log.info("A platform works again.")

    def _still_parked(self, lane: LaneRow, told: bool, now: datetime, session: Session) -> None:
        if not self._drops(session, lane, told=told):
            lanes.probe_later(session, lane.id, now + PROBE_EVERY)

    async def _probe(self, lane: LaneRow, lease: Lease) -> None:
        """See whether a parked lane works again; nothing is leased for that."""
        lease.over = True
        now = self.clock.now()
        try:
            await self._by_name[lane.platform].probe(lane.channel)
        except (PlaceRefused, TryLater) as failure:
            await self.database.tx(partial(self._still_parked, lane, isinstance(failure, PersonGone), now))
            return
        except Exception:
            log.exception("A parked lane could not be probed.", extra={"lane": lane.channel})
            await self.database.tx(lambda session: lanes.probe_later(session, lane.id, now + PROBE_EVERY))
            return
        if await self.database.tx(lambda session: unpark_lane(session, self.organisation, lane.id, now)):
            log.info("A lane works again.", extra={"lane": lane.channel})
        self.worker.ring()
