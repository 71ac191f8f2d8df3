"""What dibs.toml says of a Khoros community."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.sources.kit.options import OptionError, web_address

MOST_BOARDS = 30
_BOARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# Whatever could end a text in LiQL is no part of a name here.
_NAME = re.compile(r"[^'\"\\\x00-\x1f\x7f]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KhorosOptions:
    """Options: the community, and as whom we answer.

    Attributes:
        base_url: Its address, as the address bar shows it, up to what stands before "/t5/".
        username: The name with which our account logs in there; empty = it is heard only.
        boards: The ids of the boards that are heard, as they stand in addresses; without any, all of it.
        members: Hear what our account may read, though not everybody may.
    """

    base_url: str
    username: str = ""
    boards: tuple[str, ...] = ()
    members: bool = False

    @property
    def account(self) -> str:
        """What our account is called."""
        return self.username

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose posts are never mentions."""
        return (self.username,) if self.username else ()

    def __post_init__(self) -> None:
        web_address("base_url", self.base_url)
        if urlsplit(self.base_url).query or urlsplit(self.base_url).fragment:
            raise OptionError("base_url", 'is the address of the community alone, "https://community.acme.example".')
        if self.username and not _NAME.fullmatch(self.username):
            raise OptionError("username", "is the name of our account there, without quotes and backslashes.")
        if not all(map(_BOARD.fullmatch, self.boards)) or len(self.boards) > MOST_BOARDS:
            raise OptionError("boards", f'is a list of at most {MOST_BOARDS} ids of boards, such as ["support"].')
        if self.members and not self.username:
            raise OptionError("members", "wants an account: name it in `username`.")
