"""Adaptive Cards' parts, small and within what Teams draws. https://adaptivecards.io/explorer/

Foreign text goes into runs, which know no markup; TextBlocks, which know Markdown, hold our own words alone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.chat.kit.media import picture_address
from bot.chat.kit.text import web_address
from bot.chat.teams.draw.text import fitting, plain, said_line, weight
from handlers.base.cards import Button, Rank

Element = dict[str, Any]

VERSION = "1.5"
# Teams takes 28 KB, of which the activity around the card needs some.
MOST_WEIGHT = 24_000
# So many stand in a row; the rest is in its menu.
MOST_BUTTONS = 3
PREFIX = "dibs:"
# Not a verb of a mention's: draw its card anew, for who looks at a form or at an old copy.
SHOW = "show"
# In the data of a button that stands in a line of a notice, which is not to be replaced by a card.
LISTED = "listed"
# In the data of what lets out or judges a reply: what it showed of it.
SHOWN = "shown"
_TITLE = 75


def run(text: str, **how: Any) -> Element:
    """Return a run of text in which nothing is markup."""
    return {"type": "TextRun", "text": text, **how}


def rich(*runs: Element, **how: Any) -> Element:
    """Return a paragraph of runs."""
    return {"type": "RichTextBlock", "inlines": list(runs), **how}


def ours(text: str, **how: Any) -> Element:
    """Return a paragraph of our own words; Markdown counts in it, so nothing that anybody else wrote may.

    Moments stand in these alone: Teams on the desktop shows their functions as such where they are in a run.
    https://github.com/MicrosoftDocs/msteams-docs/issues/8030
    """
    return {"type": "TextBlock", "text": text, "wrap": True, **how}


def container(*items: Element, **how: Any) -> Element:
    """Return elements that belong together."""
    return {"type": "Container", "items": list(items), **how}


def actions(*buttons: Element) -> Element:
    """Return a row of buttons within a card."""
    return {"type": "ActionSet", "actions": list(buttons)}


def columns(*parts: Element) -> Element:
    """Return parts that stand beside each other."""
    return {"type": "ColumnSet", "columns": list(parts), "spacing": "Small"}


def column(*items: Element, wide: bool = False) -> Element:
    """Return one of them: as wide as what is in it, or ``wide``, as what the others leave."""
    return {"type": "Column", "width": "stretch" if wide else "auto", "items": list(items)}


def image(url: str, named: str, **how: Any) -> list[Element]:
    """Return a picture that Teams fetches, with what it is called for who does not see it; none that is not https."""
    address = picture_address(url)
    return [{"type": "Image", "url": address, "altText": named, **how}] if address else []


def link(url: str, words: str, about: str = "", **how: Any) -> Element:
    """Return a run that opens a page: words of ours, ``about`` for screen readers; a mere run where it is no page's."""
    address = web_address(url)
    if not address:
        return run(words, **how)
    opening = {"type": "Action.OpenUrl", "url": address} | ({"title": about} if about else {})
    return run(words, underline=True, color="Accent", selectAction=opening, **how)


def moment(at: datetime) -> str:
    """Return a moment that Teams shows in everyone's own zone; it takes whole seconds in UTC."""
    utc = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{{{{DATE({utc}, SHORT)}}}} at {{{{TIME({utc})}}}}"


def execute(verb: str, ref: str, title: str, **how: Any) -> Element:
    """Return a button that comes back as an invoke, and as a message from clients that know no Action.Execute."""
    data, back = {"ref": ref, **how.pop("data", {})}, f"{PREFIX}{verb}"
    submit: Element = {"type": "Action.Submit", "title": title, "data": {"verb": back, **data}}
    for name in ("mode", "style"):
        submit |= {name: how[name]} if name in how else {}
    return {"type": "Action.Execute", "title": title, "verb": back, "data": data, **how, "fallback": submit}


def press(button: Button, *, menu: bool = False, listed: bool = False) -> Element:
    """Return one of our buttons; ``menu``: in the menu of its row, ``listed``: in a line of a notice."""
    data = ({LISTED: "1"} if listed else {}) | ({SHOWN: button.shown} if button.shown else {})
    return execute(button.verb, button.value, label(button), data=data, **manner(button, menu=menu))


def label(button: Button) -> str:
    """Return a button's words; what asks for input first says so by its ellipsis."""
    words = fitting(plain(button.label), _TITLE)
    return f"{words}…" if button.opens_form and not words.endswith("…") else words


def manner(button: Button, *, menu: bool = False) -> Element:
    """Return how a button looks, and what screen readers call it: by the mention."""
    named = f"{button.label} #{button.value.partition('.')[0]}" if button.value else button.label
    how: Element = {"tooltip": said_line(button.accessibility_label, _TITLE) or named}
    if menu:
        return how | {"mode": "secondary"}
    return how | ({"style": "positive"} if button.rank == Rank.MAIN else {})


def card(body: Sequence[Element], buttons: Sequence[Element] = (), **more: Any) -> Element:
    """Return a card. Its own words are English; what is quoted in it names its language itself."""
    drawn: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": "en",
        "fallbackText": "This needs a newer Teams.",
        "msteams": {"width": "Full"},
        **more,
        "body": list(body),
    }
    return drawn | ({"actions": list(buttons)} if buttons else {})


def room_in(drawn: Element) -> int:
    """Return how many bytes a card has left."""
    return MOST_WEIGHT - weight(drawn)
