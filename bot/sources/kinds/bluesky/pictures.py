"""Pictures of Bluesky: what a post shows, and what of it may be shown.

A service shows a post with the addresses of its pictures; a stream brings the names of its files alone, of which those
of pictures have an address by a rule (https://atproto.com/guides/images-and-video), and films none. The preview of a
link is a picture of the page that it leads to, and none of the post's. What bears a label, its author's own or a
moderator's, is not shown, for whoever set one wanted it to be asked for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import media
from handlers.base.media import Media, MediaKind

HOSTS = ("cdn.bsky.app", "video.bsky.app", "video.cdn.bsky.app")
# What an account says of itself that means nothing for its pictures.
_HARMLESS = frozenset({"!no-unauthenticated", "bot"})
_CID = re.compile(r"[a-z2-7]{16,128}")


def is_marked(*holders: Mapping[str, Any]) -> bool:
    """Say whether one of a post's record, its view, or its author bears a label that counts."""
    return any(string(one, "val") not in _HARMLESS and not one.get("neg") for of in holders for one in _labels(of))


def shown_by(did: str, record: Mapping[str, Any], embed: Mapping[str, Any], *, hidden: bool) -> Iterator[Media]:
    """Yield what a post shows: as its view says, or where there is none, as its record does."""
    seen = embed or mapping(record.get("embed"))
    for one in (seen, mapping(seen.get("media"))):
        for image in (*objects(one.get("images")), *objects(one.get("items"))):
            address = string(image, "thumb") or _address(did, mapping(image.get("image")))
            yield media(MediaKind.PICTURE, address, alt=string(image, "alt"), hosts=HOSTS, hidden=hidden)
        if string(one, "$type").startswith("app.bsky.embed.video"):
            yield media(MediaKind.VIDEO, string(one, "thumbnail"), alt=string(one, "alt"), hosts=HOSTS, hidden=hidden)


def _labels(of: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = of.get("labels")
    return objects(given.get("values") if isinstance(given, dict) else given)


def _address(did: str, blob: Mapping[str, Any]) -> str:
    cid = string(mapping(blob.get("ref")), "$link")
    return f"https://cdn.bsky.app/img/feed_thumbnail/plain/{did}/{cid}@jpeg" if _CID.fullmatch(cid) else ""
