"""The composition root: the only place that builds things, starts them in order, and ends them within ten seconds."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from bot.chat.backend import Backend
from bot.chat.base import Platform
from bot.chat.registry import Surroundings, build_platform
from bot.net.client import Fetcher
from bot.net.errors import SourceUnavailable
from bot.outbox.delivery import Delivery
from bot.outbox.publishing import Publishing
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.bells import ring, ring_for_all
from bot.runtime.child import in_child
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.instance_lock import InstanceLock
from bot.runtime.outage import watch_database
from bot.runtime.parts import Parts, Work
from bot.runtime.replicas import Replicas
from bot.runtime.roles import ALL_ROLES, Role, require_server
from bot.runtime.schedule import Schedule
from bot.runtime.suggesting import Suggesting
from bot.settings.reload import follow, marks, reload
from bot.settings.settings import Settings, load_settings
from bot.settings.taking_up import take_up_customers
from bot.sources.base import Source
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.lookup import PostLookup
from bot.sources.runner.runner import SourceRunner
from bot.sources.signing_in import SigningIn
from bot.toml.problems import SettingsError
from bot.web.door import Door, open_door
from bot.web.metrics import Metrics
from bot.web.server import Front
from handlers.base.organisation import Organisation
from handlers.channels.homes import fill_homes, missing_homes
from handlers.dispatch.dispatch import Dispatcher
from handlers.own.new_hours import take_up_hours
from handlers.own.reconcile import reconcile
from handlers.text.match import Matcher
from storage.channels import lanes
from storage.engine.database import Database, open_engine
from storage.engine.schema import prepare, upgrade
from storage.engine.urls import file_of
from storage.listen import credentials, sources
from storage.reply import publications

STOP_SECONDS = 8.0
SWITCH_SECONDS = 0.0005
RETRY_HOMES = 30.0
LEARN_SECONDS = 60.0

log = logging.getLogger("dibs")


@dataclass(slots=True, kw_only=True)
class App:
    """A running Dibs, built by ``build``."""

    settings: Settings
    database: Database
    backend: Backend
    platforms: Sequence[Platform]
    delivery: Delivery
    publishing: Publishing
    runner: SourceRunner
    schedule: Schedule
    suggesting: Suggesting
    accounts: Accounts
    fetcher: Fetcher
    front: Front
    replicas: Replicas
    lock: InstanceLock
    _door: Door | None = None

    async def start(self) -> None:
        """Open the door first, so that health can be asked; then everything that takes time, side by side."""
        self._hear_commits()
        counted = self.front.metrics.count_refusal
        self._door = await open_door(self.front.application(), self.settings.host, self.settings.port, counted)
        await self.accounts.seal_anew()
        for platform in self.platforms:
            await platform.start()
        for name, work in self._parts().items():
            self.backend.parts.keep(name, work)
        self.schedule.start(ticks=Role.WORKER in self.replicas.roles)
        log.info("Dibs listens at http://%s:%s, as %s.", self.settings.host, self.port, self.replicas.said)

    def _hear_commits(self) -> None:
        """Let what is done here hear of commits, those of other replicas too."""
        loop, roles = asyncio.get_running_loop(), self.replicas.roles
        if Role.WORKER in roles:
            for bell in (self.delivery.ring, self.publishing.ring, self.suggesting.ring):
                self.database.listen(partial(ring, loop, bell))
        if Role.LISTEN in roles:
            self.database.listen(partial(ring_for_all, loop, self.runner.shares.hear))
        self.database.hear_others()

    def _parts(self) -> dict[str, Work]:
        """Return what this process does as long as it runs, by its roles."""
        parts: dict[str, Work] = {"database": partial(watch_database, self.backend.database, self.backend.clock)}
        parts |= {"replicas": self.replicas.run} if self.replicas.are_several else {}
        if Role.WORKER in self.replicas.roles:
            parts |= {"delivery": self.delivery.run, "publishing": self.publishing.run}
            parts |= {"suggestions": self.suggesting.run, "homes": self._find_homes}
        if Role.LISTEN in self.replicas.roles:
            parts["sources"] = self.runner.run
        return parts

    @property
    def port(self) -> int:
        """The port that is really listened on (DIBS_PORT may be 0)."""
        return self._door.port if self._door else self.settings.port

    async def _find_homes(self) -> None:
        """Ask the platforms for the channels that were not found yet, or that are gone, for as long as Dibs runs."""
        while True:
            await self._look_for_homes()
            await self.backend.clock.sleep(RETRY_HOMES)

    async def _look_for_homes(self) -> None:
        organisation = self.settings.organisation
        missing = await self.backend.read(lambda session: missing_homes(session, organisation))
        wanted = {one: [*missing.get(one.name, ()), *await one.lost()] for one in self.platforms}
        found = {one.name: await one.resolve(names) for one, names in wanted.items() if names}
        if any(found.values()):
            now, random = self.backend.clock.now(), self.backend.ids.random
            await self.backend.tx(
                lambda session: reconcile(session, fill_homes(session, organisation, found), now, random)
            )
            self.delivery.ring()

    async def _stop_platform(self, platform: Platform) -> None:
        try:
            await asyncio.wait_for(platform.stop(), 2)
        except TimeoutError:
            log.info("%s had to be cut off.", platform.name)
        except Exception:
            log.exception("%s could not be stopped.", platform.name)

    async def reload(self, environ: Mapping[str, str]) -> None:
        """Look at dibs.toml again; what can count at once counts from the next command on, or nothing does."""
        try:
            read = await asyncio.to_thread(load_settings, environ, config_path=self.settings.config_path)
            found = reload(self.settings, read)
            matcher = await asyncio.to_thread(Matcher, found.settings.organisation.topics)
            await asyncio.to_thread(take_up_customers, self.database, read.customers)
            now, changed = self.backend.clock.now(), follow(self.backend.organisation, read)
            await self.backend.tx(lambda session: take_up_hours(session, changed, now))
        except SettingsError as error:
            log.warning("dibs.toml is not taken over: %s", error)
            self.lock.reloaded(f"{error}\nThe running Dibs goes on as it was.", well=False)
            return
        # From here on nothing waits, so no command sees a part of the new and a part of the old.
        self.settings = found.settings
        organisation = follow(self.backend.organisation, read)
        self.backend.dispatcher.organisation = self.delivery.organisation = organisation
        self.publishing.follow(organisation)
        self.runner.follow(organisation, matcher)
        for sentence in found.sentences:
            log.info(sentence)
        self.lock.reloaded("\n".join(found.sentences), well=True, topics=marks(organisation.topics))

    async def stop(self) -> None:
        """End in order: take nothing new, let what is under way end, then close."""
        self.front.stopping = True
        self.schedule.stop()
        # Before the platforms: what is being sent still needs their connections.
        await asyncio.gather(
            self.runner.stop(), self.delivery.stop(STOP_SECONDS - 3), self.publishing.stop(STOP_SECONDS - 3)
        )
        await asyncio.gather(*(self._stop_platform(one) for one in self.platforms))
        await self.backend.parts.stop()
        await self.accounts.stop()
        if self._door is not None:
            await self._door.close()
        await self.fetcher.aclose()
        await self.replicas.leave()
        await asyncio.to_thread(self.database.close)
        self.lock.release()


async def _learn(isolation: Isolation, asked: bytes) -> bytes | None:
    """Learn from where mentions ended, in a process of its own; None where that failed."""
    try:
        return await isolation.read("handlers.suggest.fitting", asked)
    except SourceUnavailable as error:
        log.warning("What is suggested could not be learnt anew; it stays as it was. %s", error)
        return None


def build(
    settings: Settings,
    clock: Clock,
    ids: Ids,
    *,
    places: Mapping[str, Source] = MappingProxyType({}),
    roles: Collection[Role] = ALL_ROLES,
) -> App:
    """Open the database, bring it to the configured organisation, and build every part.

    Args:
        settings: What was configured.
        clock: Time.
        ids: Chance.
        places: Where replies may go beside the configured sources: the demo has some of its own.
        roles: What this process does.

    Raises:
        RolesRefused: There can be nobody who does the rest.
        SchemaError: The database cannot be used as it is.
        AlreadyRunning: Another process works on this SQLite file.
    """
    file = file_of(settings.database_url)
    require_server(roles, is_file=file is not None)
    lock = InstanceLock(file)
    lock.take()
    engine = open_engine(settings.database_url)
    # What an upgrade loads is a sixth of the memory, and is not needed again.
    if done := prepare(engine, clock.now(), partial(in_child, upgrade)):
        log.info(done)
    database = Database(engine)
    organisation = database.read(lambda session: fill_homes(session, settings.organisation, {}))
    database.write(lambda session: reconcile(session, organisation, clock.now(), ids.random))
    take_up_customers(database, settings.customers)
    if lock.ours_alone:
        database.write(lanes.leases.forget)
        database.write(sources.leases.forget)
        database.write(credentials.leases.forget)
        database.write(publications.leases.forget)
    return _assemble(settings, organisation, database, lock, clock, ids, places, roles)


def _assemble(
    settings: Settings,
    organisation: Organisation,
    database: Database,
    lock: InstanceLock,
    clock: Clock,
    ids: Ids,
    places: Mapping[str, Source],
    roles: Collection[Role] = ALL_ROLES,
) -> App:
    asynchronous = AsyncDatabase(database)
    metrics = Metrics()
    fetcher = Fetcher(clock)
    accounts = Accounts(asynchronous, Seal.of(settings.key), clock, ids)
    tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
    replicas = Replicas(database=asynchronous, clock=clock, ids=ids, roles=roles)
    runner = SourceRunner(
        settings.sources,
        tools,
        asynchronous,
        organisation,
        Matcher(organisation.topics),
        clock,
        ids,
        on_arrival=metrics.count_arrival,
        replicas=replicas,
    )
    finder = PostLookup(runner.sources, runner.seconds_to_wait)
    dispatcher = Dispatcher(organisation, ids.random)
    backend = Backend(
        database=asynchronous, dispatcher=dispatcher, clock=clock, ids=ids, find=finder.find, parts=Parts(clock)
    )
    backend.after.append(metrics.count_command)
    around = Surroundings(
        public_url=settings.public_url,
        host=settings.host,
        port=settings.port,
        fetcher=fetcher,
        signing_in=SigningIn(settings.sources, tools, settings.own_url),
        listens=Role.LISTEN in roles,
    )
    platforms = [build_platform(name, one, backend, around) for name, one in settings.platforms.items()]
    messengers = [one.messenger for one in platforms if one.messenger is not None]
    delivery = Delivery(
        database=asynchronous,
        messengers=messengers,
        organisation=organisation,
        clock=clock,
        on_card=metrics.carded.observe,
        busy=backend.busy,
        ids=ids,
        replicas=replicas,
    )
    return App(
        settings=settings,
        database=database,
        backend=backend,
        platforms=platforms,
        delivery=delivery,
        publishing=Publishing(
            database=asynchronous,
            sources={**runner.sources, **places},
            organisation=organisation,
            clock=clock,
            ids=ids,
            seconds_to_wait=lambda name: 0.0 if name in places else runner.seconds_to_publish(name),
            replicas=replicas,
        ),
        runner=runner,
        schedule=Schedule(asynchronous, dispatcher, clock, [one.refresh for one in platforms]),
        suggesting=Suggesting(asynchronous, dispatcher, partial(_learn, Isolation(seconds=LEARN_SECONDS)), clock),
        accounts=accounts,
        fetcher=fetcher,
        front=Front(backend=backend, metrics=metrics, platforms=platforms, runner=runner, replicas=replicas),
        replicas=replicas,
        lock=lock,
    )


async def serve(app: App) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP lets it look at its configuration again."""
    # The writer's thread gives the interpreter away with each statement; by default it waits 5 ms to get it back.
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    wanted = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, wanted.set)

    async def reload_when_asked() -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            await app.reload(os.environ)

    try:
        await app.start()
        app.backend.parts.keep("reload", reload_when_asked)
        app.lock.listens(marks(app.settings.organisation.topics))
        await stop.wait()
        log.info("Stopping.")
    finally:
        await app.stop()
