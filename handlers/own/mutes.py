"""Mutes: what holds back what is like some mention, how that is said, and what it would have held before.

Each kind says by what something is like it. An author is known by the name that their source has for them, since
handles change; a term is found as topics find theirs, folded and at the edges of words; a public thread is known by
what its source calls it, and called by the reference of the mention on which it was muted, for a talk has no name. A
kind more is a row in KINDS, and how it finds what it is for.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers.base.timezones import named_zone
from handlers.text.match import Matcher, Topic
from storage.engine.database import Session
from storage.listen import mutes
from storage.listen.mutes import MOST_TRIED, MuteRow, Past
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import CLOSED, Held

AUTHOR, SOURCE, TERM, THREAD = "author", "source", "term", "thread"
KINDS = (AUTHOR, SOURCE, TERM, THREAD)
LOOKS_BACK = timedelta(days=30)
# More than this part of a topic is a topic's worth: then an admin decides. Of so few nobody can say.
TOO_MUCH, _ENOUGH = 0.3, 3
# So many of those that were answered are named.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody would mute; the fields are those of a mute."""

    kind: str
    source: str = ""
    author: str = ""
    needle: str = ""
    department_id: int | None = None
    thread: str = ""

    @property
    def called(self) -> str:
        """What it is about, as people say it."""
        return called(self.kind, self.source, self.needle)


def called(kind: str, source: str, needle: str) -> str:
    """Say what a mute is about: "@dealbot in blog-search", "all of blog-search", "“giveaway”"."""
    if kind == AUTHOR:
        return f"{needle} in {source}"
    if kind == THREAD:
        return f"the public thread of #{needle} in {source}"
    return f"all of {source}" if kind == SOURCE else f"“{needle}”"


def say_mute(mute: MuteRow, names: Mapping[int, str], zone: ZoneInfo) -> str:
    """Say what is muted, until when and by whom: "@dealbot in blog-search until Friday 12 June by Ana"."""
    until = mute.until.astimezone(zone)
    by = names.get(mute.by_id) or "somebody"
    return f"{called(mute.kind, mute.source, mute.needle)} until {until:%A} {until.day} {until:%B} by {by}"


def what_it_held(mute: MuteRow, zone: ZoneInfo) -> str:
    """Say how much a mute held, and when the last of it came: "it held 9, the last on Monday"."""
    if not mute.hits or mute.last_hit_at is None:
        return "it held nothing"
    return f"it held {mute.hits}, the last on {mute.last_hit_at.astimezone(zone):%A}"


def said_of(session: Session, mute_ids: Collection[int | None], zone: ZoneInfo) -> dict[int, str]:
    """Say what mutes are about, by their numbers."""
    rows = mutes.several(session, [one for one in mute_ids if one is not None])
    names = people.names(session, [one.by_id for one in rows.values()])
    return {key: say_mute(row, names, zone) for key, row in rows.items()}


def said_of_held(session: Session, rows: Sequence[MentionRow], timezone: str) -> dict[int, str]:
    """Say what holds those mentions that are muted, by the mention."""
    held = {row.id: row.held_by for row in rows if row.held == Held.MUTED and row.held_by is not None}
    said = said_of(session, held.values(), named_zone(timezone)) if held else {}
    return {key: said[by] for key, by in held.items() if by in said}


class InForce:
    """The mutes that hold at some moment, asked for one post after the other."""

    def __init__(self, rows: Sequence[MuteRow]) -> None:
        self._rows = {row.id: row for row in rows}
        self._sources: dict[str, list[MuteRow]] = {}
        self._authors: dict[tuple[str, str], list[MuteRow]] = {}
        self._threads: dict[tuple[str, str], list[MuteRow]] = {}
        for row in rows:
            if row.kind == SOURCE:
                self._sources.setdefault(row.source, []).append(row)
            elif row.kind == AUTHOR:
                self._authors.setdefault((row.source, row.author), []).append(row)
            elif row.kind == THREAD:
                self._threads.setdefault((row.source, row.thread), []).append(row)
        terms = tuple((row.id, row.needle) for row in rows if row.kind == TERM)
        self._terms = _matcher(terms) if terms else None

    @property
    def asks_threads(self) -> bool:
        """Whether it matters to which public thread a post belongs."""
        return bool(self._threads)

    def holding(
        self,
        department_id: int,
        source: str,
        author: str,
        title: str,
        text: str,
        links: Sequence[str] = (),
        lang: str = "",
        thread: str = "",
    ) -> MuteRow | None:
        """Return the eldest mute that holds a post of a department, or None; its ``thread`` may begin with it."""
        found = [*self._sources.get(source, ()), *(self._authors.get((source, author), ()) if author else ())]
        found += self._threads.get((source, thread), ()) if thread else ()
        match = self._terms.match(title, text, links, lang) if self._terms is not None else None
        if match is not None:
            found += [self._rows[int(name)] for name in (match.topic, *match.others)]
        here = [row for row in found if row.department_id in (None, department_id)]
        return min(here, key=lambda row: row.id, default=None)


@lru_cache(maxsize=16)
def _matcher(terms: tuple[tuple[int, str], ...]) -> Matcher:
    return Matcher([Topic(name=str(number), department="", any=(needle,)) for number, needle in terms])


def is_own_word(needle: str, topics: Sequence[Topic]) -> Topic | None:
    """Return the topic all of whose mentions a term would hold, or as good as all: its own word, or a part of it."""
    matcher = _matcher(((0, needle),))
    for topic in topics:
        for term in (*topic.any, *topic.all):
            if matcher.match("", term.rstrip("*")) is not None:
                return topic
        if topic.query and matcher.match("", topic.query) is not None:
            return topic
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a mute would have held in the last thirty days, and what became of it.

    Attributes:
        counts: How many, by what became of them, in the order in which that is said.
        answered: The references of the newest that were answered.
        topics: The topics of which it is too much, with its part of each in hundredths.
        partly: There were more than are looked at.
    """

    number: int
    counts: Mapping[str, int]
    answered: tuple[str, ...]
    topics: Mapping[str, int]
    partly: bool

    @property
    def needs_admin(self) -> bool:
        """Whether an admin has to press."""
        return bool(self.topics)

    @property
    def sentences(self) -> list[str]:
        """Say it, with what speaks against it."""
        if not self.number:
            return ["In the last 30 days that would have held nothing."]
        parts = [_part(name, number, self.answered) for name, number in self.counts.items() if number]
        more = f" of the newest {MOST_TRIED:,}" if self.partly else ""
        said = [f"In the last 30 days that would have been {self.number}{more}: {', '.join(parts)}."]
        if self.answered:
            said.append("Something of it was worth an answer.")
        said += [f"That is {part} % of what came in by topic {topic}." for topic, part in self.topics.items()]
        return said


def _part(name: str, number: int, answered: Sequence[str]) -> str:
    named = f" ({', '.join(f'#{token}' for token in answered)})" if name == "answered" else ""
    return f"{number} {name}{named}"


def look_back(session: Session, wish: Wish, now: datetime) -> Before:
    """Return what a mute would have held in the last thirty days."""
    since = now - LOOKS_BACK
    seen = _seen(session, wish, since)
    held = _matching(session, wish, seen) if wish.kind == TERM else seen
    outcomes = Counter(_outcome(one) for one in held)
    by_topic = Counter(one.topic for one in held if one.topic)
    # Where more came than is looked at, a part is one of what came meanwhile: else what is largest would look small.
    counted = seen[-1].ingested_at if len(seen) >= MOST_TRIED else since
    totals = mutes.count_by_topic(session, list(by_topic), wish.department_id, counted) if by_topic else {}
    parts = {name: number / max(totals.get(name, number), number) for name, number in by_topic.items()}
    too_much = {
        name: round(part * 100) for name, part in parts.items() if part > TOO_MUCH and by_topic[name] >= _ENOUGH
    }
    return Before(
        number=len(held),
        counts={name: outcomes[name] for name in _OUTCOMES},
        answered=tuple(one.token for one in held if _outcome(one) == "answered")[:_NAMED],
        topics=too_much,
        partly=len(seen) >= MOST_TRIED,
    )


_OUTCOMES = ("dismissed", "resolved", "open", "answered")


def _outcome(one: Past) -> str:
    if one.first_response_at is not None:
        return "answered"
    return str(one.status) if one.status in CLOSED else "open"


def _seen(session: Session, wish: Wish, since: datetime) -> list[Past]:
    if wish.kind == AUTHOR:
        return mutes.past_of_author(session, wish.source, wish.author, wish.department_id, since)
    if wish.kind == SOURCE:
        return mutes.past_of_source(session, wish.source, wish.department_id, since)
    if wish.kind == THREAD:
        return mutes.past_of_thread(session, wish.source, wish.thread, wish.department_id, since)
    return mutes.past(session, wish.department_id, since)


def _matching(session: Session, wish: Wish, seen: Sequence[Past]) -> list[Past]:
    matcher = _matcher(((0, wish.needle),))
    posts = mentions.originals(session, [one.mention_id for one in seen])
    found = []
    for one in seen:
        post = posts[one.mention_id]
        if matcher.match(post.title, post.text, (post.url,) if post.url else (), post.lang) is not None:
            found.append(one)
    return found
