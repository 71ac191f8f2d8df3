"""Read one feed document: what runs inside the isolated process, on input that nobody trusts.

In: one line of JSON (the document's address, its content type), then the document. Out: JSON, either
``{"entries": […]}`` as the feed orders them or ``{"error": sentence}``. feedparser reads RSS and Atom, since it is the
only reader that copes with what feeds really look like; it never resolves external entities, drops the DOCTYPE, and
expat bounds what internal ones may grow to. Its sanitiser is off: it rewrites ``<!channel>`` and deletes
``<https://…|…>``, and what we want is plain text, not safe HTML.
"""

import io
import json
import re
import resource
import sys
from calendar import timegm
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import feedparser

from bot.sources.kit.build import iso_moment
from bot.sources.kit.html import Markup, looks_like_markup, read_markup, web_link
from handlers.text.bounds import MAX_TEXT, clip

MAX_ENTRIES = 10_000
MAX_OUTPUT = 16 * 1024 * 1024
MEMORY = 1024 * 1024 * 1024
PROCESSOR_SECONDS = 20
_NOT_A_FEED = "The document is not a feed."
_HTML = ("text/html", "application/xhtml+xml")
_DATES = ("published_parsed", "created_parsed", "updated_parsed")

Entry = dict[str, Any]


class NotAFeed(Exception):
    """The document is something else."""


def main() -> None:
    """Read stdin, write stdout; a document too large for the bounds ends the process, and the caller says so."""
    with suppress(ValueError, OSError):  # a platform without these limits still has the time-out
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    head = json.loads(sys.stdin.buffer.readline())
    try:
        answer: Entry = {"entries": read(sys.stdin.buffer.read(), head["content_type"], head["url"])}
    except NotAFeed:
        answer = {"error": _NOT_A_FEED}
    output = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    if len(output) > MAX_OUTPUT:
        output = json.dumps({"error": "The feed is too large."}).encode()
    sys.stdout.buffer.write(output)


def read(document: bytes, content_type: str, url: str) -> list[Entry]:
    """Return the entries of a feed of any format, in the order of the document.

    Raises:
        NotAFeed: It is none.
    """
    start = document[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    entries = _json_feed(document, url) if start == b"{" else _xml_feed(document, content_type, url)
    return [entry for entry in entries if any(value for name, value in entry.items() if name != "lang")][:MAX_ENTRIES]


def _xml_feed(document: bytes, content_type: str, url: str) -> Iterator[Entry]:
    # It is not told the document's address: it would make a guid such as "7" depend on where a redirect ended.
    headers = {"content-type": content_type or "application/xml"}
    feed = feedparser.parse(
        io.BytesIO(document), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
    )
    version = str(feed.get("version") or "")
    if not version and not feed["entries"]:
        raise NotAFeed
    # Everything below is read as a plain dict: feedparser's own one falls back between dates, with warnings.
    lang = str(dict.get(feed["feed"], "language") or "")
    return (_xml_entry(entry, version, lang, url) for entry in feed["entries"])


def _xml_entry(entry: dict[str, Any], version: str, lang: str, url: str) -> Entry:
    title = _text_of(_detail(entry, "title"), version)
    bodies = _dicts(_get(entry, "content"))
    summary = _detail(entry, "summary")
    if all(body.get("value") != summary["value"] for body in bodies):  # feedparser copies a content into it, untyped
        bodies.insert(0, summary)
    read_bodies = [_text_of(body, version) for body in bodies]
    base = next((str(body["base"]) for body in bodies if body.get("base")), "")
    base = web_link(base, url) or url
    links = [str(link.get("href") or "") for link in _dicts(_get(entry, "links")) if link.get("rel") != "self"]
    hrefs = [href for body in read_bodies for href in body.hrefs]
    person = _get(entry, "author_detail")
    person = person if isinstance(person, dict) else {}
    return {
        "id": str(_get(entry, "id") or ""),
        "title": title.text,
        "text": _joined([body.text for body in read_bodies]),
        "url": _own_link(entry, url),
        "former": f"{_own_link(entry, url)} {title.text}".strip(),
        "author": str(person.get("name") or person.get("email") or _get(entry, "author") or ""),
        "author_url": web_link(str(person.get("href") or ""), url),
        "published": next((stamp for name in _DATES if (stamp := _stamp(_get(entry, name))) is not None), None),
        "lang": next((str(body["language"]) for body in bodies if body.get("language")), lang),
        "links": [web_link(link, base) for link in [*links, str(_get(entry, "comments") or ""), *hrefs]],
    }


def _get(entry: dict[str, Any], name: str) -> Any:
    return dict.get(entry, name)


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _detail(entry: dict[str, Any], name: str) -> Mapping[str, Any]:
    """Return a text with its type; some elements (media:description among them) come without."""
    detail = _get(entry, f"{name}_detail")
    value = _get(entry, name)
    if isinstance(detail, dict) and detail.get("value") == value:
        return detail
    return {"value": str(value or ""), "type": ""}


def _own_link(entry: dict[str, Any], url: str) -> str:
    link = str(_get(entry, "link") or "")
    # A guid may stand in for the link, but most that are no addresses only forgot to say isPermaLink="false".
    if _get(entry, "guidislink") and link == _get(entry, "id") and not re.match("https?://", link, re.IGNORECASE):
        return ""
    return web_link(link, url)


def _text_of(detail: Mapping[str, Any], version: str) -> Markup:
    """Make plain text of a value: by its type, and by its looks in the formats in which nobody declares types."""
    value, kind = str(detail.get("value") or ""), str(detail.get("type") or "")
    value = value[: 8 * MAX_TEXT]
    if kind in _HTML or (version != "atom10" and looks_like_markup(value)):
        return read_markup(value)
    return Markup(value.strip(), ())


def _joined(bodies: list[str]) -> str:
    """Put summary and content together, without what only repeats or abridges the other."""
    kept: list[str] = []
    for body in sorted(filter(None, dict.fromkeys(bodies)), key=len, reverse=True):
        start = " ".join(body.split()).rstrip(".… []")[:200]
        if not any(start in " ".join(other.split()) for other in kept):
            kept.append(body)
    kept.sort(key=bodies.index)
    return clip("\n\n".join(kept), MAX_TEXT)


def _stamp(parsed: object) -> float | None:
    """Turn feedparser's UTC tuple into seconds since 1970."""
    try:
        return float(timegm(parsed)) if parsed else None  # type: ignore[arg-type]
    except (ValueError, OverflowError, TypeError):
        return None


def _json_feed(document: bytes, url: str) -> Iterator[Entry]:
    """Read JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(document.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotAFeed from error
    version = str(feed.get("version") or "")
    if not re.match(r"https?://jsonfeed\.org/version/", version) or not isinstance(feed.get("items"), list):
        raise NotAFeed
    writers = _writers(feed)
    lang = _string(feed, "language")
    return (_json_entry(item, writers, lang, url) for item in _dicts(feed["items"]))


def _json_entry(item: Mapping[str, Any], writers: list[Mapping[str, Any]], lang: str, url: str) -> Entry:
    markup = read_markup(_string(item, "content_html")[: 8 * MAX_TEXT])
    text = _string(item, "content_text") or markup.text or _string(item, "summary")
    person = next(iter(_writers(item) or writers), {})
    links = [_string(item, "external_url"), *markup.hrefs]
    title, own_link = _string(item, "title"), web_link(_string(item, "url") or _string(item, "external_url"), url)
    return {
        "id": _string(item, "id"),
        "title": title,
        "text": clip(text, MAX_TEXT),
        "url": own_link,
        "former": f"{own_link} {title}".strip(),
        "author": _string(person, "name"),
        "author_url": web_link(_string(person, "url"), url),
        "published": _iso(_string(item, "date_published")) or _iso(_string(item, "date_modified")),
        "lang": _string(item, "language") or lang,
        "links": [web_link(link, url) for link in links],
    }


def _writers(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the authors of a feed or an item: a list since 1.1, one object in 1.0."""
    return _dicts(holder.get("authors")) or _dicts([holder.get("author")])


def _string(holder: Mapping[str, Any], name: str) -> str:
    """Return a text, also where a feed has a number, as many ids are."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else repr(value)


def _iso(text: str) -> float | None:
    moment = iso_moment(text)
    return moment.timestamp() if moment else None


if __name__ == "__main__":
    main()
