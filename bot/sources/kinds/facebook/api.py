"""Asking the Graph API for what stands on a Page (https://developers.facebook.com/docs/graph-api/reference/page/feed).

One field that is not known, or not for us, fails the whole request: so comments and posts are each asked for their own.
"""

from collections.abc import AsyncIterator, Mapping

from bot.net.errors import SourceRefused
from bot.net.fetching import WRITING
from bot.sources.kinds.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Thing, id_of, seconds
from bot.sources.kinds.facebook.verdicts import HEARS, REPLIES, SUBSCRIBES
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.meta import ident
from bot.sources.kit.meta_account import look_at_token, uncalled
from bot.sources.kit.meta_lists import Listed, by_few, listed
from bot.sources.kit.paging import each, goes_back
from bot.sources.kit.rest import Rest
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line

# An answer has 2 MiB at most. A comment may come to 48 kB, a post to 380: where people write much, fewer are asked for.
PAGE, FEW = 25, 3
BELOW = 40
FIELDS = ("feed", "mention")
_SO_MUCH = "So many comments stand there that our own cannot be looked for."
_COMMENTS = "comments.filter(stream).order(reverse_chronological).limit({})"


class FacebookApi:
    """One Page, asked with its token."""

    def __init__(self, rest: Rest[Mapping[str, str]], page: str, token: str, variable: str) -> None:
        """Take the API, the number of our Page, its token, and the variable that holds it."""
        self.rest = rest
        self.page = page
        self._token = token
        self._variable = variable

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

    async def thing(self, name: str, *, is_post: bool) -> Thing | None:
        """Return a comment or a post as it is now; None where it is gone, or not for us.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        found = await self.rest.find(f"/{name}", [("fields", POST_FIELDS if is_post else COMMENT_FIELDS)])
        return found if found is not None and id_of(found) else None

    async def below(self, name: str, since: float, most_pages: int, *, nested: bool = False) -> AsyncIterator[Thing]:
        """Yield the comments below a post or in a thread that came since a moment; ``nested``: and what answers them.

        They are asked for newest first, and only a page that is in that order ends the look.

        Raises:
            TooMany: There are more than that.
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        order = [("fields", COMMENT_FIELDS), ("order", "reverse_chronological"), ("limit", str(BELOW))]
        order += [("filter", "stream")] if nested else []

        async def page(cursor: str) -> tuple[list[Thing], str]:
            found, following = await listed(self.rest, f"/{name}/comments", order, cursor) or ([], "")
            return found, "" if goes_back([*map(seconds, found)], since) else following

        async for one in each(page, most_pages, _SO_MUCH):
            if id_of(one) and seconds(one) >= since:
                yield one

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
        name = one_line(string(me, "name"), 60)
        if ident(me, "id") != self.page:
            raise SourceRefused(
                f"The token in {self._variable} is that of {name or 'nobody'}, and page says {self.page}: it has to be "
                "the token of the Page itself, and not that of a person."
            )
        token = await look_at_token(self.rest, self._token)
        lacks: list[Lack | None] = [
            self._lack(right) for right in (*HEARS, REPLIES) if token.rights and right not in token.rights
        ]
        wanted = (token.app, FIELDS, _UNCALLED, SUBSCRIBES)
        lacks += [await uncalled(self.rest, self.page, *wanted) if rung else _NO_HOOK]
        return Proof(who=name, rights=token.rights, until=token.until, lacks=tuple(filter(None, lacks)))

    def _lack(self, right: str) -> Lack:
        what = "hears nothing" if right in HEARS else "answers nothing"
        mend = f"Make a token with {right} for {self._variable}; the page of this kind says how."
        return Lack(sentence=f"The token lacks {right}: Dibs {what}.", mend=mend, hears=right in HEARS)


_UNCALLED = ("The Page", "what is said below older posts is not heard.")
_NO_HOOK = Lack(
    sentence="No webhook is agreed: what is said below older posts is not heard.",
    mend="Set the secret of the application and a verify token, and follow the page of this kind.",
)
