"""Asking Threads (https://developers.facebook.com/docs/threads), as one account."""

from bot.sources.base import SourceConfig
from bot.sources.kinds.threads.options import VERSION, ThreadsOptions, sign_in
from bot.sources.kinds.threads.posts import FIELDS, Post, is_public
from bot.sources.kinds.threads.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import SIGN_IN_AS
from bot.sources.kit.json import objects
from bot.sources.kit.meta import graph_rest
from bot.sources.kit.meta_account import SameAccount
from bot.sources.kit.meta_lists import Listed, listed
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
        self.is_us = SameAccount(self.rest, "me", self.us, whose="Who signed in", mend=SIGN_IN_AS).see

    async def page(
        self, path: str, query: Query = (), cursor: str = "", *, bucket: str = "", size: int = PAGE
    ) -> Listed:
        """Return a page of a list, the newest first, and where the next begins; None where the list is gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.meta_lists.listed`` does.
        """
        asked, bill = [("fields", FIELDS), ("limit", str(size)), *query], _found if bucket else None
        return await listed(self.rest, path, asked, cursor, linked=False, bucket=bucket, bill=bill)

    async def one(self, post_id: str) -> Post | None:
        """Return a post; None where it is gone, or not for our eyes.

        Raises:
            SourceUnavailable, SourceRefused: As ``page`` does.
        """
        told = await self.rest.find(f"/{post_id}", [("fields", FIELDS)])
        return told if told and is_public(told) else None


def _found(answer: Answer) -> int:
    """Return what a search counts: one that finds nothing counts nothing."""
    return 1 if answer.ok and objects(answer.object.get("data")) else 0
