"""Pictures of a feed's entries, as Media RSS (https://www.rssboard.org/media-rss), enclosures and JSON Feed name them.

A feed names addresses anywhere, so none is shown unless the operator says that pictures may come from there.
"""

import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.sources.kit.html import web_link
from handlers.base.media import MOST_MEDIA, MediaKind

Named = dict[str, str]
# So many are looked at.
_MOST_NAMED = 20
_KINDS = {"image": MediaKind.PICTURE, "video": MediaKind.VIDEO}


def in_xml(
    contents: Sequence[Mapping[str, Any]],
    enclosures: Sequence[Mapping[str, Any]],
    thumbnails: Sequence[Mapping[str, Any]],
    base: str,
) -> list[Named]:
    """Return what an entry of RSS or Atom shows, each with its kind, where it lies, and what it is called."""
    named = [_named(one, one.get("url"), one.get("medium") or one.get("type"), base) for one in contents[:_MOST_NAMED]]
    named += [_named(one, one.get("href"), one.get("type"), base) for one in enclosures[:_MOST_NAMED]]
    stills = [web_link(str(one.get("url") or ""), base) for one in thumbnails[:_MOST_NAMED]]
    return _distinct(named, next((still for still in stills if still), ""))


def in_json(item: Mapping[str, Any], attachments: Sequence[Mapping[str, Any]], base: str) -> list[Named]:
    """Return what an item of a JSON Feed shows."""
    named = [_named(one, one.get("url"), one.get("mime_type"), base) for one in attachments[:_MOST_NAMED]]
    still = next((link for name in ("image", "banner_image") if (link := web_link(_text(item, name), base))), "")
    return _distinct(named, still)


def _named(one: Mapping[str, Any], address: object, said: object, base: str) -> Named:
    url = web_link(address, base) if isinstance(address, str) else ""
    said = said if isinstance(said, str) and said else mimetypes.guess_type(url.partition("?")[0])[0] or ""
    kind = _KINDS.get(said.partition("/")[0].strip().lower(), MediaKind.OTHER)
    return {"kind": str(kind), "url": url, "alt": _text(one, "title")}


def _distinct(named: Iterable[Named], still: str) -> list[Named]:
    """Leave out repeats, and let a still stand for a film, or for itself where there is nothing else to be seen."""
    kept = list({one["url"]: one for one in named if one["url"]}.values())
    films = [one for one in kept if one["kind"] == MediaKind.VIDEO]
    for one in films:
        one["url"] = ""
    if films:
        films[0]["url"] = still
    elif still and not any(one["kind"] == MediaKind.PICTURE for one in kept):
        kept.insert(0, {"kind": str(MediaKind.PICTURE), "url": still, "alt": ""})
    return kept[:MOST_MEDIA]


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
