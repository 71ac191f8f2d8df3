"""Media: the pictures and videos that a post shows beside its words, as far as a card can tell of them.

A card shows one picture at most, and names the rest in words, the same on every platform.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

# How many of a post's are kept, and how long the description of one may be.
MOST_MEDIA, MOST_ALT = 4, 500
# Of a description that is said in a sentence.
_MOST_SAID = 140


class MediaKind(StrEnum):
    """What it is; whatever is neither is ``other``."""

    PICTURE = "picture"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One picture or video of a post.

    Attributes:
        url: The https address of a picture that may be shown from where it lies (of a video, its still), on a host
            that the source's kind allows; empty where the source allows none, and then it is named in words.
        alt: What its author says that it shows; untrusted, at most 500 characters.
        hidden: It is marked as sensitive, by its author or its network; then it has no ``url``.
    """

    kind: MediaKind
    url: str = ""
    alt: str = ""
    hidden: bool = False


_CALLED = {
    MediaKind.PICTURE: ("a picture", "pictures"),
    MediaKind.VIDEO: ("a video", "videos"),
    MediaKind.OTHER: ("a file", "files"),
}


def shown(media: Sequence[Media]) -> Media | None:
    """Return the one that a card shows, the first that may be shown; None where all are named in words."""
    return next((one for one in media if one.url), None)


def description(one: Media) -> str:
    """Return what stands for a picture that is not seen; never empty, untrusted."""
    if one.kind == MediaKind.PICTURE:
        return one.alt or "A picture without a description"
    return f"Still of a video: {one.alt}" if one.alt else "Still of a video without a description"


def in_words(media: Sequence[Media], said: str = "", seen: Media | None = None) -> str:
    """Name in a sentence what a card does not show; empty where it shows all. Descriptions in it are untrusted.

    Args:
        media: Of the post that is quoted.
        said: The words that are quoted; a description that stands in them is not said twice.
        seen: The one of them that stands there as a picture.
    """
    rest = list(media)
    if seen is not None:
        rest.remove(seen)
    plain: dict[tuple[MediaKind, bool], int] = {}
    told = []
    for one in rest:
        if one.alt and one.alt not in said:
            told.append(f"{_called(one.kind, one.hidden, 1)} (“{_shortened(one.alt)}”)")
        else:
            plain[one.kind, one.hidden] = plain.get((one.kind, one.hidden), 0) + 1
    told += [_called(kind, hidden, number) for (kind, hidden), number in plain.items()]
    if not told:
        return ""
    *first, last = told
    return f"{'And' if seen else 'With'} {', '.join(first)}{' and ' if first else ''}{last}."


def _called(kind: MediaKind, hidden: bool, number: int) -> str:
    one, several = _CALLED[kind]
    return (one if number == 1 else f"{number} {several}") + (" marked as sensitive" if hidden else "")


def _shortened(alt: str) -> str:
    return alt if len(alt) <= _MOST_SAID else f"{alt[: _MOST_SAID - 1].rstrip()}…"


def to_json(media: Sequence[Media]) -> str:
    """Write a post's media as its row keeps them; empty for none."""
    kept = [asdict(one) for one in media[:MOST_MEDIA]]
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def from_json(kept: str) -> tuple[Media, ...]:
    """Read the media of a row back."""
    if not kept:
        return ()
    return tuple(Media(**{**one, "kind": MediaKind(one["kind"])}) for one in json.loads(kept))
