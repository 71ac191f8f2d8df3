"""Links to cards: where a line of a notice leads to on one platform, under a label of our own.

A mention's reference is such a label, and stands at the beginning of its line: there the words themselves lead to the
card. The words behind it are a stranger's, and what they call themselves is the name of no link.
"""

from collections.abc import Callable

from handlers.base.cards import Link


def lead(target: Link, platform: str, permalink: Callable[[str, str], str]) -> tuple[str, str]:
    """Return address and label: the card where it stands on this platform, else the post.

    Args:
        target: Where the line leads.
        platform: Whose cards can be opened from here.
        permalink: Makes the address of a message from channel and reference; empty where there is none.
    """
    for place, channel, reference in target.places:
        if place == platform and reference and (url := permalink(channel, reference)):
            return url, target.label
    of_mention = target.places or target.label == "card" or target.label.startswith("#")
    return target.url, "post" if of_mention else target.label


def led_by(text: str, label: str) -> str:
    """Return what stands behind a label with which a text begins; empty where it does not."""
    return text[len(label) :].strip() if label and text.startswith(f"{label} ") else ""
