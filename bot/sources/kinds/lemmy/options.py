"""What dibs.toml says of an instance of Lemmy."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from bot.sources.kit.options import Like, Wanted, WebAddress, WithAccount
from bot.sources.kit.pictures import PictureHosts

_NAME = Like(r"(?a)\w{0,60}", 'is the name of our account, without its host, such as "acme_support".')
_NOTHING = "is what to search for, where there is no `username` whose mentions are heard."


@dataclass(frozen=True, slots=True, kw_only=True)
class LemmyOptions(WithAccount):
    """Options: the instance, our account there, and what else is searched for.

    Attributes:
        username: Our account; nothing = the instance is read as anybody reads it.
        query: What to search for beside the mentions; nothing = no search.
        picture_hosts: Where pictures lie, where that is neither on the instance nor below its host.
    """

    base_url: WebAddress
    username: Annotated[str, _NAME] = ""
    query: Annotated[str, Wanted("username", "", _NOTHING)] = ""
    picture_hosts: PictureHosts = ()

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"@{self.username}@{urlsplit(self.base_url).hostname}" if self.username else ""
