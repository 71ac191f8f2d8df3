"""Cooked: the HTML that Discourse makes of what somebody wrote, and what of it are their own words.

A quote repeats what another said, and stands in the topic already. The preview of a link comes moments later, in the
place of the link: it is read as the link that it was, so that a post reads the same before and after. Beside a picture
stand its file and size, which nobody wrote.
"""

import html
import re
from dataclasses import dataclass

from bot.sources.kit.html import read_markup, read_tag
from bot.sources.kit.pictures import Hosts, in_markup
from handlers.base.media import Media
from handlers.text.bounds import MAX_TEXT

# An aside with none in it.
_ASIDE = re.compile(r"<aside\b([^<>]{0,4000})>([^<]*+(?:<(?!/?aside\b)[^<]*+)*+)</aside\b[^<>]{0,4000}>", re.IGNORECASE)
_DEEPER = re.compile(r"<aside\b[^<>]{0,4000}>", re.IGNORECASE)
# So deep do quotes of quotes go; of what is deeper, or has no end, and behind it nothing is read.
_DEEPEST = 10
_PREVIEWED = re.compile(r"<a\s([^<>]{0,4000})>[^<]{0,1000}</a>", re.IGNORECASE)
_META = re.compile(r'<div class="meta">.{0,1000}?</div>', re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s([^<>]{0,4000})>", re.IGNORECASE)
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
    markup = read_markup(own, _NAMING, f"{base_url}/")
    shown = in_markup(own, f"{base_url}/", hosts, hidden=_SPOILER.search(own) is not None)
    return Cooked(markup.text, markup.hrefs, tuple(shown))


def _without_asides(cooked: str) -> str:
    """Leave out what stands in asides, the innermost first; of a preview the link stays."""
    for _ in range(_DEEPEST):
        cooked = _ASIDE.sub(_previewed, cooked)
    return _DEEPER.split(cooked)[0]


def _previewed(found: re.Match[str]) -> str:
    aside, link = read_tag(found[1]), _LINK.search(found[2])
    source = aside.get("data-onebox-src") or (read_tag(link[1]).get("href") if link else "")
    return f"<p>{_link(source)}</p>" if "onebox" in aside.classes else ""


def _as_link(found: re.Match[str]) -> str:
    """Write a link whose title Discourse fetched as the link that somebody wrote."""
    tag = read_tag(found[1])
    return _link(tag.get("href")) if "inline-onebox" in tag.classes else found[0]


def _link(address: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(address)}</a>'
