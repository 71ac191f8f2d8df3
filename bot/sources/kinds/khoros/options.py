"""What dibs.toml says of a Khoros community."""

from dataclasses import dataclass
from typing import Annotated

from bot.sources.kit.options import Like, OptionError, WebAddress, WithAccount, Within

MOST_BOARDS = 30
_ALONE = Like("[^?#]*", 'is the address of the community alone, "https://community.acme.example".')
_BOARDS = f'is a list of at most {MOST_BOARDS} ids of boards, such as ["support"].'
_BOARD = Like(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", _BOARDS)
# Whatever could end a text in LiQL is no part of a name here.
_NAME = Like(r"[^'\"\\\x00-\x1f\x7f]{0,100}", "is the name of our account there, without quotes and backslashes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KhorosOptions(WithAccount):
    """Options: the community, and as whom we answer.

    Attributes:
        base_url: Its address, as the address bar shows it, up to what stands before "/t5/".
        username: The name with which our account logs in there; empty = it is heard only.
        boards: The ids of the boards that are heard, as they stand in addresses; without any, all of it.
        members: Hear what our account may read, though not everybody may.
    """

    base_url: Annotated[WebAddress, _ALONE]
    username: Annotated[str, _NAME] = ""
    boards: Annotated[tuple[str, ...], _BOARD, Within(0, MOST_BOARDS, _BOARDS)] = ()
    members: bool = False

    def __post_init__(self) -> None:
        WithAccount.__post_init__(self)
        if self.members and not self.username:
            raise OptionError("members", "wants an account: name it in `username`.")
