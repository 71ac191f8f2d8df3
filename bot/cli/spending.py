"""Spending by hand: what is asked of a source on the command line costs what it always costs, and is booked."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bot.cli.opening import open_database
from bot.net.fetching import Fetches
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.settings.settings import Settings
from bot.sources.runner.meter import Meter, MeteredFetcher
from handlers.report.spending import read_spending
from storage.engine.database import Database
from storage.engine.schema import SchemaError


@contextmanager
def booked(settings: Settings, source: str, fetcher: Fetches, clock: Clock) -> Iterator[tuple[Fetches, list[str]]]:
    """Let a source be asked within its budget, as a poll is; after the block the lines say what is spent.

    Without a budget it needs no database; with one it is asked all the same where there is no database yet.
    """
    rules = next((one.rules for one in settings.sources if one.rules.name == source and one.rules.budgets), None)
    lines: list[str] = []
    with ExitStack() as stack:
        database: Database | None = None
        try:
            database = stack.enter_context(open_database(settings)) if rules is not None else None
        except SchemaError as error:
            lines.append(f"What that cost was not written down. {error}")
        if rules is None or database is None:
            yield fetcher, lines
            return
        meter = Meter(source, rules.budgets, AsyncDatabase(database), clock)
        with meter.polling():
            yield MeteredFetcher(fetcher, meter), lines
        lines += [one.sentence for one in database.read(lambda session: read_spending(session, [rules], clock.now()))]
