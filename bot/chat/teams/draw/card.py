"""Cards as Adaptive Cards: who said it, where and when, their words as a quote, one line of state, three buttons.

The words of a stranger stand in runs alone, so they are no markup and no link; the only way out is the place where it
was said, which opens the post. When it was said stands below, with the reference: Teams shows moments in our own
paragraphs alone. What has been dealt with is one line with a menu, and what moved away one line with a link. A card is
not refreshed by those who look at it (``userIds`` is empty, since each of them would send an invoke); who wants to may
do it from its menu.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.base import Content
from bot.chat.kit.media import described, first_picture
from bot.chat.kit.text import calm, isolate, web_address
from bot.chat.teams.draw import form as forms
from bot.chat.teams.draw.elements import (
    MOST_BUTTONS,
    SHOW,
    Element,
    actions,
    column,
    columns,
    execute,
    image,
    link,
    moment,
    ours,
    press,
    rich,
    room_in,
    run,
)
from bot.chat.teams.draw.elements import card as adaptive
from bot.chat.teams.draw.fitting import lines, quote
from bot.chat.teams.draw.notice import draw_notice, led, line_with_button, notice_as_text
from bot.chat.teams.draw.text import plain, said, said_line
from handlers.base.cards import GOES_OUT, MAX_REPLY, PREVIEW, Button, Card, Fact, Rank, more_under, with_less
from handlers.base.media import in_words
from handlers.text.addresses import read_web_address

SUMMARY = 500
# What a card quotes; the form of all verbs has the whole text.
BODY, _LINES = 600, 15
# And what of what has been dealt with, so that its card stays a line or two.
_GLIMPSE = 60
_TEXT = 2_000
# An address of so many characters is left out where there is no room for it.
_LONG = 1_000


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
        return Drawn(summary, text=card_as_text(content)) if plain_text else Drawn(summary, draw_card(content, tenant))
    if plain_text:
        return Drawn(summary, text=notice_as_text(content, tenant))
    return Drawn(summary, draw_notice(content, tenant))


def without_pictures(card: Card) -> Card:
    """Return a card that names its pictures in words, for when it was refused with them."""
    return replace(card, avatar="", media=tuple(replace(one, url="") for one in card.media))


def draw_card(card: Card, tenant: str, *, told: str = "") -> Element:
    """Draw a card; what has been dealt with is one line.

    ``told`` is what one person alone is to read above it: why their press did nothing. Forms that need no look-up
    stand in the card itself while there is room for them; should there be none without them either, since a reply is
    shown whole, one line stands for all that is quoted.
    """
    if card.brief:
        return _around(card, [*_above(card, told), _brief(card, tenant)], [])
    drawn = _around(card, [*_above(card, told), *_whole(card), *_under(card, tenant)], _buttons(card, in_card=True))
    if room_in(drawn) < 0:
        drawn["actions"] = _buttons(card, in_card=False)
    while card.under is not None and room_in(drawn) < 0:
        card = replace(card, under=with_less(card.under))
        drawn["body"] = [*_above(card, told), *_whole(card), *_under(card, tenant)]
    if room_in(drawn) < 0:
        least = replace(card, mark="", details=(), link=card.link if len(card.link) < _LONG else "")
        words = rich(run(isolate(said_line(card.words, PREVIEW)) or "–"))
        drawn["body"] = [*_above(least, told), *_names(least), words, *_reply(least), _state(least)]
    return drawn


def _around(card: Card, body: list[Element], buttons: list[Element]) -> Element:
    show = execute(SHOW, f"{card.token}.{card.version}", "Refresh")
    del show["fallback"]
    return adaptive(body, buttons, refresh={"action": show, "userIds": []})


def _whole(card: Card) -> Iterator[Element]:
    face = image(card.avatar, said_line(card.author, 150) or "Author", style="Person", size="Small")
    yield from [columns(column(*face), column(*_names(card), wide=True))] if face else _names(card)
    if began := said_line(card.began, 150):
        yield _small(run("It began with: "), run(isolate(f"“{began}”")))
    heading, body = said_line(card.heading, 300), calm(card.body, BODY, lines=_LINES)
    words = [*([rich(run(heading, weight="Bolder"))] if heading else []), *lines(body)]
    if words:
        yield quote(*words, text=card.heading or card.body, lang=card.lang, spacing="Small")
    yield from _media(card, body)
    yield from _reply(card)
    yield _state(card)
    times = [f"{one.label} {moment(one.value)}" for one in card.details if isinstance(one.value, datetime)]
    if times:
        yield ours(" · ".join(times), isSubtle=True, size="Small", spacing="None")
    for aside in card.asides[:4]:
        yield _small(run(f"{said_line(aside.label, 60)}: "), run(_value(aside)))


def _under(card: Card, tenant: str) -> Iterator[Element]:
    """Draw what else was said in its public thread, a line each, with what may be done with it."""
    if card.under is None:
        return
    yield rich(run(said_line(card.under.title, 200), weight="Bolder", size="Small"), separator=True)
    for one in card.under.lines:
        yield line_with_button(one, tenant)
    if card.under.more:
        yield _small(run(more_under(card.under)))


def _above(card: Card, told: str) -> Iterator[Element]:
    """Draw what one person alone is to read, and why it is shown here."""
    if told:
        yield rich(run(f"⚠ {said_line(told, 300)}", color="Attention", weight="Bolder"))
    if mark := said_line(card.mark, 300):
        yield _small(run(mark))


def _names(card: Card) -> list[Element]:
    """Draw who and where, and below it when."""
    who, handle = said_line(card.author, 150), said_line(card.handle, 100)
    runs = [run(isolate(who), weight="Bolder") if who else run("Author unknown")]
    if handle:
        runs.append(run(f" {isolate(handle)}", isSubtle=True))
    if way := _way(card):
        runs += [run(" · "), *way]
    when = f"{'arrived ' if card.arrived else ''}{moment(card.said_at)} · #{card.token}"
    return [rich(*runs), ours(when, isSubtle=True, size="Small", spacing="None")]


def _way(card: Card) -> list[Element]:
    """Draw the way to the post; a place that is called by a host is called by the one that is opened."""
    place, address = said_line(card.place, 80), read_web_address(card.link)
    if address is not None and (not place or "." in place):
        place = said_line(address.host.removeprefix("www."), 80)
    if not place:
        return []
    opens = bool(web_address(card.link))
    return [link(card.link, f"{isolate(place)} ↗" if opens else isolate(place), f"Open the post of #{card.token}")]


def _media(card: Card, body: str) -> Iterator[Element]:
    """Draw the first picture that may be shown, and name what else the post shows."""
    picture = first_picture(card)
    if picture is not None:
        yield from image(picture.url, plain(described(picture)), size="Large", msteams={"allowExpand": True})
    if rest := said_line(in_words(card.media, body, picture), 500):
        yield _small(run(isolate(rest)))


def _reply(card: Card) -> Iterator[Element]:
    """Draw the reply that a press would let out, whole."""
    if reply := calm(card.reply, MAX_REPLY):
        yield _small(run(GOES_OUT))
        yield quote(*lines(reply), text=reply, spacing="Small")


def _state(card: Card) -> Element:
    """Draw how it stands, and in the same line what stands behind it; moments are in a paragraph of their own."""
    return rich(run(f"{card.sign} "), *_sentence(card, 8), spacing="Small")


def _sentence(card: Card, most: int) -> list[Element]:
    behind = [one for one in card.details if isinstance(one.value, str)][:most]
    return [
        run(said_line(card.state, 300) or "–", weight="Bolder"),
        *(run(f" · {said_line(one.label, 60)} {_value(one)}" if one.label else f" · {_value(one)}") for one in behind),
    ]


def _value(fact: Fact) -> str:
    return isolate(said_line(str(fact.value), 310)) or "–"


def _small(*runs: Element) -> Element:
    return rich(*({**one, "isSubtle": True, "size": "Small"} for one in runs), spacing="Small")


def _brief(card: Card, tenant: str) -> Element:
    """Draw what is not to be dealt with here any more as one line, with a menu."""
    runs = [run(f"{card.sign} "), *_sentence(card, 1)]
    if card.moved_to is not None:
        runs += led(card.moved_to, tenant)
    elif not card.moved:
        name = isolate(said_line(card.author or card.handle, 150))
        runs += [run(f" {name} on " if name else " "), *_way(card)]
        runs.append(run(f": {isolate(said_line(card.words, _GLIMPSE)) or '–'}"))
    line = rich(*runs, run(f" · #{card.token}", isSubtle=True))
    menu = [press(one, menu=True) for one in card.buttons if one.rank <= Rank.MENU]
    return columns(column(line, wide=True), column(actions(*menu))) if menu else line


def _buttons(card: Card, *, in_card: bool) -> list[Element]:
    """Draw the buttons of one row, and its menu."""
    shown = [one for one in card.buttons if one.rank <= Rank.MENU]
    row = [one for one in shown if one.rank <= Rank.BUTTON][:MOST_BUTTONS]
    return [_button(one, menu=one not in row, in_card=in_card) for one in [*row, *(o for o in shown if o not in row)]]


def _button(button: Button, *, menu: bool, in_card: bool) -> Element:
    form = forms.show_card(button, menu=menu) if in_card and button.opens_form else None
    return form or press(button, menu=menu)


def card_as_text(card: Card) -> str:
    """Return the card as plain text, for when it was refused."""
    reply = plain(calm(card.reply, MAX_REPLY))
    paragraphs = [
        f"{said_line(card.who, 300)} (#{card.token})".strip(),
        said(card.mark, 300),
        said_line(card.heading, 300),
        plain(calm(card.body, _TEXT)),
        f"{GOES_OUT}\n\n{reply}" if reply else "",
        f"{card.sign} {said(card.state, 300)}",
        web_address(card.link),
        said_line(card.under.title, 200) if card.under else "",
    ]
    return "\n\n".join(one for one in paragraphs if one)
