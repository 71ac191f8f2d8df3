"""Media on a card: the one picture that is shown, and the rest in words."""

from collections.abc import Sequence

from bot.chat.kit.text import calm_line, web_address
from handlers.base.cards import Card
from handlers.base.media import Media, MediaKind

# A longer address is no picture's, and would take the room that the words need.
_LONGEST = 1_500
_ALT = 200
_ONE = {MediaKind.PICTURE: "picture", MediaKind.VIDEO: "video", MediaKind.OTHER: "attachment"}
_NAMELESS = {MediaKind.VIDEO: "A still of a video in the post, which nobody described"}


def picture_address(url: str) -> str:
    """Return the address of a picture that a platform may fetch: https, and not too long; else nothing."""
    address = web_address(url)
    return address if address.startswith("https://") and len(address) <= _LONGEST else ""


def first_picture(card: Card) -> Media | None:
    """Return what of a post's media is shown as a picture: the first that may be shown from where it lies."""
    return next((one for one in card.media if picture_address(one.url)), None)


def described(one: Media) -> str:
    """Say what a picture shows, for who does not see it; never nothing."""
    return calm_line(one.alt, 500) or _NAMELESS.get(one.kind, "A picture in the post, which nobody described")


def named(media: Sequence[Media]) -> str:
    """Name media in words: "1 video: a rocket lifts off · 2 pictures: an anvil; a coyote"; empty for none."""
    parts = []
    for kind in MediaKind:
        several = [one for one in media if one.kind == kind]
        if several:
            said = "; ".join(alt for one in several if (alt := calm_line(one.alt, _ALT)))
            count = f"{len(several)} {_ONE[kind]}{'s' if len(several) > 1 else ''}"
            parts.append(f"{count}: {said}" if said else count)
    return " · ".join(parts)
