"""The baseline: what stood at a source before we began to listen makes no cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base.events import Event, Posted
from handlers.listen.route import match_post
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.listen import posts


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a source had shown before we listened: how many posts, and how many of them a topic would recognise.

    Attributes:
        weighed: How many were looked at, the newest of them; None = all.
    """

    seen: int
    matching: int
    weighed: int | None = None

    @property
    def sentence(self) -> str:
        """Say it as the desk and `dibs check` do."""
        of = f" of the newest {self.weighed}" if self.weighed not in (None, self.seen) else ""
        return f"{self.seen} seen, {self.matching}{of} would match"


def weigh(matcher: Matcher, source: str, shown: Sequence[Event]) -> Baseline:
    """Count what topics recognise among the posts of a source's first poll."""
    posted = [event for event in shown if isinstance(event, Posted)]
    matching = sum(match_post(matcher, event.title, event.text, event, source) is not None for event in posted)
    return Baseline(len(posted), matching)


def stored_baseline(session: Session, matcher: Matcher, name: str) -> Baseline:
    """Count the same among the posts that were kept, by the topics of today; so a new topic shows what it would do."""
    rows = posts.of_baseline(session, name)
    matching = sum(
        matcher.match(
            row.title,
            row.text,
            (row.url,),
            row.lang,
            author=row.handle or row.name,
            source=name,
            answers=bool(row.reply_to),
        )
        is not None
        for row in rows
    )
    return Baseline(posts.count_baseline(session, name), matching, len(rows))
