"""Cooked: the HTML that Discourse makes of what somebody wrote, and what of it are their own words.

A quote repeats what another said, and stands in the topic already. The preview of a link comes moments later, in the
place of the link: it is read as the link that it was, so that a post reads the same before and after. An emoji is a
picture of its name; beside a picture stand its file and size, which nobody wrote.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.sources.kit.html import read_markup, read_tag, web_link
from bot.sources.kit.pictures import Hosts, media
from handlers.base.media import Media, MediaKind
from handlers.text.bounds import MAX_TEXT

_ASIDE = re.compile(r"<(/?)aside\b([^<>]{0,4000})>", re.IGNORECASE)
_PREVIEWED = re.compile(r"<a\s([^<>]{0,4000})>[^<]{0,1000}</a>", re.IGNORECASE)
_META = re.compile(r'<div class="meta">.{0,1000}?</div>', re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s([^<>]{0,4000})>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\s([^<>]{0,8000})>", re.IGNORECASE)
_FILM = re.compile(r"<video\b|\bvideo-placeholder-container\b", re.IGNORECASE)
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
    own = _META.sub("", _without_asides(cooked[: 4 * MAX_TEXT]))
    own = _PREVIEWED.sub(_as_link, own)
    markup = read_markup(_IMAGE.sub(_as_name, own), _NAMING)
    links = (web_link(href, f"{base_url}/") for href in markup.hrefs)
    return Cooked(markup.text, tuple(filter(None, links)), tuple(_shown(own, f"{base_url}/", hosts)))


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
    aside = read_tag(written)
    if "onebox" not in aside.classes:
        return ""
    link = _LINK.search(inside)
    return f"<p>{_link(aside.get('data-onebox-src') or (read_tag(link[1]).get('href') if link else ''))}</p>"


def _as_link(found: re.Match[str]) -> str:
    """Write a link whose title Discourse fetched as the link that somebody wrote."""
    tag = read_tag(found[1])
    return _link(tag.get("href")) if "inline-onebox" in tag.classes else found[0]


def _link(address: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(address)}</a>'


def _as_name(found: re.Match[str]) -> str:
    tag = read_tag(found[1])
    return html.escape(tag.get("alt")) if "emoji" in tag.classes else found[0]


def _shown(own: str, base: str, hosts: Hosts) -> Iterator[Media]:
    hidden = _SPOILER.search(own) is not None
    for found in _IMAGE.finditer(own):
        image = read_tag(found[1])
        if not image.classes & {"emoji", "avatar", "site-icon"}:
            source = web_link(image.get("src"), base)
            yield media(MediaKind.PICTURE, source, alt=image.get("alt"), hosts=hosts, hidden=hidden)
    for _ in _FILM.finditer(own):
        yield media(MediaKind.VIDEO, hidden=hidden)
