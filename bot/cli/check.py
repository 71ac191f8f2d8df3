"""What `dibs check` looks at. Each finding is a sentence, and each that is not well says how to mend it.

One that is well and says so too is a warning: nothing is broken, and somebody should know.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.chat.backend import Backend
from bot.chat.base import Finding
from bot.chat.registry import Surroundings, build_platform
from bot.cli.check_accounts import accounts_of, check_accounts
from bot.cli.check_admins import check_admins
from bot.cli.check_budgets import check_shared, check_spending
from bot.cli.check_charters import check_charter_people, check_charters
from bot.cli.check_hints import check_hints
from bot.cli.check_proofs import check_proofs
from bot.cli.check_retention import check_retention
from bot.cli.check_suggestions import check_suggestions
from bot.cli.hours import dues, next_openings
from bot.cli.people import check_people
from bot.cli.terminal import counted
from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.runtime.roles import WITHOUT, Role, lacking
from bot.settings.settings import Settings
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kit.options import OptionError
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import about, build
from handlers.base.organisation import Organisation
from handlers.channels.placement import standing_still
from handlers.dispatch.dispatch import Dispatcher
from handlers.report.sources import read_sources
from storage.engine.database import Database, DatabaseError, Session, open_engine
from storage.engine.schema import Schema, SchemaError, look, upgrade
from storage.own import ownership, put_off
from storage.work import incidents
from storage.work.replicas import living


async def check_all(settings: Settings) -> list[Finding]:
    """Look at everything; what cannot be looked at is a finding too."""
    organisation = settings.organisation
    counts = ", ".join(
        (
            counted(len(organisation.departments), "department"),
            counted(len(organisation.topics), "topic"),
            counted(len(settings.sources), "source"),
        )
    )
    sentence = f"{settings.config_path} is well: {counts}."
    findings = [Finding(True, "Configuration", sentence)]
    unknown = "Remove or rename the variable."
    findings += [Finding(False, "Environment", warning, unknown) for warning in settings.warnings]
    findings += _check_sources(settings)
    findings += check_shared(settings.sources)
    findings += check_charters(organisation)
    findings += _check_hearing(settings)
    findings += _check_hours(organisation, Clock().now())
    if settings.customers is not None:
        listed = f"{counted(settings.customers.number, 'public handle')} in {settings.customers.path}."
        findings.append(Finding(True, "Customers", listed))
    database, found = await asyncio.to_thread(_open, settings)
    findings.append(found)
    if database is not None:
        findings += await asyncio.to_thread(_check_state, database, settings)
    findings += await check_proofs(settings, database)
    if database is not None:
        findings += await check_accounts(database, settings)  # after it: a proof may renew what is kept
    with tempfile.TemporaryDirectory() as folder:
        # Without a database of its own yet, what a platform looks up is looked up in an empty one.
        beside = database if database is not None else await asyncio.to_thread(_empty, Path(folder))
        try:
            findings += await _check_platforms(settings, beside)
        finally:
            await asyncio.to_thread(beside.close)
    return findings


def _empty(folder: Path) -> Database:
    engine = open_engine(f"sqlite:///{folder / 'empty.db'}")
    upgrade(engine)
    return Database(engine)


def _check_sources(settings: Settings) -> list[Finding]:
    clock = Clock()
    tools = SourceTools(fetcher=Fetcher(clock), isolation=Isolation(), clock=clock, accounts=accounts_of(settings))
    found = [finding for one in settings.sources for finding in _check_source(one.config, tools)]
    sold = [one for one in settings.sources if one.rules.budgets and about(one.rules.kind).costs]
    return [*found, *map(_costs, sold)]


def _costs(source: SourceSettings) -> Finding:
    """Say what a month comes to before anything is spent."""
    most = " and ".join(one.said for one in source.rules.budgets)
    return Finding(True, f"Source {source.rules.name}", f"{about(source.rules.kind).costs} It spends {most} at most.")


def _check_source(config: SourceConfig[Any], tools: SourceTools) -> list[Finding]:
    subject = f"Source {config.name}"
    try:
        build(config, tools)
    except OptionError as error:
        return [Finding(False, subject, str(error), "Set it, then run this again.")]
    found = [Finding(True, subject, f"{config.kind}, set up. Try it with: dibs source test {config.name}")]
    if caution := getattr(config.options, "caution", ""):
        mend = (
            "Show its address to nobody, keep it out of the logs of proxies, and change its secret where it was seen."
        )
        found.append(Finding(True, subject, caution, mend))
    return found


def _check_hearing(settings: Settings) -> list[Finding]:
    findings = []
    if not settings.sources:
        mend = "Add a [[sources]] table to dibs.toml."
        findings.append(Finding(False, "Sources", "There is none, so nothing will be heard.", mend))
    if not settings.platforms:
        mend = "Set SLACK_BOT_TOKEN or TEAMS_APP_ID (see docs/how-to), or DIBS_PUBLIC_URL for the desk alone."
        findings.append(Finding(False, "Platforms", "None is on, so nobody will see a card.", mend))
    if "desk" not in settings.platforms:
        findings.append(Finding(True, "Desk", "It is off; DIBS_PUBLIC_URL switches it on."))
    return findings


def _check_hours(organisation: Organisation, now: datetime) -> list[Finding]:
    """Say when each department is there next, and until when a mention that came now would want something of it."""
    findings = []
    for one in organisation.departments:
        told = (
            f"By the calendar {one.calendar.name}, it is there next {next_openings(one, now)}." if one.calendar else ""
        )
        due, high = dues(one, now), dues(one, now, high=True)
        if told or due or high:
            of_all = f"Of a mention that comes now: {due}." if due else ""
            of_few = f"Of one by a customer: {high}." if high != due else ""
            sentence = " ".join(filter(None, (told, of_all, of_few)))
            findings.append(Finding(True, f"Hours of {one.name}", sentence))
    return findings


def _open(settings: Settings) -> tuple[Database | None, Finding]:
    try:
        engine = open_engine(settings.database_url)
        schema = look(engine)
    except SchemaError as error:
        return None, Finding(False, "Database", str(error))
    except (DatabaseError, OSError, ImportError) as error:
        kind = type(getattr(error, "orig", error)).__name__
        mend = "See that DIBS_DATABASE_URL is right, the server is up, and this user may write there."
        return None, Finding(False, "Database", f"It cannot be opened ({kind}).", mend)
    if schema.fits:
        later = "" if schema.state == "current" else ", of a later release, which this one may work beside"
        return Database(engine), Finding(True, "Database", f"It can be opened, schema {schema.found}{later}.")
    engine.dispose()
    return None, _about_schema(schema)


def _about_schema(schema: Schema) -> Finding:
    if schema.state == "empty":
        return Finding(True, "Database", "It is empty; `dibs run` creates it.")
    if schema.state == "older":
        return Finding(False, "Database", f"It has schema {schema.found}.", "Run `dibs db upgrade`.")
    return Finding(False, "Database", f"It has schema {schema.found}, newer than this release.", "Run a later release.")


def _check_state(database: Database, settings: Settings) -> list[Finding]:
    now = Clock().now()

    def read(session: Session) -> list[Finding]:
        findings = [
            Finding(False, f"Channel {lane.name or lane.channel}", f"It is parked: {lane.trouble}", "See below.")
            for lane in standing_still(session)
        ]
        for line in read_sources(session, settings.organisation, now):
            if line.down_since is not None:
                findings.append(Finding(False, f"Source {line.name}", f"It is down: {line.why}", "See its service."))
            if line.baseline:
                findings.append(Finding(True, f"Source {line.name}", f"Before Dibs listened: {line.baseline}."))
            findings += check_spending(line.budgets)
        findings += check_charter_people(session, settings.organisation)
        findings += check_admins(session, settings.organisation)
        findings += check_hints(session, settings.organisation)
        findings.append(check_suggestions(session, settings.organisation))
        findings += check_retention(session, settings.organisation, now)
        findings += check_people(session, settings.organisation, now)
        for one in incidents.all_of(session):
            about = str(one.subject).capitalize()
            findings.append(Finding(False, about, f"{one.what} (since {one.since:%Y-%m-%d %H:%M} UTC)"))
        for waiting in put_off.by_job(session, now):
            said = f"{waiting.sentence}. The log says why; a start tries again at once."
            findings.append(Finding(False, f"Timer {waiting.job}", said))
        findings += _check_replicas([one.roles for one in living(session, now)])
        seq, head = ownership.head(session)
        return [*findings, Finding(True, "Ownership log", f"{seq} rows, head {head[:12]}… (dibs log verify proves it)")]

    findings = database.read(read)
    return [*findings, Finding(True, "Clock", f"It is {now:%Y-%m-%d %H:%M:%S} UTC here.")]


def _check_replicas(roles: Sequence[str]) -> list[Finding]:
    """Say who shares the work, and what nobody does."""
    if not roles:
        return []
    done = Counter(role for one in roles for role in one.split())
    sentence = f"They run, {', '.join(f'{done[role]} as {role}' for role in Role)}."
    missing = lacking(roles)
    if not missing:
        return [Finding(True, "Replicas", sentence)]
    without = ", and ".join(WITHOUT[role] for role in missing)
    mend = f"Start one more: dibs run {' '.join(f'--role {role}' for role in missing)}."
    return [Finding(False, "Replicas", f"{sentence} So {without}.", mend)]


async def _check_platforms(settings: Settings, database: Database) -> list[Finding]:
    ids = Ids()
    dispatcher = Dispatcher(settings.organisation, ids.random)
    clock = Clock()
    backend = Backend(database=AsyncDatabase(database), dispatcher=dispatcher, clock=clock, ids=ids)
    around = Surroundings(
        public_url=settings.public_url, host=settings.host, port=settings.port, fetcher=Fetcher(clock)
    )
    findings: list[Finding] = []
    for name, one in settings.platforms.items():
        platform = build_platform(name, one, backend, around)
        findings += await platform.check()
        await platform.stop()
    return findings
