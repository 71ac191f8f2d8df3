"""Asking YouTube (https://developers.google.com/youtube/v3/docs), and what each request costs.

A list costs one unit a page, a reply fifty; searches are counted apart, a hundred a day. A page may hold twenty things
though a hundred were asked for.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from bot.net.errors import SourceRefused
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.youtube.account import API, sign_in
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.posts import HELD, id_of, inline_of, is_public, is_shown, seconds, snippet, top_of
from bot.sources.kinds.youtube.verdicts import VERDICTS, quota_gone
from bot.sources.kit.answer import Answer
from bot.sources.kit.fields import Thing
from bot.sources.kit.json import objects, string
from bot.sources.kit.oauth2 import signed_in
from bot.sources.kit.paging import back_to, gathered
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from handlers.base.budget import Budget, Unit, Window
from handlers.base.cards import one_line

SEARCHING = "searching"
REPLY_COST = 50
# So many threads are asked for by their ids at once.
TOGETHER = 50
_PLAIN = ("textFormat", "plainText")
_MOST = ("maxResults", "100")
BUDGETS = (
    Budget(
        unit=Unit("unit", "units"),
        most=10_000,
        window=Window.PACIFIC_DAY,
        buckets=("", WRITING),
        for_replies=0.2,
        tells=quota_gone,
    ),
    Budget(
        unit=Unit("search", "searches"),
        most=100,
        window=Window.PACIFIC_DAY,
        buckets=(SEARCHING,),
        tells=quota_gone,
    ),
)


class YouTubeApi:
    """YouTube, asked as one channel."""

    def __init__(self, config: SourceConfig[YouTubeOptions], tools: SourceTools, variables: Mapping[str, str]) -> None:
        """Take the channel; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account.
        """
        self.us = config.options.channel
        self.rest = signed_in(
            config.options.base_url.rstrip("/") + API, sign_in(config.options), VERDICTS, config, tools, variables
        )

    async def newest(self, cursor: str, moderation: str = "") -> tuple[list[Thing], str]:
        """Return a page of our channel's threads, the newest first, and where the next one begins.

        Args:
            cursor: Where it begins; empty = at the newest.
            moderation: "heldForReview" or "likelySpam" for those that hold something which was held back.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.rest.Rest.find`` does; so do all that ask.
        """
        query = [("allThreadsRelatedToChannelId", self.us), ("order", "time"), _MOST]
        query += [("moderationStatus", moderation)] if moderation else []
        return await self._page("/commentThreads", [*_PARTS, *query, _PLAIN], cursor)

    async def threads(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Return at most fifty threads by their ids; what is gone is left out.

        One that is gone may cost the whole answer (commentThreadNotFound): the halves are asked then.
        """
        found, _ = await self._page("/commentThreads", [*_PARTS, ("id", ",".join(ids)), _PLAIN])
        if not found and len(ids) > 1:
            half = len(ids) // 2
            return await self.threads(ids[:half]) | await self.threads(ids[half:])
        return {id_of(one): one for one in found}

    async def shown(self, thread_id: str, comment_id: str) -> tuple[Thing, Thing] | None:
        """Return a comment behind its thread; None where it is gone, or not everybody sees it."""
        thread = (await self.threads([thread_id])).get(thread_id)
        if thread is None or not is_public(thread):
            return None
        found = [top_of(thread)]
        if comment_id != thread_id:
            found, _ = await self._page("/comments", [_SNIPPET, ("id", comment_id), _PLAIN])
        return next(((thread, one) for one in found if id_of(one) == comment_id and is_shown(one)), None)

    async def below(self, thread_id: str, most_pages: int, since: float = 0.0) -> tuple[list[Thing], bool]:
        """Return what stands in a thread below its first comment, and whether that is all.

        Since a moment, with some of what is older: YouTube shows the newest first, and nowhere says so.
        """
        ask = partial(self._page, "/comments", [_SNIPPET, ("parentId", thread_id), _MOST, _PLAIN])
        return await gathered(back_to(ask, seconds, since), most_pages)

    async def held_below(self, thread_id: str, most_pages: int) -> tuple[list[Thing], bool]:
        """Return what was held back in a thread, and whether all was looked through that was held back anywhere."""
        lists = [await gathered(partial(self.newest, moderation=one), most_pages) for one in sorted(HELD)]
        threads = [one for each, _ in lists for one in each if id_of(one) == thread_id]
        return [one for thread in threads for one in inline_of(thread)], all(whole for _, whole in lists)

    async def search(self, query: str) -> list[Thing]:
        """Return the newest videos for a query, as the search knows them."""
        asked = [_SNIPPET, ("q", query), ("type", "video"), ("order", "date"), ("maxResults", "50")]
        found, _ = await self._page("/search", asked, bucket=SEARCHING)
        return found

    async def reply(self, thread_id: str, text: str) -> Answer:
        """Send a reply once; what it answers is always the thread.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        body = {"snippet": {"parentId": thread_id, "textOriginal": text}}
        return await self.rest.send("/comments?part=snippet", json=body, bucket=WRITING, cost=REPLY_COST)

    async def prove(self) -> Proof:
        """Return as which channel we are let in; as another than the configured one, replies would be that one's.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.rest.Rest.find`` does.
        """
        mine, _ = await self._page("/channels", [_SNIPPET, ("mine", "true")])
        if not mine:
            raise SourceRefused("Who signed in has no channel: sign in anew, and choose the channel where Google asks.")
        us = next((one for one in mine if id_of(one) == self.us), mine[0])
        lack = Lack(
            sentence=f"Who signed in has the channel {one_line(string(us, 'id'), 60)}, and dibs.toml says {self.us}.",
            mend="Sign in as that channel, or change `channel`.",
            hears=True,
        )
        who = one_line(string(snippet(us), "title"), 60)
        return Proof(who=who, lacks=() if string(us, "id") == self.us else (lack,))

    async def _page(self, path: str, query: Query, cursor: str = "", *, bucket: str = "") -> tuple[list[Thing], str]:
        asked = [*query, *([("pageToken", cursor)] if cursor else [])]
        answer = await self.rest.find(path, asked, bucket=bucket) or {}
        return [one for one in objects(answer.get("items")) if snippet(one)], string(answer, "nextPageToken")


_SNIPPET = ("part", "snippet")
_PARTS: Query = (("part", "snippet,replies"),)
