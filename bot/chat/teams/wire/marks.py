"""Marks: where in a message its @mentions stand, however its client wrote them.

Teams says beside the text whom it mentions, with the words that stand for each. Clients differ in these words: Graph
numbers them (``<at id="0">``), some leave them out of the list, some escape them on one side alone. So a mark is taken
for a mention by what a reader sees in it; what bears no words is given the marks that are left, in their order, and
our own name the last mark that nobody else could mean. No mark of a colleague is guessed: that would name another.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.chat.teams.wire.activity import Incoming, Mentioned

_MOST_MENTIONS = 50
_MARK = re.compile(r"<at(?:\s[^<>]{0,100})?>((?:[^<]|<(?!/?at[\s>])){0,300})</at\s?>", re.IGNORECASE)
_TAG = re.compile(r"</?at(?:\s[^<>]{0,100})?>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,100}>")
_BREAK = re.compile(r"<br\s?/?>|\r\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """The stretch of a text that stands for a mention."""

    start: int
    end: int
    mention: Mentioned


def find_marks(incoming: Incoming) -> list[Mark]:
    """Return where the mentions of a message stand, in the order of its text."""
    text, left = incoming.text, list(incoming.mentions[:_MOST_MENTIONS])
    free = [(found.start(), found.end(), _seen(found[1])) for found in _MARK.finditer(text)][: 2 * _MOST_MENTIONS]
    marks: list[Mark] = []

    def give(place: tuple[int, int, str], mention: Mentioned) -> None:
        free.remove(place)
        left.remove(mention)
        marks.append(Mark(place[0], place[1], mention))

    for mention in tuple(left):
        wanted = _names(mention, incoming)
        if place := next((one for one in free if one[2] in wanted), None):
            give(place, mention)
    for mention in tuple(left):
        if bare := _bare(mention, text, marks):
            left.remove(mention)
            marks.append(bare)
    for mention in [one for one in left if not _names(one, incoming)]:
        if free:
            give(free[0], mention)
    for mention in [one for one in left if one.account.id == incoming.recipient.id]:
        if len(free) == 1:
            give(free[0], mention)
    return sorted(marks, key=lambda one: one.start)


def words_of(text: str) -> str:
    """Return words as they were typed: Teams writes them with HTML's entities, and marks line ends in its own ways."""
    return html.unescape(_BREAK.sub("\n", _TAG.sub("", text)))


def _names(mention: Mentioned, incoming: Incoming) -> set[str]:
    """Return what may stand in the mark of a mention, as a reader sees it."""
    ours = incoming.recipient.name if mention.account.id == incoming.recipient.id else ""
    return {_seen(one) for one in (mention.text, mention.account.name, ours)} - {""}


def _seen(marked: str) -> str:
    plain = html.unescape(_ANY_TAG.sub("", marked))
    return " ".join(plain.removeprefix("@").split()).casefold()


def _bare(mention: Mentioned, text: str, marks: list[Mark]) -> Mark | None:
    """Find the words of a mention where they stand without a tag: "@Dibs", or "Dibs" where the list says just that."""
    for words in _spellings(mention):
        for start in _places(words, text):
            end = start + len(words)
            whole = not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
            if whole and all(end <= one.start or one.end <= start for one in marks):
                return Mark(start, end, mention)
    return None


def _spellings(mention: Mentioned) -> Iterator[str]:
    if mention.text:
        yield mention.text
    plain = html.unescape(_ANY_TAG.sub("", mention.text)) or mention.account.name
    if plain:
        yield f"@{plain.removeprefix('@')}"


def _places(words: str, text: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + len(words))
