"""Restating: whether a text only says again what another one of the same address says.

The same page comes from several sources in several lengths: whole, as its title, as the first sentences, as what a
search engine cut out of it. Those say nothing new. But an address in a feed is free text: whoever names that of a page
may say there whatever they like, and words win over addresses where they differ. So a text only restates another if
each piece of it stands there, letter for letter; what a site puts around it (its own name behind a title, "read more")
aside.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from handlers.text.addresses import read_web_address
from storage.text.normalise import fold

# So much of a text is compared; what goes on behind that is new.
_MOST, _MOST_SAID = 40_000, 4_000
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2048}")
_BETWEEN = re.compile(r"[.!?]\s|[。！？…|·»«\n]|\.\.|\s[-–—]\s|:\s|\[|\]")
_AROUND = re.compile(r"re|aw|fwd?|rt|more|the post|(?:read|continue|see|show|view|learn)(?: (?:more|reading|on|full))?")
_FIRST_ON = re.compile(r"\bappeared first on\b", re.IGNORECASE)


class Said:
    """What was said already, each time a title and a text; it is folded once, for all that is compared with it."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._texts = tuple(texts)

    @cached_property
    def _letters(self) -> list[str]:
        return ["\n".join(_letters(part[:_MOST]) for part in said) for said in self._texts]

    def holds(self, title: str, text: str, url: str) -> bool:
        """Say whether title and text say only what one of these says under an address."""
        if len(text) > _MOST_SAID:
            return any(text == said for _, said in self._texts)
        host = _letters(address.host) if (address := read_web_address(url)) else ""
        pieces = list(dict.fromkeys(_pieces(title, text)))
        return any(all(piece in said or piece in host for piece in pieces) for said in self._letters)


def _pieces(title: str, text: str) -> Iterator[str]:
    for part in (title, text):
        for written in _BETWEEN.split(_FIRST_ON.sub("\n", _ADDRESS.sub(" ", part))):
            folded = fold(written).removeprefix("the post ")
            if (piece := _letters(folded).removeprefix("the")) and not _AROUND.fullmatch(folded.strip(" .:→")):
                yield piece


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))
