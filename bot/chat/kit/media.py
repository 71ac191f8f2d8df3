"""Pictures on a card of a chat platform: which ones it may fetch, and what is said in place of one."""

from dataclasses import replace

from bot.chat.kit.text import calm_line, web_address
from handlers.base.cards import Card
from handlers.base.media import Media, description

# A longer address is no picture's, and would take the room that the words need.
_LONGEST = 1_500


def picture_address(url: str) -> str:
    """Return the address of a picture that a platform may fetch: https, and not too long; else nothing."""
    address = web_address(url)
    return address if address.startswith("https://") and len(address) <= _LONGEST else ""


def first_picture(card: Card) -> Media | None:
    """Return what of a post's media is shown as a picture: the first that may be shown from where it lies."""
    return next((one for one in card.media if picture_address(one.url)), None)


def described(one: Media) -> str:
    """Say what a picture shows, for who does not see it; never nothing."""
    return calm_line(description(one), 500) or description(replace(one, alt=""))
