"""Counting: how many people say something in a week, beside the week before; who they are is told nowhere.

Each number has as many rows behind it as it says, and a change is called one only where chance would not make it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from handlers.base.cards import one_line
from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.own import mentions
from storage.report.proposals import Heard, Voice

QUOTES, LONGEST_QUOTE = 2, 150
WEEK = timedelta(days=7)
_WIDE = 1.96


@dataclass(frozen=True, slots=True)
class Span:
    """The week that is told of; the one before ends where it begins."""

    since: datetime
    until: datetime
    before: datetime

    @staticmethod
    def until_now(now: datetime) -> "Span":
        """Return the last seven days."""
        until = now + timedelta(microseconds=1)  # what arrives this very moment is in it
        return Span(until - WEEK, until, until - WEEK - WEEK)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one of them said, where, and as which mention."""

    words: str
    place: str
    token: str

    @property
    def said(self) -> str:
        """Say what, and where."""
        return f"“{self.words}” ({self.place})"


def counted_as(one: Voice | Heard) -> int | str:
    """Return as whom a post counts: its author, or of a source that does not tell who wrote, the source itself.

    Else whoever floods such a source makes news.
    """
    return one.author_id if one.author_id is not None else one.source


def people_in(voices: Iterable[Voice]) -> int:
    """Return how many people say so; of a source that does not tell who wrote, all count as one."""
    return len(set(map(counted_as, voices)))


def say_change(people: int, before: int) -> str:
    """Say how many there were the week before, and whether that is a change."""
    alike = abs(people - before) <= _WIDE * sqrt(people + before)
    return f"the week before {before:,}{', about the same' if alike else ''}"


def say_people(people: int) -> str:
    """Say how many people: "31 people", "1 person"."""
    return "1 person" if people == 1 else f"{people:,} people"


def quotes_of(session: Session, organisation: Organisation, voices: Sequence[Voice]) -> tuple[Quote, ...]:
    """Return what the newest two of different people said, in at most 150 signs each."""
    chosen: dict[int | str, Voice] = {}
    for one in voices:
        chosen.setdefault(counted_as(one), one)
        if len(chosen) == QUOTES:
            break
    posts = mentions.originals(session, [one.mention_id for one in chosen.values()])
    return tuple(
        Quote(
            words=one_line(post.text or post.title, LONGEST_QUOTE),
            place=organisation.source(post.source).where(post.url),
            token=one.token,
        )
        for one in chosen.values()
        for post in (posts[one.mention_id],)
    )
