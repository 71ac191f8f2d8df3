"""Adaptive Cards' parts, small and within what Teams draws. https://adaptivecards.io/explorer/

Foreign text goes into runs, which know no markup; TextBlocks, which know Markdown, hold our own words alone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.chat.kit.text import web_address
from bot.chat.teams.draw.text import fitting, plain, said_line, weight
from handlers.base.cards import Button

Element = dict[str, Any]

VERSION = "1.5"
# Teams takes 28 KB, of which the activity around the card needs some.
MOST_WEIGHT = 24_000
# Teams draws six buttons: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
MOST_PRIMARY = 6
PREFIX = "dibs:"
# Not a verb of a mention's: draw its card anew, for who looks at a form or at an old copy.
SHOW = "show"
# In the data of a button that stands in a line of a notice, which is not to be replaced by a card.
LISTED = "listed"
# In the data of what lets out or judges a reply: what it showed of it.
SHOWN = "shown"
_TITLE = 75
_STYLES = {"primary": "positive", "danger": "destructive"}


def run(text: str, **how: Any) -> Element:
    """Return a run of text in which nothing is markup."""
    return {"type": "TextRun", "text": text, **how}


def rich(*runs: Element, **how: Any) -> Element:
    """Return a paragraph of runs."""
    return {"type": "RichTextBlock", "inlines": list(runs), **how}


def ours(text: str, **how: Any) -> Element:
    """Return a paragraph of our own words; Markdown counts in it, so nothing that anybody else wrote may."""
    return {"type": "TextBlock", "text": text, "wrap": True, **how}


def container(*items: Element, **how: Any) -> Element:
    """Return elements that belong together."""
    return {"type": "Container", "items": list(items), **how}


def actions(*buttons: Element) -> Element:
    """Return a row of buttons within a card."""
    return {"type": "ActionSet", "actions": list(buttons)}


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


def press(button: Button, *, primary: bool = True, brief: bool = False, listed: bool = False) -> Element:
    """Return one of our buttons; ``listed``: in a line of a notice."""
    data = ({LISTED: "1"} if listed else {}) | ({SHOWN: button.shown} if button.shown else {})
    return execute(button.verb, button.value, label(button), data=data, **manner(button, primary=primary, brief=brief))


def label(button: Button) -> str:
    """Return a button's words; what asks for input first says so by its ellipsis."""
    words = fitting(plain(button.label), _TITLE)
    return f"{words}…" if button.opens_form else words


def manner(button: Button, *, primary: bool, brief: bool = False) -> Element:
    """Return how a button looks, and what screen readers call it: by the mention, or ``brief`` by its token alone."""
    named = f"{button.label} #{button.value.partition('.')[0]}"
    how: Element = {
        "tooltip": fitting(named, _TITLE) if brief else said_line(button.accessibility_label, _TITLE) or named
    }
    if not primary:
        how["mode"] = "secondary"
    return how | ({"style": _STYLES[button.style]} if button.style in _STYLES else {})


def open_url(url: str, title: str, about: str) -> list[Element]:
    """Return a button that opens a page, or none when the address is no page's."""
    address = web_address(url)
    return [{"type": "Action.OpenUrl", "title": title, "url": address, "tooltip": about}] if address else []


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
