"""Looks at one feed: documents are read, named and written down as a poll does it, without a network in between."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sources.kinds.feed.reader import read
from bot.sources.kinds.feed.source import _posts
from bot.sources.runner.steps import steps_of
from handlers.base.events import Posted
from handlers.base.organisation import SourceRules
from handlers.listen.entries import recognise
from handlers.listen.polling import Listening, Step, store_received
from storage.listen import posts
from storage.listen.posts import PostRow
from tests.harness.scene import Scene

ADDRESS = "https://feeds.example/feed"


@dataclass
class Looks:
    """One source of a scene, from the first document on; every new entry becomes a mention."""

    scene: Scene
    source: str = "blog"
    shown: list[Posted] = field(default_factory=list)

    @property
    def rules(self) -> SourceRules:
        """The source as it is written in dibs.toml."""
        return SourceRules(name=self.source, kind="feed", baseline=False)

    def look(self, document: bytes, content_type: str = "application/xml") -> int:
        """Look at a document; returns how many cards it brought."""
        return self.take(read(document, content_type, ADDRESS))

    def take(self, entries: Sequence[dict[str, Any]]) -> int:
        """Write down what was read of a document; returns how many cards it brought."""
        self.shown = list(_posts(json.dumps({"entries": list(entries)}).encode()))
        database = self.scene.database
        renamed = database.read(lambda session: recognise(session, self.source, self.shown))
        return sum(self._step(step, renamed) for step in steps_of(self.shown))

    def _step(self, events: Sequence[Any], renamed: dict[str, Any]) -> int:
        listening = Listening(
            organisation=self.scene.organisation,
            matcher=self.scene.matcher,
            random=random.Random(next(self.scene.numbers)),
        )
        known = [renamed[name] for name in dict.fromkeys(one.external_id for one in events) if name in renamed]
        step = Step(events=events, renamed=known)
        arrival = self.scene.database.write(
            lambda session: store_received(session, listening, self.rules, step, self.scene.now)
        )
        return arrival.matched

    def post_of(self, shown: Posted) -> PostRow:
        """Return the row of what was shown last."""
        name = shown.external_id
        return self.scene.database.read(lambda session: posts.known(session, self.source, [name]))[name]
