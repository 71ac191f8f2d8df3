"""Pictures of Reddit: what a post or a comment shows, and what of it may be shown.

Reddit keeps what people upload, and makes smaller copies of it, whose addresses it signs. The preview of a link is a
picture of the page that it leads to, and none of the post's. Lists say nothing of how people look. What is not for
everybody's eyes, or gives something away, is marked; so are all posts of subreddits of that kind.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sources.kit.fields import either, number
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import media
from handlers.base.media import Media, MediaKind

HOSTS = ("i.redd.it", "preview.redd.it", "external-preview.redd.it")
# As wide as a card can show it.
_WIDEST = 1_080
# Of the two sorts of copies.
_width = either(number("x"), number("width"))
_MARKS = ("over_18", "over18", "spoiler", "quarantine")


def shown_by(thing: Mapping[str, Any], *, hidden: bool = False) -> Iterator[Media]:
    """Yield what a thing shows: a gallery, the pictures in its text, its own one, a film, or what it passes on."""
    hidden = hidden or any(thing.get(mark) for mark in _MARKS)
    files, items = mapping(thing.get("media_metadata")), objects(mapping(thing.get("gallery_data")).get("items"))
    named = [(string(item, "media_id"), string(item, "caption")) for item in items] or [(name, "") for name in files]
    if named:
        for name, caption in named:
            file = mapping(files.get(name))
            kind = MediaKind.VIDEO if string(file, "e") == "RedditVideo" else MediaKind.PICTURE
            yield media(kind, _copy(file.get("p"), file.get("s"), "u"), alt=caption, hosts=HOSTS, hidden=hidden)
        return
    preview = next(iter(objects(mapping(thing.get("preview")).get("images"))), {})
    still = _copy(preview.get("resolutions"), preview.get("source"), "url")
    if thing.get("is_video"):
        yield media(MediaKind.VIDEO, still, hosts=HOSTS, hidden=hidden)
    elif string(thing, "post_hint") == "image" or string(thing, "url").startswith("https://i.redd.it/"):
        yield media(MediaKind.PICTURE, still or string(thing, "url"), hosts=HOSTS, hidden=hidden)
    for parent in objects(thing.get("crosspost_parent_list"))[:1]:
        yield from shown_by({**parent, "crosspost_parent_list": None}, hidden=hidden)


def _copy(copies: object, source: object, address: str) -> str:
    """Return the largest copy that is not wider than a card, or else what was uploaded."""
    fitting = [one for one in objects(copies) if 0 < _width(one) <= _WIDEST]
    return string(max(fitting, key=_width, default=mapping(source)), address)
