"""Reddit: searches, subreddits and mentions of one account, and replies from that account.

Lists of Reddit hold a thousand things at most, and a page *before* a thing is empty once that thing was deleted, so
they are walked (``bot.sources.kit.walk``), and an hour behind where the last walk began, because posts are indexed late
and approved late. A subreddit is heard in its posts and in its comments, which are two lists.
"""

import re
from functools import partial

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.reddit.api import RedditApi
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.posts import COMMENT, LINK, created, is_gone, is_heard, read_post, read_thing
from bot.sources.kinds.reddit.replies import RULES, RedditReplies
from bot.sources.kit.addresses import pasted
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from handlers.base.events import Posted

PAGE = 100
OVERLAP_SECONDS = 3_600.0
# The lists end here, says https://www.reddit.com/dev/api/#listings in practice; a longer walk brings nothing.
MOST_PAGES = 10
_COMMENTS = re.compile(
    r"(?:/(?:r|user|u)/[^/]+)?/comments/([a-z0-9]{1,12})(?:/[^/]*(?:/([a-z0-9]{1,12}))?)?/?", re.IGNORECASE
)
_SHORT = re.compile(r"/([a-z0-9]{1,12})/?", re.IGNORECASE)


class Reddit:
    """One list of Reddit that is polled, and answered on."""

    capabilities = Capabilities(
        polls=True,
        finds=True,
        reply=RULES,
        network="Reddit",
        hosts=("reddit.com",),
    )

    def __init__(self, config: SourceConfig[RedditOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: A credential is missing, or would go out in the clear.
        """
        self._api = RedditApi(config, tools)
        self._listen = config.options.listen
        self._lists = {path: partial(self._page, path, query) for path, query in _lists(config.options)}
        # 1.0: a list that was empty at first is known, too.
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, most_pages=MOST_PAGES, cursor_may_die=True)
        self.replies = OwnReplies(RedditReplies(self._api))

    async def prove(self) -> Proof:
        """Ask whose token it is, and what it was made for.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove("privatemessages" if self._listen == "mentions" else "read")

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each list, oldest first; ``more`` says that a walk is not at its end.

        Raises:
            SourceUnavailable: Reddit is not well.
            SourceRefused: It does not take our credentials, or does not show us what we ask for.
        """
        return await self._walk.poll(checkpoint, self._lists)

    async def _page(self, path: str, query: Query, after: str, _since: float) -> Page[float]:
        things, following = await self._api.listing(path, [*query, *([("after", after)] if after else [])])
        return Page([(created(thing), read_thing(thing)) for thing in things], following)

    async def find(self, url: str) -> Posted | None:
        """Return the post or comment at a permalink; None for other addresses, and for what is deleted or not public.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link_id, comment_id = _ids_in(url)
        if not link_id:
            return None
        names = [f"{LINK}_{link_id}", *([f"{COMMENT}_{comment_id}"] if comment_id else [])]
        found = await self._api.info(*names)
        thing = found.get(names[-1])
        if thing is None or is_gone(thing) or not is_heard(thing):
            return None
        title = found.get(names[0], {}).get("title", "")
        return read_post({"link_title": title, **thing})


def _lists(options: RedditOptions) -> tuple[tuple[str, Query], ...]:
    """Return what is walked (https://www.reddit.com/dev/api/)."""
    limit = ("limit", str(PAGE))
    room = f"/r/{options.subreddit.removeprefix('r/')}" if options.subreddit else ""
    if options.listen == "subreddit":
        return (f"{room}/new", [limit]), (f"{room}/comments", [limit])
    if options.listen == "mentions":
        return (("/message/mentions", [limit]),)
    within = [("restrict_sr", "true")] if room else []
    return ((f"{room}/search", [("q", options.query), ("sort", "new"), ("type", "link"), *within, limit]),)


def _ids_in(url: str) -> tuple[str, str]:
    """Return the ids of the post and of the comment in an address of Reddit, or nothing."""
    if short := _SHORT.fullmatch(pasted(url, ("redd.it", "www.redd.it")).path):
        return short[1].lower(), ""
    found = _COMMENTS.fullmatch(pasted(url, ("reddit.com", "*.reddit.com")).path)
    return (found[1].lower(), (found[2] or "").lower()) if found else ("", "")
