"""Posts of Bluesky: names, addresses and records (https://docs.bsky.app/docs/advanced-guides/posts).

A post's own name is its at:// address, which holds the author's did. Its web address is built from the did too, since
handles change, and a stream tells no handles: so the same post has one address, wherever it was heard.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.sources.kinds.bluesky.pictures import HOSTS, is_marked, shown_by
from bot.sources.kit.beside import descriptions, preview, tags, with_beside
from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.json import mapping, objects, string
from handlers.base.events import Author, Posted

COLLECTION = "app.bsky.feed.post"
SITE = "https://bsky.app"
# Tags and languages of one post; the network takes eight and three.
_MOST = 8

DID = re.compile(r"did:[a-z]{1,32}:[A-Za-z0-9._:%-]{1,256}")
HANDLE = re.compile(r"(?=.{3,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}")
RKEY = re.compile(r"[A-Za-z0-9._~:-]{1,512}")

_AT = re.compile(rf"at://({DID.pattern})/{re.escape(COLLECTION)}/({RKEY.pattern})")
_WEB = re.compile(
    rf"https?://(?:www\.|main\.|staging\.)?bsky\.app/profile/([^/?#]{{1,300}})/post/({RKEY.pattern})/?(?:[?#].*)?",
    re.IGNORECASE,
)
_AT_WITH_HANDLE = re.compile(rf"at://([^/?#]{{1,300}})/{re.escape(COLLECTION)}/({RKEY.pattern})")


def at_uri(did: str, rkey: str) -> str:
    """Return a post's own name."""
    return f"at://{did}/{COLLECTION}/{rkey}"


def parts_of(uri: str) -> tuple[str, str] | None:
    """Return did and record key of a post's own name; None when it is none."""
    found = _AT.fullmatch(uri)
    return (found[1], found[2]) if found else None


def web_address(uri: str) -> str:
    """Return where a post is shown, or an empty string when ``uri`` is no post's name."""
    parts = parts_of(uri)
    return f"{SITE}/profile/{parts[0]}/post/{parts[1]}" if parts else ""


def named_in(address: str) -> tuple[str, str] | None:
    """Return who (did or handle) and which record key an address names; None when it is no post's."""
    found = _WEB.fullmatch(address.strip()) or _AT_WITH_HANDLE.fullmatch(address.strip())
    if not found:
        return None
    actor = found[1].replace("%3A", ":").replace("%3a", ":").removeprefix("@")
    return (actor, found[2]) if DID.fullmatch(actor) or HANDLE.fullmatch(actor) else None


def writer(did: str, profile: Mapping[str, Any] | None = None) -> Author:
    """Return the author as ``profile`` shows them, with a face unless it is marked; a stream knows the did alone."""
    profile = profile or {}
    handle = string(profile, "handle")
    return author(
        name=string(profile, "displayName"),
        handle=handle if HANDLE.fullmatch(handle) and handle != "handle.invalid" else "",
        url=f"{SITE}/profile/{did}",
        external_id=did,
        avatar="" if is_marked(profile) else string(profile, "avatar"),
        hosts=HOSTS,
    )


def read_record(
    uri: str, record: Mapping[str, Any], by: Author, view: Mapping[str, Any] = MappingProxyType({})
) -> Posted | None:
    """Return the post that a record is, with what a service shows of it as ``view``; None when it is no post at all."""
    parts = parts_of(uri)
    if parts is None or not isinstance(record.get("text"), str):
        return None
    hidden = is_marked(record, view, mapping(view.get("author")))
    languages = _texts(record.get("langs"))
    return post(
        external_id=uri,
        text=_text(record),
        url=web_address(uri),
        writer=by,
        published_at=iso_moment(string(record, "createdAt")),
        lang=languages[0] if languages else "",
        langs=languages[1:],
        links=_links(record),
        reply_to=parent_of(record),
        thread=root_of(record),
        media=shown_by(parts[0], record, mapping(view.get("embed")), hidden=hidden),
    )


def _text(record: Mapping[str, Any]) -> str:
    """Return what a post says: its text, the preview of its link, what its pictures and film show, and its tags.

    Of a post that is quoted, nothing: these are another's words.
    """
    text, embed = string(record, "text"), mapping(record.get("embed"))
    parts = []
    for one in (embed, mapping(embed.get("media"))):
        external = mapping(one.get("external"))
        shown = [string(image, "alt") for image in (*objects(one.get("images")), *objects(one.get("items")), one)]
        parts += [preview(string(external, "title"), string(external, "description")), descriptions(shown)]
    return with_beside(text, *parts, tags(_texts(record.get("tags")), text))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)][:_MOST] if isinstance(value, list) else []


def parent_of(record: Mapping[str, Any]) -> str:
    """Return the name of the post that a record answers, or an empty string."""
    return string(mapping(mapping(record.get("reply")).get("parent")), "uri")


def root_of(record: Mapping[str, Any]) -> str:
    """Return the name of the post with which the thread of a record began, or an empty string."""
    return string(mapping(mapping(record.get("reply")).get("root")), "uri")


def read_view(view: Mapping[str, Any]) -> Posted | None:
    """Return the post that a service shows (``postView`` or a notification); None when it is no post at all."""
    uri = string(view, "uri")
    parts = parts_of(uri)
    if parts is None:
        return None
    found = read_record(uri, mapping(view.get("record")), writer(parts[0], mapping(view.get("author"))), view)
    # Who answers us is told to us so: below what we said there are no others among whom it would be one more.
    return replace(found, thread="") if found is not None and string(view, "reason") == "reply" else found


def _links(record: Mapping[str, Any]) -> Iterable[str]:
    """Yield where a post links to: what its text shows shortened, its preview, and the post that it quotes."""
    for facet in objects(record.get("facets")):
        for feature in objects(facet.get("features")):
            yield string(feature, "uri")
    embed = mapping(record.get("embed"))
    for one in (embed, mapping(embed.get("media"))):
        yield string(mapping(one.get("external")), "uri")
    quoted = mapping(embed.get("record"))
    yield web_address(string(quoted, "uri") or string(mapping(quoted.get("record")), "uri"))
