"""What dibs.toml says of a forum."""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kinds.discourse.verdicts import MAX_CHARACTERS
from bot.sources.kit.options import Like, WebAddress, WithAccount, Within
from bot.sources.kit.pictures import PictureHosts


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscourseOptions(WithAccount):
    """Options: the forum, what of it is heard, and as whom we answer.

    Attributes:
        username: Our account, whose key it is; without a key the forum is heard as anybody hears it.
        query: What to search for, in the words of the forum's own search; without it all latest posts are heard.
        categories: By their slugs; without it all of them.
        members: Hear what only members may read, too: restricted categories, a forum behind a login.
        longest: The longest post that this forum takes (its setting "max post length").
        picture_hosts: Where the forum keeps its pictures, where that is neither below itself nor with its vendor.
    """

    base_url: WebAddress
    query: Annotated[str, Like(r"(?s)|\s*\S.+\S\s*", "has at least 3 characters.")] = ""
    categories: tuple[str, ...] = ()
    members: bool = False
    longest: Annotated[int, Within(1, 1_000_000, "is a number of characters, such as 32000.")] = MAX_CHARACTERS
    picture_hosts: PictureHosts = ()
