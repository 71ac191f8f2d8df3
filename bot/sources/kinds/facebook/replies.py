"""Answering below a Page's post, once (https://developers.facebook.com/docs/graph-api/reference/object/comments).

An answer to a comment stands in the thread of the first comment, whomever it answers there. Facebook knows no
idempotency: what cannot be told to have arrived is looked for in the thread, among what our Page wrote there since, by
its words. Below posts that are not on our Page a person answers.
"""

from collections.abc import Callable
from datetime import datetime

from bot.net.errors import SourceUnavailable
from bot.sources.kinds.facebook.api import FacebookApi
from bot.sources.kinds.facebook.posts import (
    address,
    id_of,
    named,
    read_comment,
    seconds,
    writer_id,
)
from bot.sources.kinds.facebook.verdicts import MAX_CHARACTERS
from bot.sources.kit.fields import by_hand
from bot.sources.kit.json import string
from bot.sources.kit.meta import ident
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.replying import facts_of, words
from bot.sources.kit.replying import named as stands
from bot.sources.kit.talk import Said, Talk
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 50
# So many comments of ours from before the send are told apart from what was sent.
KNOWN = 40
# By so much the clocks of two of Facebook's machines may differ.
SKEW_SECONDS = 60.0
_BY_HAND = (
    ("!thread", "Dibs does not know where on Facebook it stands."),
    ("closed", "Facebook does not let our Page comment there."),
)


class FacebookReplies:
    """What a Page has of its own."""

    rules, taker, who, needs = RULES, "Facebook", "Our Page", ("known", "since")

    def __init__(self, api: FacebookApi, talk: Talk, now: Callable[[], datetime]) -> None:
        """Take the API, what was said, and the clock."""
        self._api = api
        self._talk = talk
        self._now = now

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it does not stand on our Page, or may not be commented on."""
        if string(facts, "thread") and string(facts, "post").partition("_")[0] != self._api.page:
            return Handoff(parent.url, "It does not stand on our Page; elsewhere a person answers, as the Page.")
        return by_hand(parent, facts, _BY_HAND)

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        thread, post_id = string(facts, "thread"), string(facts, "post")
        thing = await self._api.thing(parent.external_id)
        now = read_comment(thing, post_id) if thing is not None else None
        if thing is None or now is None:
            return Gone("It was deleted on Facebook, or hidden there.")
        if thing.get("can_comment") is False:
            return Gone("Facebook does not let our Page comment there any more.")
        there, _ = await self._api.below(thread, seconds(thing) - SKEW_SECONDS, LOOK_PAGES)
        ours = [one for one in there if writer_id(one) == self._api.page]
        latest = max(map(seconds, [thing, *ours]))
        # What stands there longer than the post does answers another one.
        answers = [id_of(one) for one in ours if seconds(one) >= seconds(thing)]
        to_them = [one for one in answers if not self._talk.is_to_another(one, parent.author_id)]
        return Seen(
            now=now,
            context={"known": [id_of(one) for one in ours][:KNOWN], "since": latest - SKEW_SECONDS},
            ours=[(one, address(post_id, one, thread)) for one in to_them],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the words and where they go, as ``Place`` says."""
        facts = facts_of(parent)
        told = {"thread": facts["thread"], "post": facts["post"], "to": parent.author_id}
        return {"text": text, "seen": seen, **told}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._api.comment(stored["thread"], stored["text"])
        return self._api.rest.outcome(answer, lambda told: self._found(named(ident(told, "id")), stored))

    async def find(self, stored: Json) -> Published | None:
        """Look in the thread for what our Page wrote there since, and reads as what was sent.

        Who wrote a comment is not always told; the same words, and later than the send, are taken for ours then.
        """
        seen = stored["seen"]
        there, complete = await self._api.below(stored["thread"], seen["since"], LOOK_PAGES)
        for one in there:
            ours = writer_id(one) in ("", self._api.page) and id_of(one) not in seen["known"]
            to_others = self._talk.is_to_another(id_of(one), stored["to"])
            if ours and not to_others and words(string(one, "message")) == words(stored["text"]):
                return self._found(id_of(one), stored)
        if not complete:
            raise SourceUnavailable("So many comments stand there that our own cannot be looked for.")
        return None

    def _found(self, name: str, stored: Json) -> Published | None:
        if name:
            self._talk.say(Said(self._now().timestamp(), name, stored["thread"], stored["to"]))
        return stands(name, address(stored["post"], name, stored["thread"]))
