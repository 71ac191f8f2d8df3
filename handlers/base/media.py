"""Media: the pictures and videos that a post shows beside its words, as far as a card can tell of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

# How many of a post's are kept, and how long the description of one may be.
MOST_MEDIA, MOST_ALT = 4, 500


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
    """

    kind: MediaKind
    url: str = ""
    alt: str = ""


def to_json(media: Sequence[Media]) -> str:
    """Write a post's media as its row keeps them; empty for none."""
    kept = [asdict(one) for one in media[:MOST_MEDIA]]
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def from_json(kept: str) -> tuple[Media, ...]:
    """Read the media of a row back."""
    if not kept:
        return ()
    return tuple(Media(kind=MediaKind(one["kind"]), url=one["url"], alt=one["alt"]) for one in json.loads(kept))
