"""Answering as our Page, once (https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api).

All answers to a comment stand in one row below it: whoever answers one of these answers in that row, and a comment that
answers is no parent. LinkedIn knows no idempotency: what cannot be told to have arrived is looked for in the row, among
what our Page wrote there since it was looked at, by its words. What stands below the post of somebody else, LinkedIn
may not show us: then a person is asked.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sources.base import CannotLook
from bot.sources.kinds.linkedin.api import LinkedInApi
from bot.sources.kinds.linkedin.posts import above, created, number_of, read_comment, text_of, urn_of, writer_of
from bot.sources.kinds.linkedin.urns import Comment, address_of, is_post, read_urn
from bot.sources.kinds.linkedin.verdicts import MAX_CHARACTERS, PASSING
from bot.sources.kit.answer import Answer
from bot.sources.kit.fields import Thing
from bot.sources.kit.json import string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.own_words import OwnWords
from bot.sources.kit.replying import but_links, facts_of
from handlers.base.charter import ReplyRules
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published, Unclear

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
LOOK_PAGES = 10
# So many replies of ours from before the send are told apart from what was sent.
KNOWN = 50
OWN = OwnWords(name=number_of, at=created, says=text_of, skew=60_000, most=KNOWN, reads=but_links)


class LinkedInReplies:
    """What a Page has of its own."""

    rules, taker, who, needs = RULES, "LinkedIn", "Our Page", ("object", "parent", "known", "after")

    def __init__(self, api: LinkedInApi) -> None:
        """Take the API."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether it is not known below which post it stands."""
        known = is_post(string(facts, "thread"))
        return None if known else Handoff(parent.url, "Dibs does not know below which post on LinkedIn it stands.")

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says."""
        thread, number = string(facts, "thread"), string(facts, "comment")
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
        row, _ = await self._api.below(top.urn if top else thread, LOOK_PAGES)
        ours = self._ours(row)
        where = string(told, "object") if is_post(string(told, "object")) else thread
        answers = [answer for one in OWN.later(told, ours) if (answer := urn_of(one)) is not None]
        return Seen(
            now=read_comment(told, Comment(thread, number)) if number else None,
            context={"object": where, "parent": top.urn if top else ""} | OWN.kept(told, ours, row),
            ours=[(answer.name, address_of(answer, top)) for answer in answers],
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the comment, as ``Place`` says."""
        request: dict[str, Any] = {"actor": self._api.us, "object": seen["object"], "message": {"text": text}}
        request |= {"parentComment": seen["parent"]} if seen["parent"] else {}
        below = seen["parent"] or string(facts_of(parent), "thread")
        return {"below": below, "known": seen["known"], "after": seen["after"], "request": request}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._api.send(stored["below"], stored["request"])
        if (no := self._api.rest.no(answer)) is not None:
            # That one passes by itself: what a look does not find is sent again.
            return replace(no, refused=False) if isinstance(no, Unclear) and no.why == PASSING else no
        made = _made(answer, stored)
        return self._published(made, stored) if made is not None else Unclear(self._api.rest.not_ours)

    async def find(self, stored: Json) -> Published | None:
        """Look through the row for what our Page wrote there since, and reads as what was sent."""
        row, whole = await self._api.below(stored["below"], LOOK_PAGES)
        sent = OWN.sent(stored["request"]["message"]["text"], stored, self._ours(row))
        if sent is not None and (made := urn_of(sent)) is not None:
            return self._published(made, stored)
        if not whole:
            raise CannotLook("LinkedIn does not show our Page all that stands there.")
        return None

    def _ours(self, row: list[Thing]) -> list[Thing]:
        return [one for one in row if writer_of(one) == self._api.us]

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
