"""A scene on which much was resolved already, so that there is something to learn from; and what learns from it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.suggesting import Suggesting
from handlers.base.command import ByToken
from handlers.base.events import Author, Posted
from handlers.base.organisation import Organisation
from handlers.dispatch.dispatch import Dispatcher
from handlers.listen.arrival import Arriving, add_posts
from handlers.own.hand_off import HandOffMention
from handlers.own.reopen import ReopenMention
from handlers.suggest.fitting import answer
from storage.engine.database import Session
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.own.ownership import Change
from storage.people import people
from storage.report import suggestions
from storage.report.suggestions import SuggestionRow
from storage.tables.states import Action, PostRole, Via
from tests.harness.installation import Installation

# What the topics of the scene do not know, so that all of it comes to support.
MONEY, THINGS = "the deposit of order {} is missing", "the anvil of order {} is bent"


@dataclass
class Taught(Installation):
    """An installation that suggests; ``draws`` is chance, and by default no coin hides anything."""

    draws: Callable[[], Random] = lambda: Never()
    suggesting: Suggesting = field(init=False)
    learnt: int = 0
    closed: int = 0

    def __post_init__(self) -> None:
        dispatcher = Dispatcher(self.scene.organisation, self.draws())
        self.suggesting = Suggesting(AsyncDatabase(self.scene.database), dispatcher, self._learn, self.clock)

    async def _learn(self, asked: bytes) -> bytes:
        self.learnt += 1
        return answer(asked)

    def close(self, number: int) -> None:
        """Let so many more have come to support and been resolved, every third by finance, to which it was handed on.

        It is written as it would stand by then, as the past of the demo is: doing it all would take minutes.
        """
        first, self.closed = self.closed, self.closed + number
        self.scene.person("Ana")
        self.scene.database.write(lambda session: self._write(session, range(first, self.closed)))

    def _write(self, session: Session, places: range) -> None:
        here = {one.key: one.id for one in people.departments(session)}
        ana = next(key for key, name in people.names(session, range(9)).items() if name == "Ana")
        keys = mentions.add(session, [self._mention(one, here[self._ends(one)]) for one in places])
        arriving = Arriving(
            session=session, organisation=self.scene.organisation, source="blog", now=self.scene.now, random=Random(1)
        )
        kept = [(self._post(place), PostRole.ORIGINAL, key) for place, key in zip(places, keys, strict=True)]
        add_posts(arriving, kept, {event.external_id: event.url for event, _, _ in kept})
        ownership.append(
            session, *(row for one in zip(places, keys, strict=True) for row in self._changes(*one, here, ana))
        )

    def _ends(self, place: int) -> str:
        return "support" if place % 3 else "finance"

    def _mention(self, place: int, department_id: int) -> dict[str, Any]:
        moments = dict.fromkeys(("published_at", "ingested_at", "changed_at"), self.scene.now - timedelta(days=1))
        nothing = ("topic", "reason", "product", "held", "points_why", "tier_why", "verdict", "risk", "hints")
        values = {"token": f"past{place}", "version": 1, "source": "blog", "status": "resolved", "owner_id": None}
        values |= {"addressed": None, "tier": "none", "held_by": None, "points": None, "priority": 0}
        values |= {"was_held": "", "outcome": ""}
        return {**dict.fromkeys(nothing, ""), **values, **moments, "department_id": department_id}

    def _post(self, place: int) -> Posted:
        writer = Author(name=f"W{place}", external_id=f"w{place}")
        text = (THINGS if place % 3 else MONEY).format(1_000 + place)
        return Posted(external_id=f"past-{place}", text=text, url=f"https://blog.example/past/{place}", author=writer)

    def _changes(self, place: int, mention_id: int, here: Mapping[str, int], ana: int) -> Iterator[Change]:
        support, ended = here["support"], here[self._ends(place)]

        def change(action: Action, lay: int | None, lies: int, actor_id: int | None) -> Change:
            return Change(
                mention_id=mention_id,
                action=action,
                via=Via.DESK,
                at=self.scene.now,
                actor_id=actor_id,
                from_department_id=lay,
                to_department_id=lies,
            )

        yield change(Action.ARRIVED, None, support, None)
        if ended != support:
            yield change(Action.HANDED_OFF, support, ended, ana)
        yield change(Action.RESOLVED, ended, ended, ana)

    def arrive(self, text: str = "Where is the deposit of order 77?") -> MentionRow:
        """Let a mention come, and be ranked."""
        mention = self.scene.arrive(text)
        self.work()
        return mention

    def hide(self) -> None:
        """Let the coin hide what comes from now on."""
        self.suggesting.dispatcher.random = Always()

    @property
    def quiet(self) -> Organisation:
        """The organisation as one that wants no suggestions."""
        return replace(self.scene.organisation, suggests=False)

    def hand_off(self, mention: MentionRow, department: str) -> None:
        """Let a person hand it to a department."""
        ana = self.scene.person("Ana")
        self.scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department=department))

    def reopen(self, mention: MentionRow) -> ReopenMention:
        """Return what opens it again."""
        return ReopenMention(who=self.scene.person("Ana"), reference=ByToken(mention.token))

    def work(self) -> None:
        """Do what is due."""
        asyncio.run(self.suggesting.once())

    def suggested(self, mention: MentionRow) -> SuggestionRow:
        """Return what was written down for a mention."""
        return self.read(lambda session: suggestions.rated(session, [mention.id])[mention.id])

    def tokens(self) -> list[str]:
        """Return what all mentions are called, the oldest first."""
        listed = self.read(lambda session: mentions.listed(session, mentions.Filter(), limit=1_000, newest=True))
        return [one.token for one in reversed(listed)]


class Never(Random):
    """Chance by which no coin falls."""

    def random(self) -> float:
        """Return what no coin is below."""
        return 0.99


class Always(Random):
    """Chance by which every coin falls."""

    def random(self) -> float:
        """Return what every coin is above."""
        return 0.01
