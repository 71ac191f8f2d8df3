"""Block Kit's parts, small and within their limits. https://docs.slack.dev/reference/block-kit/blocks

Foreign text goes into ``plain`` objects, which know no markup, or into the ``text`` elements of a ``rich_text`` block,
where a mention and a link are elements of other types; ``marked`` holds our own words and what was escaped.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.chat.slack.draw.markup import escape
from handlers.base.cards import Button, Rank
from handlers.base.command import ByToken, read_value

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_OPTIONS = 5
# Slack refuses a message at about 13,200 characters over all blocks (undocumented); we stay well below.
MOST_CHARACTERS = 12_000
SECTION = 3_000
HEADER = 150
# The action of a menu: what was chosen in it carries the verb. Cards drawn before have "dibs:more" and "dibs:more:2".
MENU = "dibs:menu"
# A button that only opened the post, on cards drawn before: it still comes here when it is pressed.
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


def image(url: str, alt: str) -> Block:
    """Return a picture, as a block of its own or as an element among small print; Slack fetches it for everybody."""
    return {"type": "image", "image_url": url, "alt_text": alt}


def rich(*elements: Block) -> Block:
    """Return a block of quotes and paragraphs."""
    return {"type": "rich_text", "elements": list(elements)}


def quote(*texts: Block) -> Block:
    """Return a quote within a ``rich`` block, with a bar beside it."""
    return {"type": "rich_text_quote", "elements": list(texts)}


def paragraph(*texts: Block) -> Block:
    """Return a paragraph within a ``rich`` block."""
    return {"type": "rich_text_section", "elements": list(texts)}


def words(text: str, style: str = "") -> Block:
    """Return a text within a quote or a paragraph: nothing in it is markup. ``style`` is bold or italic."""
    return {"type": "text", "text": text} | ({"style": {style: True}} if style else {})


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
    """Return one of our buttons; the main one stands out."""
    drawn: Block = {
        "type": "button",
        "action_id": f"dibs:{button.verb}",
        "text": plain(button.label[:75]),
        "accessibility_label": button.accessibility_label[:75],
    }
    if button.value:  # Slack takes no empty one
        drawn["value"] = pressed_value(button)
    return drawn | ({"style": "primary"} if button.rank == Rank.MAIN else {})


def overflow(buttons: Sequence[Button]) -> Block:
    """Return a menu of what is wanted less often: two to five entries, for Slack refuses a single one."""
    options = [
        {"text": plain(one.label[:75]), "value": f"{one.verb} {pressed_value(one)}"} for one in buttons[:MOST_OPTIONS]
    ]
    return {"type": "overflow", "action_id": MENU, "options": options}


def menu(buttons: Sequence[Button]) -> Block:
    """Return a menu, or the button where there is only one."""
    return overflow(buttons) if len(buttons) > 1 else press(buttons[0])


def moment(at: datetime) -> str:
    """Return a moment that Slack shows in everyone's own zone."""
    fallback = escape(at.strftime("%Y-%m-%d %H:%M %Z").strip())
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def weight(blocks: list[Block]) -> int:
    """Return how much of a message's room these blocks take."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


# Behind the name of a field, in the id of a block that was drawn anew.
AGAIN = "~"
