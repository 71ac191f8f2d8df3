"""Notices as Adaptive Cards: lines under titles, at most one button each, never more than Teams takes.

A line is foreign text beside a link and a time of ours: a run without markup, isolated in its direction. What does
not fit is counted, never dropped in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.chat.kit.card_links import lead, led_by
from bot.chat.kit.text import calm, isolate, web_address
from bot.chat.teams.draw.charts import draw_chart
from bot.chat.teams.draw.elements import (
    MOST_WEIGHT,
    Element,
    actions,
    card,
    column,
    columns,
    container,
    link,
    moment,
    ours,
    press,
    rich,
    run,
)
from bot.chat.teams.draw.fitting import SEPARATOR, fitted, lines, paragraphs, quote, size
from bot.chat.teams.draw.text import fitting, language, permalink, said, said_line, weight
from handlers.base.cards import Line, Link, Notice, Preview, Section

_LINE = 600
_TITLE = 300
_COPIED = 10_500
_TEXT = 4_000
# For the card around the lines, "and 20 more", and the footer.
_KEPT = 2_600
_CUT = "… there is more of it than a card in Teams can show; the desk has all of it."


@dataclass(slots=True)
class _Page:
    """Elements as they are laid out, in the room that there is."""

    elements: list[Element] = field(default_factory=list)
    left: int = MOST_WEIGHT - _KEPT

    def put(self, *elements: Element) -> bool:
        """Add elements if there is room for all of them."""
        taken = size(elements) + SEPARATOR
        if taken > self.left:
            return False
        self.elements += elements
        self.left -= taken
        return True


def draw_notice(notice: Notice, tenant: str) -> Element:
    """Draw a notice; with the ``tenant`` lines lead to the cards that they are about."""
    page = _Page()
    row = [actions(*(press(one, listed=True) for one in notice.buttons))] if notice.buttons else []
    page.left -= size(row)
    for line in filter(str.strip, said(notice.title, 700).split("\n")):
        page.put(rich(run(line, weight="Bolder"), spacing="Small"))
    left_out = 0
    for one in notice.sections:
        left_out += _draw_section(page, one, tenant)
        if one.chart is not None and (drawn := draw_chart(one.chart)) is not None:
            page.put(drawn)  # the lines say the same where there is no room for it
    if left_out:
        page.elements.append(_small(f"and {left_out} more, for which there is no room here"))
    page.elements += row
    if footer := said_line(notice.footer, 400):
        page.elements.append(rich(run(footer, isSubtle=True, size="Small"), separator=True))
    return card(page.elements or [rich(run(said(notice.text, 700) or "Dibs"))])


def _draw_section(page: _Page, one: Section, tenant: str) -> int:
    """Draw a section; returns how many of its lines found no room."""
    if not page.put(*section_title(one)):
        return len(one.lines) + one.more
    if one.preview is not None:
        return not page.put(quote(*fitted(draw_preview(one.preview), page.left - 200, _CUT), text=one.preview.text))
    if one.copy:
        text = calm(one.copy, _COPIED, lines=_COPIED)
        shown = paragraphs(text, page.left - 200, cut=len(text) < len(one.copy.strip()), mark=_CUT)
        return not page.put(quote(*shown, text=text))
    for number, line in enumerate(one.lines):
        if not page.put(line_with_button(line, tenant)):
            return len(one.lines) - number + one.more
    if one.more and not page.put(_small(f"and {one.more} more")):
        return one.more
    return 0


def draw_preview(one: Preview) -> list[Element]:
    """Draw a reply as it will stand in public: by whom, its own words, how long, and what of it nobody sees."""
    by = [run(isolate(said_line(one.name, 100) or "Us"), weight="Bolder")]
    by += [run(f" · {one.count}", **({"color": "Attention"} if one.over else {"isSubtle": True}))] if one.count else []
    text = calm(one.text, _COPIED, lines=_COPIED)
    below = [f"A card of {one.card} will stand below it."] if one.card else []
    below += ["In it stands what nobody sees:", *one.unseen] if one.unseen else []
    return [rich(*by), *lines(text), *(_small(said) for line in below if (said := said_line(line, 300)))]


def section_title(one: Section) -> list[Element]:
    """Return the title of a section, or nothing."""
    title = said_line(one.title, _TITLE)
    return [rich(run(title, weight="Bolder"), spacing="Large")] if title else []


def line_with_button(line: Line, tenant: str) -> Element:
    """Draw one line, and beside it what may be done."""
    drawn = list(draw_line(line, tenant))
    if line.button is None:
        return drawn[0] if len(drawn) == 1 else container(*drawn, spacing="Small")
    return columns(column(*drawn, wide=True), column(actions(press(line.button, listed=True))))


def draw_line(line: Line, tenant: str) -> Iterator[Element]:
    """Draw one line: what it says, where it leads, and when."""
    text = said_line(line.text, _LINE)
    url, label = _lead(line.link, tenant) if line.link else ("", "")
    there = [link(url, label)] if url else []
    if there and (rest := led_by(text, label)):
        runs = [*there, run(f" {isolate(rest)}")]
    else:
        runs = [run(isolate(text) or "(no text)"), *([run(" · "), *there] if there else [])]
    spoken = language(line.lang)
    yield rich(*runs, spacing="Small", **({"lang": spoken} if spoken else {}))
    if line.at is not None:
        yield ours(moment(line.at), isSubtle=True, size="Small", spacing="None")


def led(target: Link, tenant: str) -> list[Element]:
    """Return where a line leads, under our own label, as its last runs."""
    url, label = _lead(target, tenant)
    return [run(" · "), link(url, label)] if url else []


def _lead(target: Link, tenant: str) -> tuple[str, str]:
    url, label = lead(target, "teams", lambda channel, ref: permalink(channel, ref, tenant) if tenant else "")
    # An address of a page's length would leave no room for the lines.
    return (url if weight(url) < 1_200 else "") and web_address(url), label


def _small(text: str) -> Element:
    return rich(run(text, isSubtle=True, size="Small"))


def notice_as_text(notice: Notice, tenant: str) -> str:
    """Return the notice as plain text, for when its card was refused."""
    return fitting("\n\n".join(_text_lines(notice, tenant)), _TEXT) or "Dibs"


def _text_lines(notice: Notice, tenant: str) -> Iterator[str]:
    yield from filter(None, [said(notice.title or notice.text, 700)])
    for one in notice.sections:
        yield from filter(None, [said_line(one.title, _TITLE)])
        if whole := one.preview.text if one.preview else one.copy:
            yield calm(whole, _COPIED, lines=_COPIED)
            continue
        for line in one.lines:
            url = _lead(line.link, tenant)[0] if line.link else ""
            yield " ".join(filter(None, [said_line(line.text, _LINE) or "(no text)", url]))
        if one.more:
            yield f"and {one.more} more"
    yield from filter(None, [said_line(notice.footer, 400)])
