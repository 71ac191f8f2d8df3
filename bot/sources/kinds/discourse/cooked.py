"""Cooked: the HTML that Discourse makes of what somebody wrote, and what of it are their own words.

A quote repeats what another said, and stands in the topic already. The preview of a link comes moments later, in the
place of the link: it is read as the link that it was, so that a post reads the same before and after. An emoji is a
picture of its name; beside a picture stand its file and size, which nobody wrote.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from bot.sources.kit.html import decode_entities, read_markup, web_link
from bot.sources.kit.pictures import Hosts, media
from handlers.base.media import Media, MediaKind
from handlers.text.bounds import MAX_TEXT

_ASIDE = re.compile(r"<(/?)aside\b([^<>]{0,4000})>", re.IGNORECASE)
_PREVIEWED = re.compile(r"<a\s([^<>]{0,4000})>[^<]{0,1000}</a>", re.IGNORECASE)
_META = re.compile(r'<div class="meta">.{0,1000}?</div>', re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s([^<>]{0,4000})>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\s([^<>]{0,8000})>", re.IGNORECASE)
_FILM = re.compile(r"<video\b|\bvideo-placeholder-container\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(class|href|src|alt|data-onebox-src)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_SPOILER = re.compile(r"\bspoil(?:er|ed)\b", re.IGNORECASE)
# Names of people, of tags and of places in the post itself, and the large copy of a picture.
_NAMING = frozenset({"mention", "mention-group", "hashtag", "hashtag-cooked", "anchor", "lightbox"})


@dataclass(frozen=True, slots=True)
class Cooked:
    """What a post says and shows: its text, the addresses that its author gave, and its pictures."""

    text: str
    links: tuple[str, ...]
    media: tuple[Media, ...]


def read_cooked(cooked: str, base_url: str, hosts: Hosts) -> Cooked:
    """Read the HTML of a post; ``hosts`` is where its pictures may lie."""
    base = f"{base_url}/"
    own = _META.sub("", _without_asides(cooked[: 4 * MAX_TEXT]))
    own = _PREVIEWED.sub(_as_link, own)
    shown = tuple(_shown(own, base, hosts))
    markup = read_markup(_IMAGE.sub(_as_name, own))
    naming = {tag.href for found in _LINK.finditer(own) if (tag := _tag(found[1])).classes & _NAMING}
    links = (web_link(href, base) for href in markup.hrefs if href not in naming)
    return Cooked(markup.text, tuple(filter(None, links)), shown)


def _without_asides(cooked: str) -> str:
    """Leave out what stands in asides, however deep; of a preview the link stays."""
    kept, depth, at = [], 0, 0
    for tag in _ASIDE.finditer(cooked):
        if tag[1]:
            depth = max(depth - 1, 0)
        else:
            if depth == 0:
                kept.append(cooked[at : tag.start()])
                kept.append(_previewed(tag[2], cooked[tag.end() : tag.end() + 2_000]))
            depth += 1
        at = tag.end() if depth == 0 else at
    return "".join([*kept, cooked[at:] if depth == 0 else ""])


def _previewed(written: str, inside: str) -> str:
    aside = _tag(written)
    if "onebox" not in aside.classes:
        return ""
    link = _LINK.search(inside)
    return f"<p>{_link(aside.onebox or (_tag(link[1]).href if link else ''))}</p>"


def _as_link(found: re.Match[str]) -> str:
    """Write a link whose title Discourse fetched as the link that somebody wrote."""
    tag = _tag(found[1])
    return _link(tag.href) if "inline-onebox" in tag.classes else found[0]


def _link(address: str) -> str:
    return f'<a href="{_quoted(address)}">{_quoted(address)}</a>'


def _as_name(found: re.Match[str]) -> str:
    tag = _tag(found[1])
    return _quoted(tag.alt) if "emoji" in tag.classes else found[0]


def _shown(own: str, base: str, hosts: Hosts) -> Iterator[Media]:
    hidden = _SPOILER.search(own) is not None
    for found in _IMAGE.finditer(own):
        image = _tag(found[1])
        if not image.classes & {"emoji", "avatar", "site-icon"}:
            yield media(MediaKind.PICTURE, joined(image.src, base), alt=image.alt, hosts=hosts, hidden=hidden)
    for _ in _FILM.finditer(own):
        yield media(MediaKind.VIDEO, hidden=hidden)


def joined(address: str, base: str) -> str:
    """Return an address as it stands on a page; nothing for what is none."""
    try:
        return urljoin(base, address) if address else ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class _Tag:
    """What is read of a tag; what it does not say is empty."""

    classes: frozenset[str]
    href: str
    src: str
    alt: str
    onebox: str


def _tag(written: str) -> _Tag:
    said = {one[1].lower(): decode_entities(one[2] or one[3] or "") for one in _ATTRIBUTE.finditer(written)}
    return _Tag(
        classes=frozenset(said.get("class", "").lower().split()),
        href=said.get("href", ""),
        src=said.get("src", ""),
        alt=said.get("alt", ""),
        onebox=said.get("data-onebox-src", ""),
    )


def _quoted(text: str) -> str:
    return html.escape(text)
