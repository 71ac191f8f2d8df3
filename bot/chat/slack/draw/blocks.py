"""Block Kit's parts, small and within their limits. https://docs.slack.dev/reference/block-kit/blocks

Foreign text goes into ``plain`` objects, which know no markup; ``marked`` holds our own words and what was escaped.
"""

import json
from datetime import datetime
from typing import Any

from bot.chat.slack.draw.markup import escape
from handlers.base.cards import Button
from handlers.base.command import ByToken, read_value

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_OPTIONS = 5
# Slack refuses a message at about 13,200 characters over all blocks (undocumented); we stay well below.
MOST_CHARACTERS = 12_000
SECTION = 3_000
HEADER = 150
MORE = "dibs:more"
OPEN = "dibs:open"


def plain(text: str) -> Block:
    """Return a text in which nothing is markup, not even ``:smile:``."""
    return {"type": "plain_text", "text": text, "emoji": False}


def marked(text: str) -> Block:
    """Return a text with markup of our own; ``verbatim`` keeps Slack from finding names and links in the rest."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """Return a title."""
    return {"type": "header", "text": plain(text)}


def section(text: Block, accessory: Block | None = None) -> Block:
    """Return a paragraph, with at most one button beside it."""
    return {"type": "section", "text": text} | ({"accessory": accessory} if accessory else {})


def context(*texts: Block) -> Block:
    """Return small print; at most ten texts."""
    return {"type": "context", "elements": list(texts[:10])}


def actions(*elements: Block) -> Block:
    """Return a row of buttons; at most 25."""
    return {"type": "actions", "elements": list(elements[:25])}


def pressed_value(button: Button) -> str:
    """Return what a button sends back: a value is all that there is room for, so what it showed stands behind it."""
    return f"{button.value}.{button.shown}" if button.shown else button.value


def read_pressed(value: str) -> ByToken | None:
    """Read what a button sent back; None where it is none of ours."""
    token, _, rest = value.partition(".")
    version, _, shown = rest.partition(".")
    return read_value(f"{token}.{version}", shown)


def press(button: Button) -> Block:
    """Return one of our buttons."""
    drawn: Block = {
        "type": "button",
        "action_id": f"dibs:{button.verb}",
        "text": plain(button.label[:75]),
        "value": pressed_value(button),
        "accessibility_label": button.accessibility_label[:75],
    }
    return drawn | ({"style": button.style} if button.style else {})


def overflow(buttons: list[Button], number: int = 1) -> Block:
    """Return a menu of what is wanted less often, at most five entries; a second one is told apart by its number."""
    options = [
        {"text": plain(one.label[:75]), "value": f"{one.verb} {pressed_value(one)}"} for one in buttons[:MOST_OPTIONS]
    ]
    return {"type": "overflow", "action_id": MORE if number == 1 else f"{MORE}:{number}", "options": options}


def moment(at: datetime) -> str:
    """Return a moment that Slack shows in everyone's own zone."""
    fallback = escape(at.strftime("%Y-%m-%d %H:%M %Z").strip())
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def weight(blocks: list[Block]) -> int:
    """Return how much of a message's room these blocks take."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


# Behind the name of a field, in the id of a block that was drawn anew.
AGAIN = "~"
