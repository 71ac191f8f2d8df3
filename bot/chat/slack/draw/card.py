"""Cards in Block Kit: the title, the author's words as plain text, the state in words, the buttons.

The words of a stranger stand in blocks of their own and in ``plain_text`` objects alone, so they ping nobody and make
no link; the only way out is the button "Open post", whose label is ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.chat.base import Content
from bot.chat.kit.text import SHORTENED, calm, calm_line, shorten, web_address
from bot.chat.slack.draw.blocks import (
    HEADER,
    MOST_CHARACTERS,
    MOST_OPTIONS,
    OPEN,
    SECTION,
    Block,
    actions,
    context,
    header,
    marked,
    moment,
    overflow,
    plain,
    press,
    section,
    weight,
)
from bot.chat.slack.draw.markup import escape, escape_within
from bot.chat.slack.draw.notice import draw_notice, notice_as_text
from handlers.base.cards import GOES_OUT, MAX_REPLY, Card, Fact
from handlers.base.statuses import sign

MOST_TEXT = 3_800
MOST_PROMINENT = 5
_SECTIONS = 4
_SHORT = 2_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is sent: ``text`` is mrkdwn and reads as a sentence, ``blocks`` are empty for plain text."""

    text: str
    blocks: list[Block]


def draw(content: Content, team_url: str, *, plain_text: bool = False) -> Drawn:
    """Draw a card or a notice; ``team_url`` (https://acme.slack.com/) makes links to cards."""
    if isinstance(content, Card):
        if plain_text:
            return Drawn(card_as_text(content), [])
        return Drawn(fallback(content.text), draw_card(content))
    if plain_text:
        return Drawn(notice_as_text(content, team_url), [])
    return Drawn(fallback(content.text or content.title), draw_notice(content, team_url))


def fallback(text: str) -> str:
    """Return what notifications show and screen readers say, escaped."""
    return escape_within(calm_line(text, 1_000), MOST_TEXT) or "Dibs"


def draw_card(card: Card) -> list[Block]:
    """Draw a card; the body takes the room that is left, and says when it had to be cut."""
    above: list[Block] = [header(calm_line(card.title, HEADER) or f"Mention #{card.token}")]
    if mark := calm(card.mark, 500):
        above.append(context(plain(mark)))
    if heading := calm_line(card.heading, 300):
        above.append(section(plain(heading)))
    below = [
        *([section(plain(f"{GOES_OUT}\n{reply}"))] if (reply := calm(card.reply, MAX_REPLY)) else []),
        section(plain(f"{sign(card.status)} {calm(card.state, 500)}")),
        context(*_facts(card)),
        *_buttons(card),
    ]
    if len(card.body) <= _SHORT:  # nearly every post: there is room for it whatever stands beside it
        return [*above, *(section(plain(text)) for text in [calm(card.body, _SHORT)] if text), *below]
    room = MOST_CHARACTERS - weight([*above, *below])
    return [*above, *_body(card.body, room), *below]


def _body(text: str, room: int) -> Iterator[Block]:
    """Cut the body into paragraphs of 3,000 characters, as many as there is room for."""
    whole = calm(text, SECTION * _SECTIONS)
    left = whole.removesuffix("…") if len(whole) < len(text) and whole.endswith("…") else whole
    cut = left != whole
    for number in range(_SECTIONS):
        if not left:
            return
        piece = _piece(left)
        last = len(piece) == len(left) or number == _SECTIONS - 1
        block = section(plain(piece))
        if weight([block]) > room or (last and (cut or len(piece) < len(left))):
            yield section(plain(_fitting(piece, room)))
            return
        yield block
        room -= weight([block]) + 1
        left = left[len(piece) :].lstrip()


def _piece(text: str) -> str:
    """Return the beginning of text, up to 3,000 characters, cut between words where there are any."""
    if len(text) <= SECTION:
        return text
    at = max(text.rfind("\n", SECTION // 2, SECTION), text.rfind(" ", SECTION // 2, SECTION))
    return text[: at if at > 0 else SECTION]


def _fitting(piece: str, room: int) -> str:
    """Return a paragraph with the note that it was shortened, small enough for ``room``."""
    limit = SECTION
    while True:
        text = shorten(piece, min(limit, len(piece) + len(SHORTENED)), force=True, mark=SHORTENED)
        if limit <= 100 or weight([section(plain(text))]) <= room:
            return text
        limit = limit * 3 // 4


def _facts(card: Card) -> list[Block]:
    by = calm_line(card.author, 150)
    source = calm_line(card.source, 80)
    texts = [plain(f"By {by}" if by else "Author unknown"), plain(f"On {source}")]
    if card.published_at:
        texts.append(marked(f"Published: {moment(card.published_at)}"))
    texts += [_fact(fact) for fact in card.facts]
    return texts[:10]


def _fact(fact: Fact) -> Block:
    if isinstance(fact.value, datetime):
        return marked(f"{escape(fact.label)}: {moment(fact.value)}")
    return plain(calm_line(f"{fact.label}: {fact.value}", 300))


def _buttons(card: Card) -> list[Block]:
    """Draw at most five buttons, and menus of five for the rest, whatever the number of verbs."""
    if card.moved:
        return []
    shown = [one for one in card.buttons if one.prominent][:MOST_PROMINENT]
    hidden = [one for one in card.buttons if one not in shown]
    menus = [hidden[start : start + MOST_OPTIONS] for start in range(0, len(hidden), MOST_OPTIONS)]
    elements = [*map(press, shown), *(overflow(menu, number) for number, menu in enumerate(menus, start=1))]
    if url := web_address(card.link):
        label = f"Open the post of #{card.token}"
        elements.append(
            {
                "type": "button",
                "action_id": OPEN,
                "text": plain("Open post"),
                "url": url,
                "accessibility_label": label,
            }
        )
    return [actions(*elements)] if elements else []


def card_as_text(card: Card) -> str:
    """Return the card as one text, for when its blocks were refused; everything is escaped."""
    by, source = calm_line(card.author, 150), calm_line(card.source, 80)
    lines = [
        calm_line(card.title, HEADER),
        calm(card.mark, 500),
        calm_line(card.heading, 300),
        calm(card.body, 2_000),
        f"By {by} on {source}" if by else f"On {source}",
        calm(card.state, 500),
        web_address(card.link),
    ]
    return escape_within("\n".join(line for line in lines if line), MOST_TEXT)
