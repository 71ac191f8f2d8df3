"""Answering as our Page, once (https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api).

All answers to a comment stand in one row below it: whoever answers one of these answers in that row, and a comment that
answers is no parent. LinkedIn knows no idempotency: what cannot be told to have arrived is looked for in the row, among
what our Page wrote there since it was looked at, by its words. What stands below the post of somebody else, LinkedIn
may not show us: then a person is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sources.base import CannotLook
from bot.sources.kinds.linkedin.api import LinkedInApi
from bot.sources.kinds.linkedin.posts import Thing, above, created, read_comment, text_of, urn_of, writer_of
from bot.sources.kinds.linkedin.urns import Comment, address_of, is_post, read_urn
from bot.sources.kinds.linkedin.verdicts import MAX_CHARACTERS, PASSING
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.replying import edited, facts_of, fitting, read_context, unless_answered, words
from handlers.base.charter import ReplyRules
from handlers.base.replying import (
    Allowed,
    Gone,
    Handoff,
    Outcome,
    Parent,
    ParentState,
    Published,
    Unclear,
)
from handlers.text.weights import without_links

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 10
# So many replies of ours from before the send are told apart from what was sent.
KNOWN = 50
# By so much the clocks of two of LinkedIn's machines may differ.
SKEW_MS = 60_000


class LinkedInReplies:
    """The answering half of one Page."""

    def __init__(self, api: LinkedInApi) -> None:
        """Take the API."""
        self._api = api

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether it is known below which post it stands."""
        if is_post(string(facts_of(parent), "thread")):
            return Allowed()
        return Handoff(parent.url, "Dibs does not know below which post on LinkedIn it stands.")

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, may be answered, and was not answered by us without our knowing.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
        """
        thread, number = (string(facts_of(parent), name) for name in ("thread", "comment"))
        told: Thing = {}
        top: Comment | None = None
        if number:
            urn = Comment(thread, number)
            told = await self._api.comment(urn) or {}
            if not told:
                return Gone("It was deleted on LinkedIn, or our Page may not see it any more.")
            top = above(told) or urn
        if not await self._api.is_open(thread):
            return Gone("Comments are closed under the post.")
        row = await self._api.below(top.urn if top else thread, LOOK_PAGES)
        below = sorted(row[0] if row else [], key=created)
        ours = [one for one in below if writer_of(one) == self._api.us]
        seen = {
            "object": string(told, "object") if is_post(string(told, "object")) else thread,
            "parent": top.urn if top else "",
            "known": [one.number for one in map(urn_of, ours[-KNOWN:]) if one is not None],
            "after": max(map(created, [told, *below])) - SKEW_MS,
        }
        context = json.dumps(seen)
        change = edited(parent, read_comment(told, Comment(thread, number)), context) if number else None
        # What stands there longer than the comment does answers another one.
        answers = [answer for one in ours if created(one) >= created(told) and (answer := urn_of(one)) is not None]
        standing = ((answer.name, address_of(answer, top)) for answer in answers)
        return change or unless_answered(parent, standing, context, who="Our Page")

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text, with what is needed to look for it.

        Raises:
            ValueError: It is too long.
        """
        text = fitting(text, RULES, "LinkedIn")
        seen = read_context(context, "object", "parent", "known", "after")
        request: dict[str, Any] = {"actor": self._api.us, "object": seen["object"], "message": {"text": text}}
        request |= {"parentComment": seen["parent"]} if seen["parent"] else {}
        below = seen["parent"] or string(facts_of(parent), "thread")
        stored = {"send_id": send_id, "below": below, "known": seen["known"], "after": seen["after"]}
        return json.dumps(stored | {"request": request})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable: It was certainly not sent (LinkedIn asks for a rest, no connection).
            SourceRefused: It was certainly not sent, and a person has to mend something.
            MaybeSent: It may stand there.
        """
        stored = json.loads(prepared)
        answer = await self._api.send(stored["below"], stored["request"])
        if (no := self._api.rest.no(answer)) is not None:
            # That one passes by itself: what a look does not find is sent again.
            return replace(no, refused=False) if isinstance(no, Unclear) and no.why == PASSING else no
        made = _made(answer, stored)
        return self._published(made, stored) if made is not None else Unclear(self._api.rest.not_ours)

    async def find_published(self, prepared: str) -> Published | None:
        """Look through the row for what our Page wrote there since, and reads as what was sent.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: Our account is not let in.
            CannotLook: LinkedIn does not show our Page what stands there, or not all of it.
        """
        stored = json.loads(prepared)
        row = await self._api.below(stored["below"], LOOK_PAGES)
        for one in row[0] if row else []:
            made = urn_of(one)
            fresh = made is not None and made.number not in stored["known"] and created(one) >= stored["after"]
            if fresh and made is not None and writer_of(one) == self._api.us and _alike(one, stored["request"]):
                return self._published(made, stored)
        if row is None or not row[1]:
            raise CannotLook("LinkedIn does not show our Page all that stands there.")
        return None

    def _published(self, made: Comment, stored: Mapping[str, Any]) -> Published:
        return Published(made.name, address_of(made, read_urn(stored["below"])))


def _made(answer: Answer, stored: Mapping[str, Any]) -> Comment | None:
    """Return what was made: its whole name stands in the body, or its number in a header alone."""
    told = answer.headers.get("x-restli-id", "").strip()
    made = urn_of(answer.object) or read_urn(told)
    number = told if told.isdecimal() and told.isascii() else string(answer.object, "id")
    if made is not None or not (number.isdecimal() and number.isascii() and len(number) <= 20):
        return made
    parent = read_urn(stored["below"])
    return Comment(parent.thread if parent is not None else stored["below"], number)


def _alike(comment: Thing, request: Mapping[str, Any]) -> bool:
    """Say whether a comment reads as what was sent, whatever LinkedIn made of its links."""
    said, sent = (words(without_links(text, "↗")) for text in (text_of(comment), request["message"]["text"]))
    return said == sent
