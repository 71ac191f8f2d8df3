"""Asking Instagram (https://developers.facebook.com/docs/instagram-platform), as one professional account."""

from typing import Any

from bot.sources.base import SourceConfig
from bot.sources.kinds.instagram.options import VERSION, InstagramOptions, sign_in
from bot.sources.kinds.instagram.posts import (
    COMMENT,
    MEDIA,
    MENTIONED,
    ONE,
    Thing,
    is_long,
    read_media,
    read_mention,
)
from bot.sources.kinds.instagram.verdicts import table
from bot.sources.kit.json import mapping, objects
from bot.sources.kit.meta import graph_rest, ident, page_rest
from bot.sources.kit.meta_account import SameAccount
from bot.sources.kit.meta_lists import Listed, by_few, following, listed
from bot.sources.kit.oauth2 import SelfRenewing
from bot.sources.kit.rest import Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.events import Posted

PAGE = 50
# An answer has 2 MiB at most, and a comment may come to 27 kB: where people write much, fewer are asked for.
COMMENTS, FEW = 25, 2
# So many pages of answers below one comment are read.
MOST_PAGES = 10


class InstagramApi:
    """Instagram, asked as one account."""

    rest: Rest[Any]

    def __init__(self, config: SourceConfig[InstagramOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A secret is missing, or what is needed to keep the account.
        """
        options, variables = config.options, secret_variables(config.kind, config.name)
        base, verdicts = f"{options.base}/{VERSION}", table(options.login)
        if (declared := sign_in(options)) is None:
            self.rest = page_rest(base, verdicts, config, tools, variables["access_token"], network="Instagram")
        else:
            account = SelfRenewing(declared, config, tools, variables)
            self.rest = graph_rest(base, account, verdicts, config, tools, network="Instagram", due=account.due)
        self.me = options.account_id
        self.us = options.name
        whose, mend = f"The account {self.me}", "change `account_id` or `username`."
        self.is_us = SameAccount(self.rest, self.me, self.us, whose=whose, mend=mend).see

    async def page(self, path: str, fields: str, cursor: str = "", *, size: int = PAGE, linked: bool = True) -> Listed:
        """Return a page of a list, and where the next begins; None where the list is gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.meta_lists.listed`` does.
        """
        asked = [("fields", fields), ("limit", str(size))]
        return await listed(self.rest, path, asked, cursor, linked=linked)

    async def comments(self, media_id: str, cursor: str) -> Listed:
        """Return a page of what stands below media, with the first answers to each; None where the media are gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``page`` does.
        """

        async def ask(at: str, most: int) -> Listed:
            return await self.page(f"/{media_id}/comments", COMMENT, at, size=most)

        return await by_few(ask, cursor, COMMENTS, FEW)

    async def thread(self, comment_id: str) -> Thing | None:
        """Return a comment with all that stands below it; of an answer the thread in which it stands.

        Raises:
            SourceUnavailable, SourceRefused: As ``page`` does.
        """
        one = await self.rest.find(f"/{comment_id}", [("fields", COMMENT)])
        if one and (top := ident(one, "parent_id")):
            one = await self.rest.find(f"/{top}", [("fields", COMMENT)])
        return await self.whole(one) if one and ident(one, "id") else None

    async def whole(self, top: Thing) -> Thing:
        """Return a comment with all its answers, where there are more than stand beside it; ``cut`` = not with all.

        Raises:
            SourceUnavailable, SourceRefused: As ``page`` does.
        """
        beside = mapping(top.get("replies"))
        answers = objects(beside.get("data"))
        cursor = following(beside) if is_long(top) else ""
        for _ in range(MOST_PAGES):
            if not cursor:
                break
            more, cursor = await self.page(f"/{ident(top, 'id')}/replies", ONE, cursor) or ([], "")
            answers += more
        return {**top, "replies": {"data": answers}, "cut": bool(cursor)}

    async def mention(self, comment_id: str, media_id: str) -> Posted | None:
        """Return what mentions us elsewhere: a comment, or without one media by their caption; None where it is gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``page`` does.
        """
        what, number, fields = ("comment", comment_id, MENTIONED) if comment_id else ("media", media_id, MEDIA)
        asked = f"mentioned_{what}.{what}_id({number}){{{fields}}}"
        told = await self.rest.find(f"/{self.me}", [("fields", asked)])
        found = mapping((told or {}).get(f"mentioned_{what}"))
        return read_mention(found, media_id) if comment_id else read_media(found, self.us, tagged=False)
