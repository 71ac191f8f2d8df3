"""The talk: what the author of a mention and we said there in turns (they, we, they), and what others wrote around it.

A reply answers the author's latest post that still stands: that one is looked up, answered, approved for, and quoted.

Turns stand in the order in which they were said. When somebody wrote is their own word, and clocks differ, so nothing
stands before what it answers, and nothing was said later than we heard it. A source may show our reply after its
answer, or an old post late; that moves neither.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers.base.answers import answered_first
from handlers.base.cards import one_line
from handlers.base.media import Media, from_json
from storage.engine.database import Session
from storage.listen import talks
from storage.listen.posts import BLANK
from storage.listen.talks import Heard, Spoken
from storage.own.mentions import Original
from storage.tables.states import PostRole

# So many posts of others are shown with a mention, the newest of them.
MOST_OTHERS = 20


def in_its_place(external_id: str) -> str:
    """Return what is said in the place of a post that is gone: by its author, or because it was forgotten here."""
    gone_here = external_id.startswith(BLANK)
    return "What stood here was forgotten." if gone_here else "The author deleted this post."


def in_brief(post: Original) -> str:
    """Return what a mention began with, on one line."""
    return in_its_place(post.external_id) if post.deleted_at else one_line(post.title or post.text)


class Speaker(StrEnum):
    """Who said something: the author of the mention, we, or somebody else who wrote below it."""

    THEY = "they"
    WE = "we"
    OTHERS = "others"


_SPEAKERS = {PostRole.OURS: Speaker.WE, PostRole.THREAD: Speaker.OTHERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One post of a talk; what it says is untrusted, and empty once it was deleted.

    Attributes:
        name: Whoever wrote it, by name and handle as its source tells them, or empty.
        first: It is what the mention began with.
        reply_to: The external id of what it answers, or empty.
        digest: Of its title and text, as they were before a deletion too; empty where it was never kept.
        facts: What its source noted of it for whoever answers.
        at: When it was said, as far as we know.
        heard_at: When we heard of it, or wrote it down.
    """

    id: int
    who: Speaker
    name: str
    first: bool
    external_id: str
    reply_to: str
    url: str
    canonical_url: str
    title: str
    text: str
    lang: str
    digest: str
    media: tuple[Media, ...]
    facts: str
    at: datetime
    published_at: datetime | None
    heard_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    author_id: int | None

    @property
    def gone(self) -> bool:
        """Whether it was deleted."""
        return self.deleted_at is not None

    @property
    def words(self) -> str:
        """What it says, with the title of its own; an answer's title is that of what it answers."""
        if not self.first:
            return self.text or self.title
        return "\n".join(part for part in (self.title, self.text) if part)

    @property
    def headline(self) -> str:
        """What names it in a line: its own title, else its words."""
        return (self.title or self.text) if self.first else (self.text or self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What they and we said, in order; it begins with the post that the mention began with."""

    turns: tuple[Turn, ...]

    @property
    def answered(self) -> Turn:
        """The post that a reply answers: the author's latest that still stands, else their latest of all."""
        theirs = [one for one in self.turns if one.who == Speaker.THEY]
        return next((one for one in reversed(theirs) if not one.gone), theirs[-1])

    def answered_at(self, moment: datetime) -> Turn:
        """Return the post that a reply answered which was sent at a moment, as all was known then."""
        theirs = [one for one in reversed(self.turns) if one.who == Speaker.THEY and one.heard_at <= moment]
        last = theirs[0] if theirs else self.answered  # it may have been sent although all of it was deleted
        return next((one for one in theirs if one.deleted_at is None or one.deleted_at > moment), last)

    @property
    def ours(self) -> tuple[Turn, ...]:
        """What we said."""
        return tuple(one for one in self.turns if one.who == Speaker.WE)

    def ours_after(self, turn: Turn) -> tuple[Turn, ...]:
        """Return what we said after a turn and still stands."""
        return tuple(one for one in self.turns[self.turns.index(turn) + 1 :] if one.who == Speaker.WE and not one.gone)


def read_talk(session: Session, mention_id: int) -> Talk:
    """Return the talk of a mention; of a very long one its beginning and its end."""
    rows = {one.id: one for one in talks.of_mention(session, mention_id)}
    turns = [_turn(rows[heard.id]) for heard in _in_order(list(rows.values()))]
    return Talk(turns=tuple(_once(turns)))


def read_others(session: Session, mention_id: int, most: int = MOST_OTHERS) -> tuple[Turn, ...]:
    """Return the newest of what others wrote around a mention, the oldest first."""
    return tuple(map(_turn, talks.others(session, mention_id, most)))


def latest_turns(session: Session, mention_ids: Collection[int]) -> dict[int, Turn]:
    """Return the post that a reply would answer, by mention, where that is not what the mention began with.

    A few look-ups for any number of mentions, so that cards can quote it.
    """
    latest: dict[int, int] = {}
    for mention_id, heard in talks.heard_of(session, mention_ids).items():
        theirs = [one for one in _in_order(heard) if one.role == PostRole.FOLLOW_UP and one.deleted_at is None]
        if theirs:
            latest[mention_id] = theirs[-1].id
    if not latest:
        return {}
    return {one.mention_id: _turn(one) for one in talks.several(session, list(latest.values()))}


def _in_order(heard: Sequence[Heard | Spoken]) -> list[Heard | Spoken]:
    """Return posts in the order in which they were said; they come in the order in which they were heard."""
    places: dict[int, tuple[datetime, int]] = {}
    for post, above in answered_first(heard):
        at, depth = _said_at(post), 0
        if above is not None and places[above.id][0] >= at:
            at, depth = places[above.id][0], places[above.id][1] + 1
        places[post.id] = (at, depth)
    # What the mention began with comes first, whatever its date.
    return sorted(heard, key=lambda one: (one.role != PostRole.ORIGINAL, *places[one.id], one.id))


def _said_at(post: Heard | Spoken) -> datetime:
    return min(post.published_at or post.ingested_at, post.ingested_at)


def _once(turns: Iterable[Turn]) -> list[Turn]:
    """Return turns, each reply of ours once: its source may have shown it under another name than we had for it."""
    found: dict[str, Turn] = {}
    for one in turns:
        page = one.canonical_url if one.who == Speaker.WE else ""
        found[page or f"\x00{one.id}"] = one
    return list(found.values())


def shown_names(name: str, handle: str) -> tuple[str, str]:
    """Return how somebody is shown: by name, else by handle; and the handle where it says something else."""
    marked = f"@{handle.removeprefix('@')}" if handle else ""
    return (name, marked if name != handle else "") if name else (marked, "")


def _turn(row: Spoken) -> Turn:
    name, handle = shown_names(row.name or "", row.handle or "")
    return Turn(
        id=row.id,
        who=_SPEAKERS.get(PostRole(row.role), Speaker.THEY),
        name=f"{name} ({handle})" if handle else name,
        first=row.role == PostRole.ORIGINAL,
        external_id=row.external_id,
        reply_to=row.reply_to,
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        text=row.text,
        lang=row.lang,
        digest=row.digest,
        media=() if row.deleted_at is not None else from_json(row.media),
        facts=row.facts,
        at=_said_at(row),
        published_at=row.published_at,
        heard_at=row.ingested_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        author_id=row.author_id,
    )
