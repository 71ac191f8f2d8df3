"""Cards as Adaptive Cards: the title, the author's words in runs, the state in words, the verbs.

The words of a stranger stand in runs alone, so they are no markup and no link; the only way out is the button
"Open post", whose label is ours. A card is not refreshed by those who look at it (``userIds`` is empty, since each of
them would send an invoke); who wants to may do it from its menu.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.chat.base import Content
from bot.chat.kit.text import calm, isolate, web_address
from bot.chat.teams.draw import form as forms
from bot.chat.teams.draw.elements import (
    MOST_PRIMARY,
    SHOW,
    Element,
    execute,
    moment,
    open_url,
    ours,
    press,
    rich,
    room_in,
    run,
)
from bot.chat.teams.draw.elements import card as adaptive
from bot.chat.teams.draw.fitting import fits, lines, paragraphs, quote, size
from bot.chat.teams.draw.notice import draw_notice, notice_as_text
from bot.chat.teams.draw.text import fitting, plain, said, said_line
from handlers.base.cards import GOES_OUT, MAX_REPLY, Button, Card, Fact
from handlers.base.statuses import sign

SUMMARY = 500
_BODY = 12_000
_BUTTONS = 25
_LEAST_BODY = 600


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is sent.

    Attributes:
        summary: For the toast and the activity feed.
        card: None for plain text.
        text: Plain text; empty beside a card.
    """

    summary: str
    card: Element | None = None
    text: str = ""

    def activity(self) -> Element:
        """Return the message as Teams takes it."""
        message: Element = {"type": "message", "summary": self.summary}
        if self.card is None:
            return message | {"text": self.text, "textFormat": "plain"}
        attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": self.card}
        return message | {"attachments": [attached]}


def draw(content: Content, tenant: str, *, plain_text: bool = False) -> Drawn:
    """Draw a card or a notice; with the ``tenant`` lines lead to the cards that they are about."""
    summary = said_line(content.text or content.title, SUMMARY) or "Dibs"
    if isinstance(content, Card):
        return Drawn(summary, text=card_as_text(content)) if plain_text else Drawn(summary, draw_card(content))
    if plain_text:
        return Drawn(summary, text=notice_as_text(content, tenant))
    return Drawn(summary, draw_notice(content, tenant))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """How much stands around the body: ``forms`` in the card itself, how many facts, how buttons are named."""

    forms: bool = False
    facts: int = 8
    brief: bool = False


_LEVELS = (_Level(forms=True), _Level(), _Level(facts=3, brief=True))
# Stands for the body, so that what holds it is counted too.
_MEASURE = [rich(run(""))]


def draw_card(card: Card, *, told: str = "") -> Element:
    """Draw a card; the body takes the room that is left, and says when it had to be cut.

    ``told`` is what one person alone is to read above it: why their press did nothing. Forms that need no look-up
    stand in the card itself while there is room for them beside the whole body.
    """
    text = calm(card.body, _BODY)
    cut = len(text) < len(card.body) and text.endswith("…")
    whole = text.removesuffix("…") if cut else text
    if not cut:  # most cards by far have room for everything, and are measured as they are sent
        drawn = _assembled(card, told, lines(whole), _LEVELS[0], _buttons(card, _LEVELS[0]))
        if room_in(drawn) >= size(_MEASURE):
            return drawn
    for level in _LEVELS:
        buttons = _buttons(card, level)
        room = room_in(_assembled(card, told, _MEASURE, level, buttons))
        if (not cut and fits(whole, room)) or (not level.forms and room > _LEAST_BODY):
            break
    return _assembled(card, told, paragraphs(whole, room, cut=cut), level, buttons)


def _assembled(card: Card, told: str, body: list[Element], level: _Level, buttons: list[Element]) -> Element:
    heading = said_line(card.heading, 300)
    words = [*([rich(run(heading, weight="Bolder"))] if heading else []), *body]
    parts = [
        *_top(card, told),
        *([quote(*words, text=card.heading or card.body, lang=card.lang)] if words else []),
        *_reply(card),
        rich(run(f"{sign(card.status)} "), run(said_line(card.state, 300) or "–", weight="Bolder")),
        *map(_fact, card.facts[: level.facts]),
    ]
    show = execute(SHOW, f"{card.token}.{card.version}", "Refresh")
    del show["fallback"]
    return adaptive(parts, buttons, refresh={"action": show, "userIds": []})


def _reply(card: Card) -> list[Element]:
    """Draw the reply that a press would let out, whole."""
    if not card.reply:
        return []
    return [
        rich(run(GOES_OUT, isSubtle=True, size="Small")),
        quote(*lines(calm(card.reply, MAX_REPLY)), text=card.reply),
    ]


def _top(card: Card, told: str) -> list[Element]:
    name = f"Mention #{card.token}"
    rest = said_line(card.title.removeprefix(name), 150)
    top = [rich(run(f"⚠ {said_line(told, 300)}", color="Attention", weight="Bolder"))] if told else []
    top.append(ours(name, style="heading", size="Large", weight="Bolder"))
    if rest:
        top.append(rich(run(rest), spacing="None"))
    if mark := said(card.mark, 300):
        top.append(rich(run(mark, isSubtle=True), spacing="Small"))
    by, source = said_line(card.author, 150), said_line(card.source, 80)
    who = [run("By "), run(isolate(by), weight="Bolder")] if by else [run("Author unknown")]
    where = [run(f" on {isolate(source)}")] if source else []
    top.append(rich(*who, *where, spacing="Small"))
    if card.published_at:
        top.append(ours(f"Published: {moment(card.published_at)}", isSubtle=True, size="Small", spacing="None"))
    return top


def _fact(fact: Fact) -> Element:
    if isinstance(fact.value, datetime):
        return ours(f"{fact.label}: {moment(fact.value)}", isSubtle=True, size="Small", spacing="Small")
    label = run(f"{said_line(fact.label, 60)}: ", isSubtle=True, size="Small")
    return rich(label, run(isolate(fitting(said_line(fact.value, 310), 620)) or "–", size="Small"), spacing="Small")


def _buttons(card: Card, level: _Level) -> list[Element]:
    """Draw at most six buttons, the link among them, and the menu for the rest."""
    if card.moved:
        return []
    link = open_url(card.link, "Open post", f"Open the post of #{card.token}")
    shown = [one for one in card.buttons if one.prominent][: MOST_PRIMARY - len(link)]
    hidden = [one for one in card.buttons if one not in shown][:_BUTTONS]
    first = [_button(one, level, primary=True) for one in shown]
    return [*first, *link, *(_button(one, level, primary=False) for one in hidden)]


def _button(button: Button, level: _Level, *, primary: bool) -> Element:
    form = forms.show_card(button, primary=primary) if level.forms and button.opens_form else None
    return form or press(button, primary=primary, brief=level.brief)


def card_as_text(card: Card) -> str:
    """Return the card as plain text, for when it was refused."""
    by, source = said_line(card.author, 150), said_line(card.source, 80)
    lines = [
        said_line(card.title, 150),
        said(card.mark, 300),
        said_line(card.heading, 300),
        plain(calm(card.body, 2_000)),
        f"By {by} on {source}" if by else f"On {source}",
        said(card.state, 300),
        web_address(card.link),
    ]
    return "\n\n".join(line for line in lines if line)
