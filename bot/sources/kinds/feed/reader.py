"""Read one feed document: what runs inside the isolated process, on input that nobody trusts.

In: one line of JSON (the document's address, its content type, until when a date is one), then the document. Out: JSON,
either ``{"entries": […]}`` as the feed orders them or ``{"error": sentence}``. feedparser reads RSS and Atom, since it
is the only reader that copes with what feeds really look like; it never resolves external entities, drops the DOCTYPE,
and expat bounds what internal ones may grow to. Its sanitiser is off: it rewrites ``<!channel>`` and deletes
``<https://…|…>``, and what we want is plain text, not safe HTML. Encodings, dates, links and authors it guesses; those
are read here.
"""

import io
import json
import math
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import feedparser

from bot.sources.kinds.feed.encoding import decode, without_declaration
from bot.sources.kinds.feed.json_feed import Entry, read_json_feed
from bot.sources.kinds.feed.links import alternate, former_link, own_link, source_link
from bot.sources.kinds.feed.pictures import in_xml
from bot.sources.kit.dates import told_stamp
from bot.sources.kit.html import Markup, looks_like_markup, read_markup, web_link
from handlers.text.bounds import MAX_TEXT, clip

MAX_ENTRIES = 10_000
MAX_OUTPUT = 16 * 1024 * 1024
MEMORY = 1024 * 1024 * 1024
PROCESSOR_SECONDS = 20
_NOT_A_FEED = "The document is not a feed."
_HTML = ("text/html", "application/xhtml+xml")
_DATES = ("published", "created", "updated")
# What is no reason to show an entry that has nothing else.
_BESIDE = frozenset({"lang", "avatar", "media"})
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{1,63}")


class NotAFeed(Exception):
    """The document is something else."""


def main() -> None:
    """Read stdin, write stdout; a document too large for the bounds ends the process, and the caller says so."""
    with suppress(ValueError, OSError):  # a platform without these limits still has the time-out
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    head = json.loads(sys.stdin.buffer.readline())
    try:
        answer: Entry = {"entries": read(sys.stdin.buffer.read(), head["content_type"], head["url"], head["latest"])}
    except NotAFeed:
        answer = {"error": _NOT_A_FEED}
    output = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    if len(output) > MAX_OUTPUT:
        output = json.dumps({"error": "The feed is too large."}).encode()
    sys.stdout.buffer.write(output)


def read(document: bytes, content_type: str, url: str, latest: float = math.inf) -> list[Entry]:
    """Return the entries of a feed of any format, in the order of the document.

    Args:
        document: As it was fetched.
        content_type: What the server said of it.
        url: From where.
        latest: Seconds since 1970; a date behind it is none.

    Raises:
        NotAFeed: It is none.
    """
    text = without_declaration(decode(document, content_type))
    entries = list(_json_feed(text, url) if text.startswith("{") else _xml_feed(text, url))
    for entry in entries:
        if entry["published"] is not None and entry["published"] > latest:
            entry["published"] = None
    return [entry for entry in entries if any(value for name, value in entry.items() if name not in _BESIDE)][
        :MAX_ENTRIES
    ]


def _json_feed(text: str, url: str) -> Iterator[Entry]:
    try:
        return read_json_feed(text, url)
    except ValueError as error:
        raise NotAFeed from error


def _xml_feed(text: str, url: str) -> Iterator[Entry]:
    # It is not told the document's address: it would make a guid such as "7" depend on where a redirect ended.
    document = io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8"}
    feed = feedparser.parse(document, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    version = str(feed.get("version") or "")
    if not version and not feed["entries"]:
        raise NotAFeed
    # Everything below is read as a plain dict: feedparser's own one falls back between dates, with warnings.
    about = _About(
        version=version,
        lang=str(dict.get(feed["feed"], "language") or ""),
        url=url,
        # RSS knows no base: what stands in it is meant as it stands on the site.
        site=url if version.startswith("atom") else web_link(alternate(feed["feed"]), url) or url,
    )
    return (_xml_entry(entry, about) for entry in feed["entries"])


@dataclass(frozen=True, slots=True)
class _About:
    """What is true of all entries of a document: its format, its language, its address, and that of its site."""

    version: str
    lang: str
    url: str
    site: str


def _xml_entry(entry: dict[str, Any], about: _About) -> Entry:
    title = _text_of(_detail(entry, "title"), about.version)
    bodies = _dicts(_get(entry, "content"))
    summary = _detail(entry, "summary")
    if all(body.get("value") != summary["value"] for body in bodies):  # feedparser copies a content into it, untyped
        bodies.insert(0, summary)
    read_bodies = [_text_of(body, about.version) for body in bodies]
    base = next((str(body["base"]) for body in bodies if body.get("base")), "")
    base = web_link(base, about.url) or about.site
    links = [str(link.get("href") or "") for link in _dicts(_get(entry, "links")) if link.get("rel") != "self"]
    hrefs = [href for body in read_bodies for href in body.hrefs]
    enclosures = [link for link in _dicts(_get(entry, "links")) if link.get("rel") == "enclosure"]
    source = [link for link in (web_link(source_link(entry)),) if link]
    person = _get(entry, "author_detail")
    person = person if isinstance(person, dict) else {}
    return {
        "id": str(_get(entry, "id") or ""),
        "title": title.text,
        "text": _joined([body.text for body in read_bodies]),
        "url": web_link(own_link(entry, alternate(entry)), about.site),
        "former": f"{former_link(own_link(entry, str(_get(entry, 'link') or '')), about.url)} {title.text}".strip(),
        "author": _author(person, str(_get(entry, "author") or "")),
        "author_url": web_link(str(person.get("href") or ""), about.url),
        "published": next((stamp for name in _DATES if (stamp := told_stamp(_get(entry, name))) is not None), None),
        "lang": next((str(body["language"]) for body in bodies if body.get("language")), about.lang),
        "links": [web_link(link, base) for link in [*links, str(_get(entry, "comments") or ""), *hrefs]] + source,
        "media": in_xml(
            _dicts(_get(entry, "media_content")), enclosures, _dicts(_get(entry, "media_thumbnail")), about.site
        ),
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


def _author(person: Mapping[str, Any], written: str) -> str:
    """Return the name of who wrote it, else the address, whose end feedparser cuts off after four letters."""
    address = _MAIL.search(written)
    if not address or address.group() == person.get("email"):
        return str(person.get("name") or person.get("email") or written)
    name = written.replace(address.group(), "").replace("mailto:", "").strip("()<> \t\n,;:\"'")
    return name if any(map(str.isalpha, name)) and "@" not in name else address.group()


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


if __name__ == "__main__":
    main()
