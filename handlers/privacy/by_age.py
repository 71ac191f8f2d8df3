"""By age: what dibs.toml says a source is kept for no longer is removed at night, as what is forgotten on request.

It concerns what is done with, or was kept back: what waits for somebody stays, however old. The night that finds a new
age removes nothing: it tells the admins what the next one will, and so does the digest of the fallback department. It
goes in small steps behind all else that is written, looked for on a snapshot; each notes how far it has come, so that
of several replicas one does it, and a crash repeats nothing. An author of whom no post is left is removed as well.
What was removed is known again by keyed hashes, or its source would bring it back; what an author writes from then on
is news.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from handlers.base.cards import Notice
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.organisation import Organisation
from handlers.channels.notify import tell_admins
from handlers.privacy.authors import Forgetting, forget_mentions, forget_posts
from storage.engine.database import Session
from storage.listen import erase, retention
from storage.listen.retention import RetentionRow
from storage.own import mentions
from storage.tables.states import Via

TELL_FIRST = timedelta(hours=20)
AT_ONCE = 10
WHY = "It is older than what is kept of its source."
_DONE = "done"


@dataclass(frozen=True, slots=True)
class Aged:
    """How much of a source is older than it is kept, and whether that was told before."""

    source: str
    days: int
    mentions: int
    posts: int
    told_at: datetime | None = None

    @property
    def said(self) -> str:
        """How much that is, in words."""
        much = f"{self.mentions} mentions and {self.posts} other posts" if self.mentions + self.posts else "nothing yet"
        return f"{self.source}: {much}, older than {self.days} days"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRetention(TimedCommand):
    """Ask to tell what ages that are new will remove."""

    aged: tuple[Aged, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOld(TimedCommand):
    """Ask to remove a portion of what is older than its source is kept.

    Attributes:
        seen: How far the night had come when it was found.
        night: Which night it is.
        part: To which part it belongs; "done" when there is nothing left of the source tonight.
        ids: What was found of it.
        notices: Which notices name what was found.
    """

    behind: ClassVar[bool] = True
    seen: RetentionRow
    night: str
    part: str
    ids: tuple[int, ...] = ()
    notices: tuple[int, ...] = ()


def _any_time(_told_at: datetime | None) -> bool:
    return True


def never(told_at: datetime | None) -> bool:
    """Say whether an age was not told by now."""
    return told_at is None


def aged(
    session: Session, organisation: Organisation, now: datetime, told: Callable[[datetime | None], bool] = _any_time
) -> Iterator[Aged]:
    """Yield how much is older than it is kept, by source; counted only where that was ``told`` when it is asked for."""
    known = retention.rows(session)
    for source in _names(session, organisation):
        days = organisation.retention.of(source)
        if days is None:
            continue
        before, row = now - timedelta(days=days), known.get(source)
        told_at = row.told_at if row is not None and row.days == days else None
        if told(told_at):
            much = retention.count_mentions(session, source, before), retention.count_posts(session, source, before)
            yield Aged(source, days, *much, told_at=told_at)


def _names(session: Session, organisation: Organisation) -> list[str]:
    if not organisation.retention.any:
        return []
    return sorted({*retention.sources(session), *(one.name for one in organisation.sources)})


def prepare_telling(context: Context) -> TellRetention | None:
    """Return the command where an age is new."""
    if not context.organisation.retention.any:
        return None
    new = tuple(aged(context.session, context.organisation, context.now, never))
    return TellRetention(job="retention", aged=new) if new else None


def tell_retention(command: TellRetention, context: Context) -> Answer:
    """Tell the admins what will be removed from the next night on; nothing is removed before."""
    new = [one for one in command.aged if retention.tell(context.session, one.source, one.days, context.now)]
    if not new:
        return Answer(text="It was told already.", ok=False)
    text = f"From tomorrow night on, [retention] in dibs.toml removes what is done with or kept back: {in_words(new)}."
    names = ",".join(one.source for one in new)
    key = f"retention:{names}:{context.now.isoformat()}"
    tell_admins(context.session, context.organisation, key, Notice(title=text, text=text), context.now)
    return Answer(text=text)


def in_words(found: Sequence[Aged]) -> str:
    """Say how much there is of several sources."""
    return "; ".join(one.said for one in found)


def prepare_removal(context: Context) -> RemoveOld | None:
    """Return the next portion of what is removed tonight."""
    night = context.now.date().isoformat()
    for row in retention.rows(context.session).values():
        told = context.now - row.told_at >= TELL_FIRST and context.organisation.retention.of(row.source) == row.days
        if told and (row.night, row.part) != (night, _DONE):
            return _next(context.session, row, night, context.now - timedelta(days=row.days))
    return None


Find = Callable[[Session, str, datetime, int, int], list[int]]


def _find_authors(session: Session, source: str, _before: datetime, after: int, limit: int) -> list[int]:
    return retention.silent_authors(session, source, after, limit)


# One after the other: an author is silent when no post of theirs is left.
_PARTS: dict[str, Find] = {
    "mentions": retention.old_mentions,
    "posts": retention.old_posts,
    "authors": _find_authors,
}


def _next(session: Session, row: RetentionRow, night: str, before: datetime) -> RemoveOld:
    begun = row.night == night
    parts = list(_PARTS)
    for part in parts[parts.index(row.part) if begun else 0 :]:
        after = row.after if begun and part == row.part else 0
        if ids := tuple(_PARTS[part](session, row.source, before, after, AT_ONCE)):
            called = erase.tokens(session, ids) if part == "mentions" else []
            named = tuple(erase.messages_naming(session, called))
            return RemoveOld(job="retention", seen=row, night=night, part=part, ids=ids, notices=named)
    return RemoveOld(job="retention", seen=row, night=night, part=_DONE)


def remove_old(command: RemoveOld, context: Context) -> Answer:
    """Remove a portion of what is old, as far as it still is, and note how far the night has come."""
    session, seen = context.session, command.seen
    numbers = {part: len(command.ids) if command.part == part else 0 for part in ("mentions", "posts")}
    after = command.ids[-1] if command.ids else 0
    if not retention.go_on(session, seen, command.night, command.part, after, **numbers):
        return Answer(text="Another replica has gone on.", ok=False)
    forgetting = Forgetting(context.organisation, context.now, context.random, via=Via.TIMER, why=WHY, answers=False)
    if command.part == "mentions":
        for mention_id in command.ids:
            mentions.hold(session, mention_id)
    if still := _still(session, command, context.now):
        _REMOVE[command.part](session, forgetting, still, command.notices)
    if command.part != _DONE:
        return Answer(text="")
    return Answer(text=f"Of {seen.source}, {seen.mentions} mentions and {seen.posts} other posts went by age so far.")


def _still(session: Session, command: RemoveOld, now: datetime) -> list[int]:
    """Return what of a portion is still to go: somebody may have done something with it meanwhile."""
    if not command.ids:
        return []
    before = now - timedelta(days=command.seen.days)
    found = _PARTS[command.part](session, command.seen.source, before, command.ids[0] - 1, len(command.ids))
    return [one for one in found if one in command.ids]


def _remove_posts(session: Session, forgetting: Forgetting, ids: list[int], _notices: Sequence[int]) -> None:
    forget_posts(session, forgetting, erase.posts_by_id(session, ids))


def _remove_authors(session: Session, _forgetting: Forgetting, ids: list[int], _notices: Sequence[int]) -> None:
    erase.blank_rows_of_authors(session, ids)  # what is said of them in words of ours, such as a mute, ends by itself


_REMOVE: dict[str, Callable[[Session, Forgetting, list[int], Sequence[int]], None]] = {
    "mentions": forget_mentions,
    "posts": _remove_posts,
    "authors": _remove_authors,
}
