"""Building what a source tells from outside material: the one gate through which all of it comes in.

Every field is clipped, every link absolute and every id short enough to keep. What is wrong costs itself and nothing
else: an address that is none is left out of its post, and a text loses what no database takes
(``handlers.text.bounds``). Kinds make their events here alone.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice

from bot.sources.kit.html import distinct_links, links_in, web_link
from bot.sources.kit.pictures import Hosts, picture
from handlers.base.events import Author, AuthorGone, Deleted, Posted
from handlers.base.media import MOST_MEDIA, Media
from handlers.text.bounds import MAX_FACTS, MAX_ID, MAX_NAME, MAX_TEXT, MAX_TITLE, clip

_MAX_LANG = 35
# More than there are; what is more is no number of people, and no database takes any.
_MOST_PEOPLE = 2_000_000_000


def stable_id(candidate: str) -> str:
    """Return ``candidate`` as an id of at most 512 characters: itself, or the hash of what is longer."""
    candidate = candidate.strip()
    if len(candidate) <= MAX_ID:
        return clip(candidate, MAX_ID)
    return "sha256:" + sha256(candidate.encode("utf-8", "replace")).hexdigest()


def language(tag: str) -> str:
    """Return a BCP 47 tag in lower case, or an empty string for what is none (also ``x-default`` and ``und``)."""
    tag = tag.strip().replace("_", "-").lower()[: _MAX_LANG + 1]
    parts = tag.split("-")
    well_formed = len(tag) <= _MAX_LANG and all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)
    return tag if well_formed and 2 <= len(parts[0]) <= 3 and tag != "und" else ""


def moment(seconds: float) -> datetime | None:
    """Return seconds since 1970 as a moment in UTC; None for 0, which is none, and when no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def iso_moment(text: str) -> datetime | None:
    """Return an ISO 8601 time as a moment in UTC, which it is in where no zone stands; None when it is none."""
    try:
        told = datetime.fromisoformat(text.strip())
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def author(
    *,
    name: str = "",
    handle: str = "",
    url: str = "",
    external_id: str = "",
    base: str = "",
    avatar: str = "",
    hosts: Hosts = (),
    followers: object = None,
) -> Author:
    """Build an author with every field within its bound; ``hosts`` is where a face may lie.

    ``followers`` is as the network tells it: what is no number of people is none.
    """
    return Author(
        name=clip(name.strip(), MAX_NAME),
        handle=clip(handle.strip(), MAX_NAME),
        url=web_link(url, base),
        external_id=stable_id(external_id),
        avatar=picture(avatar, hosts),
        followers=_people(followers),
    )


def _people(number: object) -> int | None:
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 <= number <= _MOST_PEOPLE else None


def post(
    *,
    external_id: str,
    text: str,
    title: str = "",
    url: str = "",
    writer: Author = Author(),  # noqa: B008 - frozen
    published_at: datetime | None = None,
    lang: str = "",
    langs: Iterable[str] = (),
    links: Iterable[str] = (),
    reply_to: str = "",
    media: Iterable[Media] = (),
    facts: Mapping[str, object] | None = None,
    low: str = "",
    thread: str = "",
) -> Posted:
    """Build a post with every field within its bound; addresses written in the text join its links.

    Facts that are too long are none: half of them would be wrong ones.
    """
    text = clip(text.strip(), MAX_TEXT)
    url = web_link(url)
    return Posted(
        external_id=stable_id(external_id),
        text=text,
        title=clip(" ".join(title.split()), MAX_TITLE),
        url=url,
        author=writer,
        published_at=published_at,
        lang=language(lang),
        langs=tuple(filter(None, map(language, langs))),
        links=distinct_links([*map(web_link, links), *links_in(text)], beside=url),
        reply_to=stable_id(reply_to),
        media=tuple(islice(media, MOST_MEDIA)),
        facts=_facts(facts or {}),
        low=low,
        thread=stable_id(thread),
    )


def _facts(told: Mapping[str, object]) -> str:
    written = json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""
    return written if len(written) <= MAX_FACTS else ""


def known(**facts: object) -> dict[str, object]:
    """Return those facts of a post that say anything: what is empty, 0 or false is left out."""
    return {name: told for name, told in facts.items() if told}


def deleted(external_id: str) -> Deleted:
    """Say that a post is gone, by the name under which it was built."""
    return Deleted(external_id=stable_id(external_id))


def author_gone(external_id: str) -> AuthorGone:
    """Say that an author left, by the name under which they were built."""
    return AuthorGone(author_external_id=stable_id(external_id))
