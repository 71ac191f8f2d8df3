"""Facets: what of a text is a link or a hashtag, by UTF-8 byte offsets.

https://docs.bsky.app/docs/advanced-guides/post-richtext. Nothing that a reader does not see becomes a link: the
address of a facet is the text that it covers. Handles are not resolved, so no reply pings anybody but by answering.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from bot.sources.kit.html import links_in

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_TAG = re.compile(r"(?:^|(?<=\s))[#＃]([^\s\u00ad\u2060\u200a-\u200d\u20e2]{1,80})")
_LONGEST_TAG = 64


def facets_of(text: str) -> list[dict[str, Any]]:
    """Return the facets of a text, in its order."""
    return [
        {
            "index": {"byteStart": _bytes_before(text, start), "byteEnd": _bytes_before(text, end)},
            "features": [{"$type": f"app.bsky.richtext.facet#{kind}", name: value}],
        }
        for start, end, kind, name, value in sorted([*_links(text), *_tags(text)])
    ]


def _links(text: str) -> Iterator[tuple[int, int, str, str, str]]:
    for found in _LINK.finditer(text):
        link = next(iter(links_in(found.group())), "")
        if link and text.startswith(link, found.start()):
            yield found.start(), found.start() + len(link), "link", "uri", link


def _tags(text: str) -> Iterator[tuple[int, int, str, str, str]]:
    for found in _TAG.finditer(text):
        tag = found[1]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        # "#1" is a number, and a lone emoji modifier is none of ours
        if tag and len(tag) <= _LONGEST_TAG and not tag.startswith("\ufe0f") and not tag.isdecimal():
            yield found.start(), found.start(1) + len(tag), "tag", "tag", tag


def _bytes_before(text: str, index: int) -> int:
    return len(text[:index].encode("utf-8"))
