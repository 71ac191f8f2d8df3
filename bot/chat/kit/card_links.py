"""Links to cards: where a line of a notice leads to on one platform, under a label of our own."""

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
    return target.url, "post" if target.places or target.label == "card" else target.label
