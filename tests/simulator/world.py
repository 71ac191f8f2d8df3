"""The world of one day: its time, its servers, its processes, and what goes wrong with each of them when."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from bot.runtime.clock import Clock
from storage.engine.database import is_outage
from tests.harness.scene import START
from tests.simulator import people
from tests.simulator.chat import Server
from tests.simulator.database import NOBODY, Store
from tests.simulator.found import Broken, Bugs
from tests.simulator.loop import LIFE, Life, VirtualLoop
from tests.simulator.plan import REPLICAS, SETTLE_SECONDS, SITES, Entry, Plan
from tests.simulator.promises import NOTHING_LOST, Promises
from tests.simulator.replica import HOOK, Replica, prepared
from tests.simulator.sites import Site

# The day begins so long after the scene's: 40 s before ten in Berlin.
_LATER = timedelta(minutes=1, seconds=20)
_LOOK_EVERY = 1.0
_QUIET = 3
_SHARE = 0.75


@dataclass(eq=False)
class World:
    """One day."""

    plan: Plan
    tracing: bool = False
    loop: VirtualLoop = field(default_factory=VirtualLoop)
    trace: list[str] = field(default_factory=list)
    found: Broken | None = None
    commits: int = 0
    lives: dict[str, Replica | None] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    ahead: dict[str, float] = field(default_factory=dict)
    _chances: dict[str, Random] = field(default_factory=dict)
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seed = self.plan.seed
        self.paced = self.plan.paced
        self.store = Store(prepared())
        self.server = Server(self)
        self.sites = {name: Site(self, name) for name in (*SITES, HOOK)}
        self.promises = Promises(self)
        self.over: asyncio.Future[None] = self.loop.create_future()
        self.loop.set_exception_handler(self._bug)

    # --- what its parts ask ---

    def chance(self, of: str) -> Random:
        """Return the chance of something: the same draws, whatever else happens."""
        if of not in self._chances:
            self._chances[of] = Random(f"{self.seed} {of}")
        return self._chances[of]

    def truth(self) -> datetime:
        """Return the true time."""
        return START + _LATER + timedelta(seconds=self.loop.time())

    def clock_of(self, life: Life) -> Clock:
        """Return the clock of a process, which may be wrong."""
        return Clock(lambda: self.truth() + timedelta(seconds=life.ahead), self.loop.time, asyncio.sleep)

    def broken(self, promise: str, what: str) -> None:
        """Note that a promise does not hold; the day is over."""
        if self.found is None:
            self.found = Broken(promise, what, self.loop.time())
            self.note(f"BROKEN {promise}: {what}")
            if not self.over.done():
                self.over.set_result(None)

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        if self.tracing:
            life = LIFE.get()
            self.trace.append(f"{self.loop.time():8.3f} {life or '--'} {what}")

    def may_stand(self, send_id: str, text: str) -> str:
        """Return why a reply may not be published, or nothing."""
        return self.promises.may_stand(send_id, text)

    def committed(self, life: Life, done: int) -> None:
        """Look whether all holds after a commit."""
        del life
        if done:
            self.commits += 1
            self.promises.look()

    def trouble_of_database(self, life: Life) -> str:
        """Return whether the database is away for a process."""
        for one in self._now("database"):
            if one.who in ("all", life.replica):
                return one.how
        return ""

    def fault(self, server: str, life: Life | None) -> str:
        """Return what is wrong with a server for a process."""
        if life is not None and any(one.who == life.replica for one in self._now("cut")):
            return "cut"
        for one in self._now("server"):
            if one.who == server and self.chance(f"fault {one.number}").random() < _SHARE:
                return one.how
        return ""

    def _now(self, what: str) -> list[Entry]:
        now = self.loop.time()
        return [one for one in self.plan.entries if one.what == what and one.at <= now < one.at + one.seconds]

    def reachable(self) -> list[Replica]:
        """Return the processes that a platform can deliver to; one that stands still takes, and does not answer."""
        cut = {one.who for one in self._now("cut")}
        return [one for name, one in self.lives.items() if one is not None and name not in cut]

    # --- processes ---

    def start(self, name: str) -> None:
        """Start a process."""
        number = self.started[name] = self.started.get(name, 0) + 1
        life = Life(name, number, ahead=self.ahead.get(name, 0.0), die=self._die, pause=self._stand_still)
        self.note(f"{life} starts")
        self.lives[name] = Replica.start(self, life)

    def _die(self, life: Life, seam: str) -> None:
        if life.dead:
            return
        self.note(f"{life} dies {seam}")
        self.count(f"crash {seam}")
        life.dead = True
        self.lives[life.replica] = None
        self.loop.call_later(life.seams.pop("seconds", 1000) / 1000, self.start, life.replica, context=NOBODY)

    def count(self, what: str) -> None:
        """Count what happened."""
        self.done[what] = self.done.get(what, 0) + 1

    def begin(self, work: Awaitable[Any]) -> None:
        """Let something happen that belongs to no process."""
        task: asyncio.Task[Any] = self.loop.create_task(cast("Any", work), context=NOBODY.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _bug(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not is_outage(error):
            self.broken("no part meets a bug", f"{context.get('message')} {type(error).__name__}: {error}")

    # --- the day ---

    def play(self) -> Broken | None:
        """Let the day happen; returns the promise that did not hold, or None."""
        log = logging.getLogger("dibs")
        bugs, level, propagate = Bugs(self), log.level, log.propagate
        log.addHandler(bugs)
        log.propagate = False
        log.setLevel(logging.INFO if self.tracing else logging.ERROR)
        try:
            self.loop.run_until_complete(self.loop.create_task(self._day(), context=NOBODY.copy()))
        except RuntimeError as error:
            self.broken("all settles", str(error))
        finally:
            log.removeHandler(bugs)
            self.lives.clear()
            log.setLevel(logging.CRITICAL)  # who is swept away in the middle of something would tell of that
            self.loop.sweep()
            self.store.close()
            log.propagate = propagate
            log.setLevel(level)
        return self.found

    async def _day(self) -> None:
        for name in REPLICAS:
            self.start(name)
        for entry in sorted(self.plan.entries, key=lambda one: one.at):
            self.loop.call_at(entry.at, self._happen, entry, context=NOBODY)
        self.begin(self._end())
        await self.over

    async def _end(self) -> None:
        """Wait until all has come to rest, for a bounded time."""
        last = max(
            (one.at + (0 if one.what in ("crash", "jump") else one.seconds) for one in self.plan.entries), default=0
        )
        await asyncio.sleep(max(last + 1, 42.0))
        self._disarm()
        deadline, quiet = self.loop.time() + SETTLE_SECONDS, 0
        while quiet < _QUIET:
            waits = [*self.promises.unsettled(), *(["people wait"] if self._tasks - {asyncio.current_task()} else [])]
            quiet = 0 if waits else quiet + 1
            if self.loop.time() > deadline:
                self.broken(NOTHING_LOST, f"after {SETTLE_SECONDS:g} s of calm: {', '.join(waits)}")
                return
            await asyncio.sleep(_LOOK_EVERY)
        self.note("all is at rest")
        for one, number in self.promises.figures().items():
            self.done[one] = number
        self.promises.rest()
        if not self.over.done():
            self.over.set_result(None)

    def _disarm(self) -> None:
        for one in self.lives.values():
            if one is not None:
                one.life.seams.clear()
                one.life.pauses.clear()

    def _happen(self, entry: Entry) -> None:
        self.note(f"* {entry}")
        getattr(self, f"_{entry.what}")(entry)

    def _posts(self, entry: Entry) -> None:
        for _ in range(entry.times):
            self.sites[entry.who].post()

    def _crowd(self, entry: Entry) -> None:
        self.sites[entry.who].crowd(entry.times)

    def _push(self, entry: Entry) -> None:
        site = self.sites[HOOK]
        names = [site.post().external_id for _ in range(entry.times)]
        self.begin(self._deliver(entry, names))

    async def _deliver(self, entry: Entry, names: list[str]) -> None:
        """Call the hook until we are thanked, and perhaps once more."""
        random, thanked = Random(f"{self.seed} push {entry.number}"), False
        body = str(names).replace("'", '"').encode()
        while not thanked or random.random() < 0.25:
            answer = await people.ask(
                self, random, lambda app: app.runner.receive(HOOK, {"id": f"push-{entry.number}"}, body)
            )
            if answer is not None:
                thanked = True
                self.note(f"push {entry.number} is acknowledged")
                for name in names:
                    if not self.store.rows("SELECT 1 FROM post WHERE source = ? AND external_id = ?", HOOK, name):
                        self.broken("acknowledged means stored", f"{name} was taken, and is not stored")
            await asyncio.sleep(random.uniform(0.2, 2))

    def _edit(self, entry: Entry) -> None:
        self.sites[entry.who].edit(delete=False)

    def _delete(self, entry: Entry) -> None:
        self.sites[entry.who].edit(delete=True)

    def _gesture(self, entry: Entry) -> None:
        self.begin(people.press(self, entry))

    def _reply(self, entry: Entry) -> None:
        self.begin(people.reply(self, entry))

    def _race(self, entry: Entry) -> None:
        self.begin(people.race(self, entry))

    def _crash(self, entry: Entry) -> None:
        if (one := self.lives.get(entry.who)) is not None:
            one.life.seams = {entry.how: entry.times, "seconds": round(entry.seconds * 1000)}

    def _pause(self, entry: Entry) -> None:
        if (one := self.lives.get(entry.who)) is not None:
            one.life.pauses[entry.how] = entry.seconds

    def _stall(self, entry: Entry) -> None:
        if (one := self.lives.get(entry.who)) is not None:
            self._stand_still(one.life, entry.seconds)

    def _stand_still(self, life: Life, seconds: float) -> None:
        if not life.stalled and not life.dead:
            self.note(f"{life} stands still for {seconds:.1f} s")
            self.count("pause")
            life.stalled = True
            self.loop.call_later(seconds, self.loop.wake, life, context=NOBODY)

    def _jump(self, entry: Entry) -> None:
        self.ahead[entry.who] = entry.seconds
        if (one := self.lives.get(entry.who)) is not None:
            one.life.ahead = entry.seconds

    def _restart(self, entry: Entry) -> None:
        if (one := self.lives.get(entry.who)) is not None and not one.life.stalled:
            self.lives[entry.who] = None
            stopping = one.begin(one.app.stop())
            self.begin(self._start_after(one, stopping))

    async def _start_after(self, former: Replica, stopping: "asyncio.Task[None]") -> None:
        """Start anew once a process has stopped, or died while it did."""
        with suppress(Exception):
            await asyncio.wait({stopping}, timeout=20)
        former.life.dead = True
        if self.lives.get(former.life.replica) is None:
            self.start(former.life.replica)

    def _database(self, entry: Entry) -> None:
        """Let the plan say when it is away."""

    def _server(self, entry: Entry) -> None:
        """Let the plan say what is wrong when."""

    def _cut(self, entry: Entry) -> None:
        """Let the plan say who is cut off when."""


def play(plan: Plan, *, tracing: bool = False) -> World:
    """Play a day; returns the world as it was left."""
    world = World(plan, tracing)
    world.play()
    return world
