"""What every reply is worked on with, and what is known of sources and replies in memory alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.net.retry_after import LONGEST_REST
from bot.outbox.sights import Sights
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import Replier, Source
from bot.sources.runner.backoff import LONGEST_BACK_OFF
from handlers.base.organisation import Organisation
from storage.reply import publications
from storage.reply.publications import PublicationRow

FIRST_REST = timedelta(seconds=5)


@dataclass(slots=True, kw_only=True)
class AttemptTools:
    """What every reply is worked on with, and what is known in memory alone.

    Attributes:
        sources: The sources by name, as they were built for listening.
        ids: Draws jitter.
        resting: Until when a source is sent nothing. Not stored, because a restart is what a person does after
            mending something.
        sights: Since when what may stand at its source is known here.
        asked: Until when a source asked to be left alone.
        failures: In a row, by publication.
        refusals: What was said, by publication, where a no may have been a yes: it is looked up.
    """

    database: AsyncDatabase
    sources: Mapping[str, Source]
    organisation: Organisation
    clock: Clock
    ids: Ids
    sights: Sights = field(init=False)
    stopping: bool = False
    resting: dict[str, datetime] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    failures: dict[int, int] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sights = Sights(self.database, self.clock, publications.marked)

    def replier(self, name: str) -> Replier | None:
        """Return what answers at the source of this name, if we can publish there."""
        source = self.sources.get(name)
        return source.replies if source is not None else None

    def rests(self, name: str) -> bool:
        """Say whether a source is sent nothing now."""
        return name in self.resting and self.clock.now() < self.resting[name]

    def rest(self, name: str, until: datetime) -> None:
        """Send nothing to this source before a moment; a longer rest that is known already stays."""
        self.resting[name] = max(until, self.resting.get(name, until))

    def leave(self, name: str, until: datetime) -> None:
        """Heed that a source wants to be left alone; a longer rest that is known already stays."""
        self.asked[name] = max(until, self.asked.get(name, until))

    def back_off(self, row: PublicationRow, asked: float | None = None) -> timedelta:
        """Return how long to wait: doubling with each failure up to 15 minutes, and not less than was asked for."""
        failures = self.failures[row.id] = self.failures.get(row.id, 0) + 1
        rest = min(FIRST_REST * (1 << min(failures - 1, 10)), LONGEST_BACK_OFF) * self.ids.random.uniform(0.9, 1.1)
        return rest if asked is None else max(rest, timedelta(seconds=min(asked, LONGEST_REST)))
