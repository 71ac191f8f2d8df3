"""Answering with a comment, once (https://developer.wordpress.org/rest-api/reference/comments/#create-a-comment).

What is sent is HTML there: so the words are escaped, and below them stands the mark of this reply, a comment of HTML,
which WordPress keeps (wp_kses_split2) and shows nobody. It refuses the same words below the same comment from the same
account, and the mark makes that exact: what comes twice is the same reply. Moderators may hold it, throw it away, or
call it spam; who may not write posts there is not shown that, and then nobody can be asked but a person.

It takes answers to comments that are in the trash, too: so the parent is looked at just before.
"""

import html

from bot.net.errors import SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.wordpress.api import WordPressApi
from bot.sources.kinds.wordpress.posts import FIELDS, Comment, Page, id_of, is_shown, post_of, read_comment, user_of
from bot.sources.kinds.wordpress.verdicts import MAX_BYTES
from bot.sources.kit.json import mapping, string
from bot.sources.kit.marks import bears_mark, marked
from bot.sources.kit.own_replies import Json, Seen
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published, Refused
from handlers.text.graphemes import utf8_bytes

# What is left for words beside the mark.
RULES = ReplyRules(by_api=True, limit=MAX_BYTES - 125, unit="bytes", marked=True)
_STANDING = ("approved", "hold")
_NOT_SHOWN = {
    "spam": "The site takes it for spam; its moderators find it under Comments, Spam.",
    "trash": "The moderators of the site threw it away.",
    "post-trashed": "The post that it stands under was thrown away.",
}


class WordPressReplies:
    """What a site has of its own."""

    rules, taker, who, needs = RULES, "", "Our account", ("post", "me")

    def __init__(self, api: WordPressApi) -> None:
        """Take the site."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether there is no account, or the post took no comments when we heard this one."""
        if not self._api.has_account:
            return Handoff(parent.url, f"Dibs has no account for {self._api.home}.")
        if not parent.external_id.isdecimal():
            return Handoff(parent.url, "This is no comment of WordPress.")
        return Handoff(parent.url, "Comments are closed under the post.") if facts.get("open") is False else None

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        me = await self._api.me()
        comment = await self._api.one(f"/comments/{parent.external_id}", [("_fields", FIELDS)])
        if comment is None or not is_shown(comment):
            return Gone("The comment was deleted, or the site shows it to nobody any more.")
        page = (await self._api.pages([comment])).get(post_of(comment))
        if page is None:
            return Gone("The post under which it stands is not public any more.")
        if not page.takes_comments:
            return Gone("Comments are closed under the post.")
        # A post that has another title now is no edit of what was said below it.
        now = read_comment(comment, Page(parent.title or page.title, takes_comments=True))
        ours, _ = await self._ours(me, parent.external_id)
        standing = [one for one in ours if string(one, "status") in _STANDING]
        answers = [(str(one["id"]), string(one, "link")) for one in standing]
        return Seen(now=now, context={"post": comment["post"], "me": me}, ours=answers)

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says; WordPress counts it as HTML, and with its mark."""
        content = marked(html.escape(text.strip(), quote=False), send_id)
        if (size := utf8_bytes(content)) > MAX_BYTES:
            raise ValueError(f"As HTML it has {size:,} bytes, and WordPress takes {MAX_BYTES:,}.")
        comment = {"post": seen["post"], "parent": int(parent.external_id), "content": content}
        return {"me": seen["me"], "comment": comment}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        return self._api.rest.outcome(await self._api.send(stored["comment"]), _made)

    async def find(self, stored: Json) -> Published | Refused | None:
        """Look for its mark among what our account wrote below the parent, in sight or not."""
        ours, all_of_it = await self._ours(stored["me"], str(stored["comment"]["parent"]))
        for one in ours:
            if bears_mark(string(mapping(one.get("content")), "rendered"), stored["send_id"]):
                return _outcome(one)
        if not all_of_it:
            raise CannotLook(
                f"Nobody sees it on {self._api.home}, and our account there is not shown what waits for moderators; "
                "as a contributor it would be."
            )
        return None

    async def _ours(self, me: int, parent: str) -> tuple[list[Comment], bool]:
        """Return what our account wrote below a comment, the newest first, and whether that is all of it."""
        query = [("parent", parent), ("order", "desc"), ("_fields", FIELDS)]
        listed = await self._api.listed("/comments", [("status", "any"), ("author", str(me)), *query])
        may_see = listed is not None
        listed = listed or await self._api.listed("/comments", query)
        if listed is None:
            raise SourceUnavailable(f"{self._api.home} does not show what stands below the comment.")
        found, more = listed
        return [one for one in found if user_of(one) == me], may_see and not more


def _made(told: Comment) -> Published | Refused | None:
    return _outcome(told) if id_of(told) else None


def _outcome(comment: Comment) -> Published | Refused:
    status = string(comment, "status")
    if status in _STANDING:
        return Published(str(comment["id"]), string(comment, "link"), held=status == "hold")
    return Refused(_NOT_SHOWN.get(status, "The site took it, and shows it to nobody."))
