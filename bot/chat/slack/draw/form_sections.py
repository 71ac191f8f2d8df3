"""What stands beside the fields of a form, to be read while they are filled in: never more than a modal takes.

A view has at most 100 blocks (https://docs.slack.dev/reference/views/modal-views) and 250 KB, in which every letter
that is not ASCII counts six. When there is more to read, the longest part is cut first, and says so: a post of 40,000
characters must not push the draft out of sight that is to be judged.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.chat.kit.text import calm_line
from bot.chat.slack.draw.blocks import SECTION, Block, context, marked, plain, section
from bot.chat.slack.draw.markup import escape
from bot.chat.slack.draw.notice import draw_preview, line_text, to_copy
from handlers.base.cards import Section

MOST_BLOCKS = 80
_MOST_WEIGHT = 150_000
_MOST_EACH = 8
_LINE = 600


@dataclass(slots=True)
class Part:
    """One section as it is drawn; ``paragraphs`` with how much of the view's room each takes, and ``weight`` all."""

    title: str
    paragraphs: list[tuple[Block, int]] = field(default_factory=list)
    cut: bool = False
    weight: int = 0

    @property
    def size(self) -> int:
        """How many blocks it takes."""
        return len(self.paragraphs) + bool(self.title) + self.cut

    def add(self, block: Block) -> None:
        """Put a paragraph at its end."""
        weight = len(json.dumps(block))
        self.paragraphs.append((block, weight))
        self.weight += weight

    def shorten(self) -> None:
        """Leave out its last paragraph."""
        _, weight = self.paragraphs.pop()
        self.weight -= weight
        self.cut = True

    def blocks(self) -> Iterator[Block]:
        """Yield its blocks."""
        if self.title:
            yield section(marked(f"*{escape(self.title)}*"))
        yield from (block for block, _ in self.paragraphs)
        if self.cut:
            yield context(plain("… there is more of it than a form in Slack can show."))


def draw_beside(sections: Sequence[Section], most_each: int = _MOST_EACH) -> list[list[Block]]:
    """Draw sections, each as its own list of blocks."""
    parts = [_part(one, most_each) for one in sections]
    while sum(part.size for part in parts) > MOST_BLOCKS or sum(part.weight for part in parts) > _MOST_WEIGHT:
        longest = max(parts, key=lambda part: (len(part.paragraphs), part.weight))
        if len(longest.paragraphs) > 1:
            longest.shorten()
        else:
            parts.pop()
    return [list(part.blocks()) for part in parts]


def _part(one: Section, most_each: int) -> Part:
    part = Part(calm_line(one.title, 200))
    for block in _paragraphs(one):
        if len(part.paragraphs) == most_each:
            part.cut = True
            break
        part.add(block)
    part.cut = part.cut or one.more > 0
    return part


def _paragraphs(one: Section) -> Iterator[Block]:
    """Join lines into paragraphs; a line that leads somewhere has one of its own, since a plain text holds no link."""
    if one.preview is not None:
        yield from draw_preview(one.preview)
        return
    if one.copy:
        yield from to_copy(one.copy)
        return
    lines: list[str] = []
    for line in one.lines:
        text = calm_line(line.text, _LINE) or " "
        leads = line.link is not None or line.at is not None
        if lines and (leads or len("\n".join([*lines, text])) > SECTION):
            yield section(plain("\n".join(lines)))
            lines = []
        if leads:
            yield section(marked(line_text(line, "")))
        else:
            lines.append(text)
    if lines:
        yield section(plain("\n".join(lines)))
