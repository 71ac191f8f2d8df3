"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read where its meaning is plain.

Many write it by hand: the version with another address or none at all, an object where a list belongs, an author who
is only a name, a line break inside a text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sources.kinds.feed.links import former_link
from bot.sources.kinds.feed.pictures import in_json
from bot.sources.kit.dates import told_stamp
from bot.sources.kit.html import read_markup, web_link
from handlers.text.bounds import MAX_TEXT, clip

Entry = dict[str, Any]
_VERSION = re.compile(r"\s*(?:https?:)?(?://)?(?:www\.)?jsonfeed\.org(?:/.*)?", re.IGNORECASE)


def read_json_feed(text: str, url: str) -> Iterator[Entry]:
    """Return the entries of a JSON Feed that was fetched from ``url``.

    Raises:
        ValueError: It is none.
    """
    try:
        feed = json.loads(text, strict=False)
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list | dict) or not _says_so(feed):
        raise ValueError("It does not say that it is a feed.")
    writers = _writers(feed)
    lang = _string(feed, "language")
    return (_entry(item, writers, lang, url) for item in _objects(feed["items"]))


def _says_so(feed: Mapping[str, Any]) -> bool:
    """Say whether it calls itself a feed, by its version or by what only feeds have."""
    if _VERSION.fullmatch(_string(feed, "version")):
        return True
    return any(_string(feed, name) for name in ("feed_url", "home_page_url"))


def _entry(item: Mapping[str, Any], writers: list[Mapping[str, Any]], lang: str, url: str) -> Entry:
    markup = read_markup(_string(item, "content_html")[: 8 * MAX_TEXT])
    text = _string(item, "content_text") or markup.text or _string(item, "summary")
    person = next(iter(_writers(item) or writers), {})
    title, link = _string(item, "title"), _string(item, "url") or _string(item, "external_url")
    return {
        "id": _string(item, "id"),
        "title": title,
        "text": clip(text, MAX_TEXT),
        "url": web_link(link, url),
        "former": f"{former_link(link, url)} {title}".strip(),
        "author": _string(person, "name"),
        "author_url": web_link(_string(person, "url"), url),
        "published": told_stamp(_string(item, "date_published")) or told_stamp(_string(item, "date_modified")),
        "lang": _string(item, "language") or lang,
        "links": [web_link(one, url) for one in (_string(item, "external_url"), *markup.hrefs)],
        "avatar": web_link(_string(person, "avatar"), url),
        "media": in_json(item, _objects(item.get("attachments")), url),
    }


def _writers(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the authors of a feed or an item: a list since 1.1, one object in 1.0, a name in neither."""
    for value in (holder.get("authors"), holder.get("author")):
        told = [
            {"name": one} if isinstance(one, str) else one for one in (value if isinstance(value, list) else [value])
        ]
        if found := [one for one in _objects(told) if _string(one, "name") or _string(one, "url")]:
            return found
    return []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _string(holder: Mapping[str, Any], name: str) -> str:
    """Return a text, also where a feed has a number, as many ids are."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else repr(value)
