"""Answering on X, once (https://docs.x.com/x-api/posts/create-post).

X lets an application answer whoever mentions or quotes its account, and nobody else: other posts are answered by hand,
in the window that X opens for it. It knows no idempotency: what cannot be told to have arrived is looked for among what
our account wrote since, by what it answers and what it says. X puts the names of those whom it answers before it there.
"""

import re
import unicodedata

from bot.sources.kinds.x.api import XApi
from bot.sources.kinds.x.posts import SITE, Me, Post, address, first_id, read_post, referred, spelt_out
from bot.sources.kinds.x.verdicts import NOT_SUMMONED
from bot.sources.kit.json import mapping, string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import SO_MUCH, each
from bot.sources.kit.replying import but_links, facts_of, named
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=280, unit="weighted characters")
LOOK_PAGES = 5
_SPOKEN_TO = re.compile(r"\A(?:@[A-Za-z0-9_]{1,15}\s+)+")


class XReplies:
    """What X has of its own."""

    rules, taker, who, needs = RULES, "X", "Our account", ("to", "since", "me")

    def __init__(self, api: XApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Return where a person answers whoever did not speak to us."""
        if facts.get("summoned") is True:
            return None
        return Handoff(f"{SITE}/intent/post?in_reply_to={_target(parent)}", NOT_SUMMONED)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        me = await self._api.me()
        shown = await self._api.current(_target(parent))
        if shown is None:
            return Gone("It was deleted on X, or is not public any more.")
        one = shown.posts[0]
        ours = (await self._api.ours(parent.external_id)).posts
        to, newest = string(one, "id"), string(ours[0], "id") if ours else parent.external_id
        answers = [first_id(own) for own in ours if referred(own, "replied_to") in {to, parent.external_id}]
        return Seen(
            now=read_post(one, shown, me),
            context={"to": to, "since": newest, "me": [me.id, me.username]},
            ours=[(name, address(name, me.username)) for name in answers],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the request, as ``Place`` says; X takes no empty one."""
        if not text:
            raise ValueError("The reply is empty.")
        request = {"text": text, "reply": {"in_reply_to_tweet_id": seen["to"]}}
        return {"request": request, "since": seen["since"], "me": seen["me"]}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""

        def made(told: Post) -> Published | None:
            name = string(mapping(told.get("data")), "id")
            return named(name, address(name, stored["me"][1]))

        return self._api.rest.outcome(await self._api.send(stored["request"]), made)

    async def find(self, stored: Json) -> Published | None:
        """Look through what our account wrote since for one that answers the same post and reads as what was sent."""
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
    return but_links(_SPOKEN_TO.sub("", text))
