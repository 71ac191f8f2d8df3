"""Events: what a source tells us, in the one form that the rest of the house understands.

Text is plain here: a source strips markup and decodes entities once, and drawing escapes again.
Nothing is trusted: sizes are bounded by ``clip`` when an event is built from outside material.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from handlers.base.media import Media, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post, as the source tells it; ``external_id`` is stable within the source, or empty.

    ``avatar`` is the https address of a picture on a host that the source's kind allows, or empty; ``followers`` is how
    many follow them, where the source says so.
    """

    name: str = ""
    handle: str = ""
    url: str = ""
    external_id: str = ""
    avatar: str = ""
    followers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How an entry of a feed is called, whose names are not sure (``handlers.listen.entries``).

    Attributes:
        named: Its external id is a name that its author gave it, and nothing that follows from its link or its words.
        also: Other external ids under which it may be known.
    """

    named: bool
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A post that the source shows us. Showing it again is harmless; showing it changed is an edit.

    Attributes:
        external_id: The source's own stable name for the post, 1 to 512 characters.
        text: Plain text, at most 40,000 characters.
        links: Absolute http(s) addresses found in the post, beside ``url``.
        published_at: The author's word, timezone-aware; None when the source does not say.
        lang: BCP 47 language tag, lower case, or empty when unknown.
        langs: Further languages that the post is in.
        reply_to: The external id of the post that it answers, or empty.
        thread: By what its source tells the public thread of it: the external id of the post with which that began, or
            another name of at most 512 characters. Empty where it tells none: then what it answers says so.
        entry: What else it may be called, where its external id may change.
        media: What it shows beside its words.
        facts: What its source notes for whoever answers it, as JSON of its own of at most 1,000 characters: where an
            answer goes, whether we may answer at all. It is no part of what the post says: other facts are no edit,
            and a view of the post that tells none takes none away.
        low: What who tells us of it says against it, such as "Octolens says low"; or empty. It is no part of the post.
    """

    external_id: str
    text: str
    title: str = ""
    url: str = ""
    author: Author = Author()
    published_at: datetime | None = None
    lang: str = ""
    links: tuple[str, ...] = ()
    reply_to: str = ""
    langs: tuple[str, ...] = ()
    entry: Entry | None = None
    media: tuple[Media, ...] = ()
    facts: str = ""
    low: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post as a configured source fetched it, because a person named its address."""

    source: str
    posted: Posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The post is gone at its source."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorGone:
    """The author left the source: all that they wrote there is gone."""

    author_external_id: str


Event = Posted | Deleted | AuthorGone


def content(event: Posted, digest: str = "") -> dict[str, str]:
    """Return what a post keeps of what it says and shows, and its facts where it tells any, by column.

    An edit writes all of it.

    Args:
        event: How it reads now.
        digest: That of its content, where it was worked out already.
    """
    digest = digest or content_digest(event)
    told = {"title": event.title, "text": event.text, "media": to_json(event.media), "digest": digest}
    return told | {"facts": event.facts} if event.facts else told


def content_digest(event: Posted) -> str:
    """Return what tells two states of one post apart: SHA-256 over title and text, white space aside.

    What it shows is no part of it: networks make new copies of pictures as they like, and tell their descriptions as
    text.
    """
    flat = "\x00".join(" ".join(part.split()) for part in (event.title, event.text))
    return hashlib.sha256(flat.encode()).hexdigest()
