"""What an entry of a feed is called, so that a site that changes its ways floods nobody and loses nothing.

A guid is meant to name an entry for ever. In the wild it changes with the scheme of the site or with each build, is
"N/A" for all of them, or is missing, and what stands in for it changes, too: editors change headlines, and counters of
clicks change links. So an entry is looked for by one name after the other, and the first that fits is the one:

| | it is the same entry where this is the same | for which entries |
|---|---|---|
| 1 | its name: the guid, else link and title, else all of it | all |
| 2 | another form of it: an address under the other scheme, with or without "www."; its name before an upgrade | all |
| 3 | link, title and text | all; where the link is no page of its own, the date too |
| 4 | link, date and title | all that are dated |
| 5 | link, date and text | all that are dated |
| 6 | link and text, of forty characters at least | all whose link is a page of its own |
| 7 | link and title | it has no guid now, or had none |
| 8 | link | as 7, where the link is a page of its own |

- A name that several entries of one document bear names none of them. A guid does so when they stand at different
  places; one that stands twice at one place is an entry and its older state (RFC 4287, 4.1.1).
- A guid that says nothing ("N/A", "null"), and one that only repeats the link, is no guid.
- Links are compared in their canonical form (``handlers.text.urls``): scheme, "www.", campaign fields, known redirects
  and sites that moved aside. Where what is left of the query looks like a token, the entry without a guid is called by
  the rest of the link with title, text and date.
- A link is a page of its own unless it is missing, leads to a home page, or was shared by entries of different titles.
- One post is one entry: each is found once, and the better name goes first for the whole document, so that a post whose
  guid stands in the document is never taken for another's.
- The post takes on the newest names. So changes may follow each other in any order; what changes at once all that an
  entry is called by is a new one.

Two entries are made one only where nothing tells them apart that a reader would see: to lose a mention is worse than to
show it twice. Names are settled for a whole document before it is cut into steps, and written down with the steps.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from handlers.base.events import Event, Posted, content_digest
from handlers.text.urls import canonical_url, one_form
from storage.engine.database import Session
from storage.listen import entries
from storage.listen.entries import EntryRow

# How names begin that follow from what an entry says.
TOLD = "entry:"
_ENOUGH_TEXT = 40


@dataclass(frozen=True, slots=True)
class Renamed:
    """A post that we have, and the names that its entry has now."""

    post_id: int
    external_id: str
    url: str
    key: str


def has_entries(events: Sequence[Event]) -> bool:
    """Say whether any of these may be known under another name."""
    return any(isinstance(event, Posted) and event.entry is not None for event in events)


def recognise(session: Session, source: str, events: Sequence[Event]) -> dict[str, Renamed]:
    """Find what a document shows under new names among what its source showed before; by the new external id."""
    shown = {event.external_id: event for event in events if isinstance(event, Posted) and event.entry is not None}
    rows = entries.by_external_id(session, source, {name for post in shown.values() for name in _ids(post)})
    known = {row.external_id for row in rows}
    told = {name: _shown(source, post) for name, post in shown.items()}
    rows += entries.by_canonical_url(session, source, {one.key for name, one in told.items() if name not in known})
    found = _Search(shown, told, {row.id: row for row in rows}).run()
    renamed = {name: _renamed(shown[name], told[name].key, row) for name, row in found.items()}
    return {name: one for name, one in renamed.items() if one is not None}


def take_names(session: Session, renamed: Sequence[Renamed]) -> None:
    """Let posts be known by the names that their entries have now."""
    for one in renamed:
        entries.rename(session, one.post_id, one.external_id, one.url, one.key)


def entry_key(source: str, post: Posted) -> str:
    """Return what a post is found by beside its external id: its canonical URL.

    An entry whose link is no page has none; what names it then stands there in its place, which no address equals.
    """
    canonical = canonical_url(post.url)
    if canonical or post.entry is None:
        return canonical
    told = "\x00".join((source, one_form(post.url), " ".join((post.title or post.text).split())))
    return TOLD + sha256(told.encode("utf-8", "replace")).hexdigest()


def _ids(post: Posted) -> tuple[str, ...]:
    return (post.external_id, *(post.entry.also if post.entry else ()))


def _renamed(post: Posted, told: str, row: EntryRow) -> Renamed | None:
    url, key = (post.url, told) if post.url or not row.url else (row.url, row.canonical_url)
    if (row.external_id, row.url, row.canonical_url) == (post.external_id, url, key):
        return None
    return Renamed(row.id, post.external_id, url, key)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an entry that is shown, or a post that we have, tells of what it may be called."""

    named: bool
    key: str
    title: str
    text: str
    digest: str
    at: datetime | None


def _shown(source: str, post: Posted) -> _Told:
    named = post.entry is not None and post.entry.named
    return _Told(named, entry_key(source, post), post.title, post.text, content_digest(post), post.published_at)


def _kept(row: EntryRow) -> _Told:
    follows = row.external_id.startswith((TOLD, row.url or TOLD)) or row.external_id == row.title
    return _Told(not follows, row.canonical_url, row.title, row.text, row.digest, row.published_at)


# The third to the eighth name; ``page``: the link is a page of its own.
Name = Callable[[_Told, bool], Hashable]
_BY_ALL: tuple[Name, ...] = (
    lambda told, page: (told.key, told.digest, None if page else told.at),
    lambda told, page: told.at and told.title and (told.key, told.at, told.title),
    lambda told, page: told.at and told.text and (told.key, told.at, told.text),
    lambda told, page: page and len(told.text) >= _ENOUGH_TEXT and (told.key, told.text),
)
_BY_LINK_AND_TITLE: Name = lambda told, page: told.title and (told.key, told.title)  # noqa: E731 - as the others
_BY_LINK: Name = lambda told, page: page and told.key  # noqa: E731


class _Search:
    """Pairs the entries of one document with the posts that are theirs, by one name after the other."""

    def __init__(self, posts: dict[str, Posted], shown: dict[str, _Told], rows: dict[int, EntryRow]) -> None:
        self._posts, self._shown, self._rows = posts, shown, rows
        self._kept = {row.id: _kept(row) for row in rows.values()}
        self._now = Counter(told.key for told in self._shown.values())
        titles = Counter(key for key, _ in {(told.key, told.title) for told in self._kept.values()})
        self._shared = {key for key in self._now if self._now[key] > 1 or titles[key] > 1}
        self._found: dict[str, int] = {}

    def run(self) -> dict[str, EntryRow]:
        """Return the post of each entry that has one."""
        self._by_id()
        for name in _BY_ALL:
            self._pair(name, lambda one, other: True)
        self._pair(_BY_LINK_AND_TITLE, _one_without_guid)
        self._pair(_BY_LINK, _one_without_guid)
        return {name: self._rows[post_id] for name, post_id in self._found.items()}

    def _by_id(self) -> None:
        """Find by external ids; whoever bears one now goes before who may be called so."""
        by_id = {row.external_id: row.id for row in self._rows.values()}
        self._found = {name: by_id[name] for name in self._posts if name in by_id}
        taken = set(self._found.values())
        for name, post in self._posts.items():
            free = [by_id[other] for other in _ids(post) if other in by_id and by_id[other] not in taken]
            if name not in self._found and free:
                self._found[name] = free[0]
                taken.add(free[0])

    def _pair(self, name_of: Name, fits: Callable[[_Told, _Told], bool]) -> None:
        bearers: dict[Hashable, list[str]] = {}
        for name, told in self._shown.items():
            bearers.setdefault(self._call(name_of, told), []).append(name)
        taken = set(self._found.values())
        for post_id, told in self._kept.items():
            here = bearers.get(self._call(name_of, told), [])
            free = len(here) == 1 and here[0] not in self._found and post_id not in taken
            if free and fits(self._shown[here[0]], told):
                self._found[here[0]] = post_id

    def _call(self, name_of: Name, told: _Told) -> Hashable:
        page = not told.key.startswith(TOLD) and told.key not in self._shared
        return name_of(told, page) or object()


def _one_without_guid(one: _Told, other: _Told) -> bool:
    return not (one.named and other.named)
