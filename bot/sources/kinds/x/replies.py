"""Answering on X, once (https://docs.x.com/x-api/posts/create-post).

X lets an application answer whoever mentions or quotes its account, and nobody else: other posts are answered by hand,
in the window that X opens for it. It knows no idempotency: what cannot be told to have arrived is looked for among what
our account wrote since, by what it answers and what it says. X puts the names of those whom it answers before it there.
"""

import json
import re
import unicodedata

from bot.sources.kinds.x.api import XApi
from bot.sources.kinds.x.posts import SITE, Me, Post, address, first_id, is_public, read_post, referred, spelt_out
from bot.sources.kinds.x.verdicts import NOT_SUMMONED
from bot.sources.kit.json import mapping, string
from bot.sources.kit.paging import SO_MUCH, each
from bot.sources.kit.replying import edited, facts_of, fitting, named, read_context, unless_answered, words
from handlers.base.charter import ReplyRules
from handlers.base.replying import Allowed, Gone, Handoff, Outcome, Parent, ParentState, Published
from handlers.text.weights import without_links

RULES = ReplyRules(by_api=True, limit=280, unit="weighted characters")
LOOK_PAGES = 5
_SPOKEN_TO = re.compile(r"\A(?:@[A-Za-z0-9_]{1,15}\s+)+")


class XReplies:
    """The answering half of one X source."""

    def __init__(self, api: XApi) -> None:
        """Take the API."""
        self._api = api

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether its author spoke to us."""
        if facts_of(parent).get("summoned") is True:
            return Allowed()
        return Handoff(f"{SITE}/intent/post?in_reply_to={_target(parent)}", NOT_SUMMONED)

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, and was not answered by us without our knowing.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        me = await self._api.me()
        shown = await self._api.current(_target(parent))
        if shown is None or not is_public(shown.posts[0], shown):
            return Gone("It was deleted on X, or is not public any more.")
        one = shown.posts[0]
        ours = (await self._api.ours(parent.external_id)).posts
        to, newest = string(one, "id"), string(ours[0], "id") if ours else parent.external_id
        context = json.dumps({"to": to, "since": newest, "me": [me.id, me.username]})
        answers = [first_id(own) for own in ours if referred(own, "replied_to") in {to, parent.external_id}]
        return edited(parent, read_post(one, shown, me), context) or unless_answered(
            parent, [(name, address(name, me.username)) for name in answers], context
        )

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text, with what is needed to look for it.

        Raises:
            ValueError: It is empty or too long.
        """
        text = fitting(text, RULES, "X")
        if not text:
            raise ValueError("The reply is empty.")
        seen = read_context(context, "to", "since", "me")
        request = {"text": text, "reply": {"in_reply_to_tweet_id": seen["to"]}}
        return json.dumps({"send_id": send_id, "request": request, "since": seen["since"], "me": seen["me"]})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable: It was certainly not sent (X asks for a rest, no connection, the budget is spent).
            SourceRefused: It was certainly not sent, and a person has to mend something.
            MaybeSent: It may stand there.
        """
        stored = json.loads(prepared)

        def made(told: Post) -> Published | None:
            name = string(mapping(told.get("data")), "id")
            return named(name, address(name, stored["me"][1]))

        return self._api.rest.outcome(await self._api.send(stored["request"]), made)

    async def find_published(self, prepared: str) -> Published | None:
        """Look through what our account wrote since for one that answers the same post and reads as what was sent.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        stored = json.loads(prepared)
        request, me = stored["request"], Me(*stored["me"])

        async def page(following: str) -> tuple[list[Post], str]:
            shown = await self._api.ours(stored["since"], following)
            return list(shown.posts), shown.following

        async for one in each(page, LOOK_PAGES, SO_MUCH):
            answered = referred(one, "replied_to") == request["reply"]["in_reply_to_tweet_id"]
            if answered and _reads(spelt_out(one)[0]) == _reads(request["text"]):
                return Published(first_id(one), address(first_id(one), me.username))
        return None


def _target(parent: Parent) -> str:
    """Return the latest state of a post that we know of."""
    return string(facts_of(parent), "id") or parent.external_id


def _reads(text: str) -> str:
    """Return a text as it compares: without those whom it speaks to first, and whatever X made of its links."""
    text = unicodedata.normalize("NFC", text.strip())
    return words(without_links(_SPOKEN_TO.sub("", text), "↗"))
