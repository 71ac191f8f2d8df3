"""WordPress: the comments on one site, and answers to them from one account of it.

What was written by our own account is no mention; what others of ours write there is none where ``own_accounts`` names
them. What stands under a post that is not public, what waits for moderators and what they threw away is not heard, with
an account either (``bot.sources.kinds.wordpress.api``).
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.wordpress.api import WordPressApi
from bot.sources.kinds.wordpress.posts import FIELDS, Comment, id_of, is_shown, post_of, read_comment, user_of
from bot.sources.kinds.wordpress.replies import RULES, WordPressReplies
from bot.sources.kinds.wordpress.walk import Walk
from bot.sources.kit.build import iso_moment
from bot.sources.kit.html import web_link
from bot.sources.kit.json import string
from bot.sources.kit.kept import kept
from bot.sources.kit.options import Like, Options, WebAddress, all_set
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Posted

PAGE = 100
_COMMENT = re.compile(r"comment-([0-9]{1,19})")
_PART = re.compile(r"/comment-page-[0-9]+(?=/|$)")
_ALONE = Like("[^?#]*", 'is the address of the site alone, such as "https://blog.acme.example".')
_POSTS = Like("[0-9]+", 'is a list of numbers of posts, such as ["12", "15"].')
_NAMING = frozenset({"p", "page_id", "attachment_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPressOptions(Options):
    """Options: the site.

    Attributes:
        base_url: Its address, as the address bar shows it, without what stands behind it.
        posts: The numbers of the posts to which it is bound; without any, all of the site.
    """

    base_url: Annotated[WebAddress, _ALONE]
    posts: Annotated[tuple[str, ...], _POSTS] = ()


class WordPress:
    """One site that is listened to, and answered on with an application password."""

    capabilities = Capabilities(polls=True, finds=True, reply=RULES, network="WordPress")

    def __init__(self, config: SourceConfig[WordPressOptions], tools: SourceTools) -> None:
        """Take the site; nothing is asked yet.

        Raises:
            OptionError: One of the secrets is set without the other, or they would go out in the clear.
        """
        variables = secret_variables(config.kind, config.name)
        why = "the account has a name and an application password."
        secrets = all_set(config.secrets, variables, why, or_none=True)
        self._api = WordPressApi(config.options.base_url, secrets, variables, config, tools)
        self._posts: Query = [("post", ",".join(config.options.posts))] if config.options.posts else []
        self._clock = tools.clock
        self._size = PAGE
        self.replies = OwnReplies(WordPressReplies(self._api))

    async def prove(self) -> Proof | None:
        """Ask who our account is.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove() if self._api.has_account else None

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that there is another.

        Raises:
            SourceUnavailable: The site is not well, or is no WordPress.
            SourceRefused: It does not take our account, or keeps us out.
        """
        now, size = self._clock.now(), self._size
        walk = kept(Walk, checkpoint).begun(now)
        query = [("after", walk.after), ("order", "asc")] if walk.after else [("order", "desc")]
        page, more = await self._page([*query, ("orderby", "date_gmt")], walk.offset)
        dates = [date for one in page if (date := iso_moment(string(one, "date_gmt"))) is not None]
        events = await self._posted(page if walk.after else page[::-1])
        after = walk.gone_on(dates, size, now, more=more) if walk.after else Walk.first(dates, now, more=more)
        return Batch(events=events, checkpoint=json.dumps(asdict(after)), more=bool(after.after))

    async def find(self, url: str) -> Posted | None:
        """Return the comment at its address, "…#comment-5"; None for other addresses, and where nobody sees it.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link = web_link(url)
        found = _COMMENT.fullmatch(urlsplit(link).fragment)
        if found is None or not f"{_names(link)[0]}/".startswith(f"{_names(self._api.base_url)[0]}/"):
            return None
        comment = await self._api.one(f"/comments/{found[1]}", [("_fields", FIELDS)])
        # Another site may stand below the same address, with numbers of its own.
        if comment is None or _names(web_link(string(comment, "link"))) != _names(link):
            return None
        return next(iter(await self._posted([comment], ours=True)), None)

    async def _page(self, query: Query, offset: int) -> tuple[list[Comment], bool]:
        """Ask for a page; the next one is smaller where this one does not come: a few comments may be too large."""
        wanted = [*query, *self._posts, ("status", "approve"), ("_fields", FIELDS)]
        try:
            listed = await self._api.listed("/comments", wanted, offset=offset, most=self._size)
        except SourceUnavailable:
            self._size = max(self._size // 4, 1)
            raise
        self._size = min(self._size * 2, PAGE)
        if listed is None:
            raise SourceRefused(f"{self._api.home} does not show its comments: a plugin may close its REST API.")
        return listed

    async def _posted(self, comments: list[Comment], *, ours: bool = False) -> tuple[Posted, ...]:
        me = 0 if ours else await self._api.me()
        heard = [one for one in comments if is_shown(one) and id_of(one) and not (me and user_of(one) == me)]
        pages = await self._api.pages(heard)
        return tuple(read_comment(one, pages[post]) for one in heard if (post := post_of(one)) in pages)


def _names(link: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what tells one page of a site from another: host and path, and the number in a plain permalink."""
    parts = urlsplit(link)
    path = _PART.sub("", parts.path).rstrip("/")
    fields = tuple(one for one in parse_qsl(parts.query) if one[0] in _NAMING)
    return f"{(parts.netloc or '').lower().removeprefix('www.')}{path}", fields
