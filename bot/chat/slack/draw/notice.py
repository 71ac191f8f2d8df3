"""Notices in Block Kit: lines under titles, at most one button each, never more blocks or characters than Slack takes.

A line holds foreign text beside a link and a time of ours, so it is mrkdwn: escaped, isolated in its direction, and
``verbatim``. Lines without a button share a paragraph.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.chat.kit.card_links import lead, led_by
from bot.chat.kit.text import calm, calm_line, isolate
from bot.chat.slack.draw.blocks import (
    HEADER,
    MOST_BLOCKS,
    MOST_CHARACTERS,
    SECTION,
    Block,
    actions,
    context,
    header,
    marked,
    moment,
    plain,
    press,
    section,
    weight,
)
from bot.chat.slack.draw.charts import draw_chart
from bot.chat.slack.draw.markup import escape, escape_within, link
from handlers.base.cards import Line, Link, Notice, Preview, Section

MOST_TEXT = 3_800
_PARAGRAPH = 2_800
_LINE = 600
_COPIED = 10_500
_UNDER = 1_500
_KEPT_BLOCKS = 4
_KEPT_CHARACTERS = 900


@dataclass(slots=True)
class _Page:
    """Blocks as they are laid out, with room kept for "and 20 more", the buttons and the footer."""

    blocks: list[Block] = field(default_factory=list)
    taken: int = 0

    def put(self, block: Block) -> bool:
        """Add a block if there is room for it."""
        size = weight([block])
        if len(self.blocks) + _KEPT_BLOCKS >= MOST_BLOCKS or self.taken + size + _KEPT_CHARACTERS > MOST_CHARACTERS:
            return False
        self.blocks.append(block)
        self.taken += size
        return True


def draw_notice(notice: Notice, team_url: str, *, charts: bool = True) -> list[Block]:
    """Draw a notice, with its ``charts`` or without; what does not fit is counted, never dropped in silence.

    Its title is a heading where there are titles below it, and else a sentence like others.
    """
    page = _Page()
    title = calm(notice.title, 2_000)
    if title:
        heads = any(one.title for one in notice.sections) and len(title) <= HEADER and "\n" not in title
        page.put(header(title) if heads else section(plain(title)))
    left_out = 0
    for one in notice.sections:
        left_out += _draw_section(page, one, team_url)
        if charts and one.chart is not None and (drawn := draw_chart(one.chart)) is not None:
            page.put(drawn)  # the lines say the same where there is no room for it
    if left_out:
        page.blocks.append(context(plain(f"and {left_out} more, for which there is no room here")))
    if notice.buttons:
        page.blocks.append(actions(*map(press, notice.buttons)))
    if footer := calm(notice.footer, 400):
        page.blocks.append(context(plain(footer)))
    return page.blocks or [section(plain(calm(notice.text, 2_000) or "Dibs"))]


def _draw_section(page: _Page, one: Section, team_url: str) -> int:
    """Draw a section; returns how many of its lines found no room."""
    title = calm_line(one.title, 200)
    if title and not page.put(section(marked(f"*{escape(title)}*"))):
        return len(one.lines) + one.more
    if one.preview is not None:
        return sum(not page.put(block) for block in draw_preview(one.preview))
    if one.copy:
        return sum(not page.put(block) for block in to_copy(one.copy))
    paragraph: list[str] = []
    for number, line in enumerate(one.lines):
        text = line_text(line, team_url)
        if line.button is None and len("\n".join([*paragraph, text])) <= _PARAGRAPH:
            paragraph.append(text)
            continue
        fits = _flush(page, paragraph)
        if line.button is None:
            paragraph = [text]
        else:
            paragraph = []
            fits = fits and page.put(section(marked(text), press(line.button)))
        if not fits:
            return len(one.lines) - number + one.more
    if not _flush(page, paragraph):
        return len(paragraph) + one.more
    if one.more and not page.put(context(plain(f"and {one.more} more"))):
        return one.more
    return 0


def to_copy(text: str) -> Iterator[Block]:
    """Yield a text that somebody copies: plain, with its own paragraphs and nothing of ours in between."""
    clean = calm(text, _COPIED, lines=_COPIED)
    for start in range(0, len(clean), SECTION):
        yield section(plain(clean[start : start + SECTION]))


def draw_preview(one: Preview) -> Iterator[Block]:
    """Yield a reply as it will stand in public: by whom, its own words and nothing else, how long, what nobody sees."""
    counted = f"{'⚠ ' if one.over else ''}{one.count}" if one.count else ""
    yield context(plain(" · ".join(filter(None, [calm_line(one.name, 100) or "Us", counted]))))
    yield from to_copy(one.text)
    below = [f"A card of {one.card} will stand below it."] if one.card else []
    below += ["In it stands what nobody sees:", *one.unseen] if one.unseen else []
    if below:
        yield context(plain(calm("\n".join(below), _UNDER)))


def _flush(page: _Page, paragraph: list[str]) -> bool:
    return not paragraph or page.put(section(marked("\n".join(paragraph))))


def line_text(line: Line, team_url: str) -> str:
    """Return one line as mrkdwn: what it says, when, and where it leads."""
    text = calm_line(line.text, _LINE)
    url, label = _lead(line.link, team_url) if line.link else ("", "")
    shown, rest = link(url, label), led_by(text, label)
    at = [moment(line.at)] if line.at else []
    if shown and rest:
        return " · ".join([f"{shown} {isolate(escape_within(rest, _LINE))}", *at])
    said = isolate(escape_within(text, _LINE)) or "(no text)"
    return " · ".join([said, *at, *([shown] if shown else [])])


def _lead(target: Link, team_url: str) -> tuple[str, str]:
    """Return where a link leads, and our own label: to the card where it stands on Slack, else to the post."""
    return lead(target, "slack", lambda channel, ts: permalink(team_url, channel, ts) if team_url else "")


def link_text(target: Link, team_url: str) -> str:
    """Return a link under our own label: to the card where it stands on Slack, else to the post."""
    url, label = _lead(target, team_url)
    return link(url, label)


def permalink(team_url: str, channel: str, reference: str) -> str:
    """Return the address of a message, as people copy it from Slack."""
    return f"{team_url}archives/{channel}/p{reference.replace('.', '')}"


def notice_as_text(notice: Notice, team_url: str) -> str:
    """Return the notice as one mrkdwn text, for when its blocks were refused."""
    lines, room = [], MOST_TEXT
    for line in _text_lines(notice, team_url):
        if len(line) + 1 > room:
            break
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines) or "Dibs"


def _text_lines(notice: Notice, team_url: str) -> list[str]:
    lines = [escape_within(calm(notice.title or notice.text, 1_000), 1_000)]
    for one in notice.sections:
        title = calm_line(one.title, 200)
        lines += [f"*{escape(title)}*"] if title else []
        whole = one.preview.text if one.preview else one.copy
        lines += [escape(whole)] if whole else [line_text(line, team_url) for line in one.lines]
        lines += [f"and {one.more} more"] if one.more else []
    footer = escape_within(calm(notice.footer, 400), 800)
    return [*lines, footer] if footer else lines
