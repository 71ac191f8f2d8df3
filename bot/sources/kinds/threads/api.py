"""Asking Threads (https://developers.facebook.com/docs/threads), as one account."""

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.threads.options import VERSION, ThreadsOptions, sign_in
from bot.sources.kinds.threads.posts import FIELDS, Post, is_public
from bot.sources.kinds.threads.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import graph_rest, ident
from bot.sources.kit.oauth2 import SelfRenewing
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables

PAGE = 50


class ThreadsApi:
    """Threads, asked as one account."""

    def __init__(self, config: SourceConfig[ThreadsOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep its tokens.
        """
        options = config.options
        account = SelfRenewing(sign_in(options), config, tools, secret_variables(config.kind, config.name))
        base = f"{options.base_url.rstrip('/')}/{VERSION}"
        self.rest = graph_rest(base, account, VERDICTS, config, tools, network="Threads", due=account.due)
        self.us = options.name
        self._known = False

    async def is_us(self) -> None:
        """See that who signed in is our account; asked once.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: It is not let in, or is another one than dibs.toml says.
        """
        if self._known:
            return
        found = string(await self.rest.find("/me", [("fields", "id,username")]) or {}, "username")
        if not found:
            raise SourceUnavailable(self.rest.not_ours)
        if found.lower() != self.us:
            raise SourceRefused(
                f"Who signed in is @{found}, and dibs.toml says @{self.us}: sign in with that account, or change "
                "`username`."
            )
        self._known = True

    async def page(
        self, path: str, query: Query = (), cursor: str = "", *, bucket: str = "", size: int = PAGE
    ) -> tuple[list[Post], str] | None:
        """Return a page of a list, the newest first, and where the next begins; None where the list is gone.

        Threads tells no address of a next page, as others of Meta's do, so whether there is one is known by asking.

        Raises:
            SourceUnavailable, SourceRefused: As ``is_us`` does.
        """
        asked = [("fields", FIELDS), ("limit", str(size)), *query, *([("after", cursor)] if cursor else [])]
        told = await self.rest.find(path, asked, bucket=bucket, bill=_found if bucket else None)
        if told is None:
            return None
        if not isinstance(told.get("data"), list):
            raise SourceUnavailable(self.rest.not_ours)
        after = string(mapping(mapping(told.get("paging")).get("cursors")), "after")
        return [one for one in objects(told["data"]) if ident(one, "id")], after

    async def one(self, post_id: str) -> Post | None:
        """Return a post; None where it is gone, or not for our eyes.

        Raises:
            SourceUnavailable, SourceRefused: As ``is_us`` does.
        """
        told = await self.rest.find(f"/{post_id}", [("fields", FIELDS)])
        return told if told and is_public(told) else None


def _found(answer: Answer) -> int:
    """Return what a search counts: one that finds nothing counts nothing."""
    return 1 if answer.ok and objects(answer.object.get("data")) else 0
