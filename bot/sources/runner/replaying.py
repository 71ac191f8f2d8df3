"""Replaying: `dibs source replay NAME` reads what was kept of a vendor's deliveries, and says what came of it.

It works on the database of a running Dibs, which shows within a second or two what arrived.
"""

from collections.abc import Sequence
from random import Random

from bot.runtime.async_database import AsyncDatabase
from bot.sources.base import SourceSettings
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.vendors import RereadSource
from bot.sources.registry import build
from bot.sources.runner.dry_run import NoSuchSource, Report, find_source
from bot.sources.runner.kept import Replay, Replayed
from handlers.base.organisation import Organisation
from handlers.listen.polling import Listening
from handlers.text.match import Matcher
from storage.engine.database import Database


async def replay_source(
    sources: Sequence[SourceSettings],
    organisation: Organisation,
    tools: SourceTools,
    database: Database,
    random: Random,
    name: str,
) -> Report:
    """Read again what is kept of the source ``name``; the report is not ok where something still cannot be read.

    Raises:
        NoSuchSource: There is none of this name, or nothing of it is kept.
        OptionError: A secret is missing or unusable.
    """
    found = find_source(sources, name)
    source = build(found.config, tools)
    if not isinstance(source, RereadSource) or not source.keeps:
        raise NoSuchSource(f"Nothing is kept of {name} ({found.rules.kind}): only hooks with a preset keep deliveries.")
    listening = Listening(organisation=organisation, matcher=Matcher(organisation.topics), random=random)
    replay = Replay(database=AsyncDatabase(database), listening=listening, clock=tools.clock)
    return _told(name, await replay.run(found.rules, source))


def _told(name: str, done: Replayed) -> Report:
    if not done.deliveries:
        return Report(ok=True, lines=(f"{name}: nothing is kept that is to be read again.",))
    new, mentions = done.arrival.seen, done.arrival.matched
    kept = _counted(done.deliveries, "delivery", "deliveries")
    lines = [
        f"{name}: {kept} of the last day could not be read on arrival.",
        f"Read now: {done.read}, with {_counted(done.posts, 'post')}, of which {new} new and {mentions} a mention.",
    ]
    lines += [f"Still not: {number}. {why}" for why, number in done.unread.most_common()]
    if done.unread:
        lines.append("What still cannot be read is kept for the rest of its day: say in dibs.toml where it stands now.")
    return Report(ok=not done.unread, lines=tuple(lines))


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or f'{one}s'}"
