"""Asking the Graph API for what stands on a Page (https://developers.facebook.com/docs/graph-api/reference/page/feed).

One field that is not known, or not for us, fails the whole request: so comments and posts are each asked for their own.
"""

from bot.net.errors import SourceRefused
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Thing, id_of, seconds
from bot.sources.kinds.facebook.verdicts import HEARS, REPLIES, SUBSCRIBES, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.meta import ident, page_rest
from bot.sources.kit.meta_account import held_token, lacking, uncalled
from bot.sources.kit.meta_lists import Listed, by_few, listed
from bot.sources.kit.paging import back_to, gathered
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

# An answer has 2 MiB at most. A comment may come to 48 kB, a post to 380: where people write much, fewer are asked for.
PAGE, FEW = 25, 3
BELOW = 40
FIELDS = ("feed", "mention")
_ANOTHER = (
    "The token in {} is that of {}, and page says {}: it has to be the token of the Page itself, and not that of a "
    "person."
)
_COMMENTS = "comments.filter(stream).order(reverse_chronological).limit({})"


class FacebookApi:
    """One Page, asked with its token."""

    def __init__(self, config: SourceConfig[FacebookOptions], tools: SourceTools) -> None:
        """Take which Page; nothing is asked yet.

        Raises:
            OptionError: There is no token, or it would go out in the clear.
        """
        self.page = config.options.page
        self._variable = secret_variables(config.kind, config.name)["access_token"]
        self.rest = page_rest(config.options.base_url, VERDICTS, config, tools, self._variable, network="Facebook")

    async def listed(self, edge: str, cursor: str) -> tuple[list[Thing], str]:
        """Return a page of posts, with the newest comments of those in the feed, and where the next page begins.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The token is not taken, lacks a right, or is none of this Page.
        """

        async def ask(at: str, most: int) -> Listed:
            beside = f",{_COMMENTS.format(most)}{{{COMMENT_FIELDS}}}" if edge == "feed" else ""
            asked = [("fields", POST_FIELDS + beside), ("limit", str(most))]
            return await listed(self.rest, f"/{self.page}/{edge}", asked, at)

        if (found := await by_few(ask, cursor, PAGE, FEW)) is None:
            raise SourceRefused(f"Facebook shows us no Page {self.page}: compare it with the Page of {self._variable}.")
        return [one for one in found[0] if id_of(one)], found[1]

    async def thing(self, name: str) -> Thing | None:
        """Return a comment, or a post of our Page, as it is now; None where it is gone, or not for us.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        fields = POST_FIELDS if name.startswith(f"{self.page}_") else COMMENT_FIELDS
        found = await self.rest.find(f"/{name}", [("fields", fields)])
        return found if found is not None and id_of(found) else None

    async def below(
        self, name: str, since: float, most_pages: int, *, nested: bool = False
    ) -> tuple[list[Thing], bool]:
        """Return the comments below a post or in a thread that came since a moment, and whether that is all.

        They are asked for newest first, and only a page that is in that order ends the look. ``nested``: and what
        answers them.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        order = [("fields", COMMENT_FIELDS), ("order", "reverse_chronological"), ("limit", str(BELOW))]
        order += [("filter", "stream")] if nested else []

        async def page(cursor: str) -> tuple[list[Thing], str]:
            return await listed(self.rest, f"/{name}/comments", order, cursor) or ([], "")

        found, complete = await gathered(back_to(page, seconds, since), most_pages)
        return [one for one in found if id_of(one) and seconds(one) >= since], complete

    async def comment(self, thread: str, text: str) -> Answer:
        """Write a comment, once. What is to be shown of it is not asked for: that could fail what was made.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(f"/{thread}/comments", form={"message": text}, bucket=WRITING)

    async def prove(self, *, rung: bool) -> Proof:
        """Return which Page the token is of, what it may do as far as it says so, and until when.

        ``rung`` says that there is a hook: whether Facebook calls it is asked, too.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does; also where it is that of another Page.
        """
        me = await self.rest.find("/me", [("fields", "id,name")]) or {}
        name, into = one_line(string(me, "name"), 60), f" for {self._variable}; the page of this kind says how."
        if ident(me, "id") != self.page:
            raise SourceRefused(_ANOTHER.format(self._variable, name or "nobody", self.page))
        token = await held_token(self.rest)
        wanted = (token.app, FIELDS, _UNCALLED, SUBSCRIBES)
        unheard = await uncalled(self.rest, self.page, *wanted) if rung else _NO_HOOK
        lacks = (*lacking(token, HEARS, (REPLIES,), into), *([unheard] if unheard else []))
        return Proof(who=name, rights=token.rights, until=token.until, lacks=lacks)


_UNCALLED = ("The Page", "what is said below older posts is not heard.")
_NO_HOOK = Lack(
    sentence="No webhook is agreed: what is said below older posts is not heard.",
    mend="Set the secret of the application and a verify token, and follow the page of this kind.",
)
