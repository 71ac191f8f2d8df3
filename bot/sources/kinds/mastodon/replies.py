"""Answering on Mastodon, once (https://docs.joinmastodon.org/methods/statuses/#create).

The request carries an Idempotency-Key, which Mastodon heeds for an hour and some compatible servers not at all. So our
own statuses are looked through, too: those that are newer than the newest which we had just before the send, answer
the same status, and read the same.

The reply begins with the author's handle, without which nobody there is told of it. It was put there before anybody
read the reply (``handlers.text.handles``); here it is only looked for. It goes to no wider circle than what it answers.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from bot.sources.kinds.mastodon.api import LINK_LENGTH, MAX_CHARACTERS, Account, MastodonApi
from bot.sources.kinds.mastodon.posts import full_handle, order, read_status, same_host
from bot.sources.kit.html import read_markup
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.paging import SO_MUCH, each
from bot.sources.kit.replying import edited, named, read_context, unless_answered
from bot.sources.kit.rest import Query
from handlers.base.charter import ReplyRules, length
from handlers.base.replying import Allowed, Gone, Handoff, Outcome, Parent, ParentState, Published
from handlers.text.bounds import MAX_TEXT
from handlers.text.handles import addressed, is_handle, without_handles

RULES = ReplyRules(
    by_api=True, limit=MAX_CHARACTERS, unit="graphemes", link_length=LINK_LENGTH, addressed=True, link_card=True
)
LOOK_PAGES = 25
_WIDTHS = ("public", "unlisted", "private", "direct")

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a check saw, and ``prepare`` needs.

    Attributes:
        id: Our instance's id of the status that is answered.
        acct: The name by which its author is spoken to on our instance.
        after: Our own newest status, or the one that is answered when we had none: the reply will be newer.
    """

    id: str
    acct: str
    visibility: str
    me: str
    after: str
    limit: int
    link_length: int


class MastodonReplies:
    """The answering half of one Mastodon source."""

    def __init__(self, api: MastodonApi) -> None:
        """Take the instance."""
        self._api = api

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether there is a token to answer with."""
        if self._api.has_token:
            return Allowed()
        return Handoff(parent.url, f"Dibs has no access token for {self._api.home} ({self._api.variable}).")

    async def check(self, parent: Parent) -> ParentState:
        """Look whether the status stands as we know it, and whether our account answered it without our knowing.

        A status that our instance does not know by this id is fetched again by its address: the source may have
        another instance now.

        Raises:
            SourceUnavailable: It cannot be seen now.
            SourceRefused: The token is not taken.
        """
        me = await self._api.account()
        status = await self._current(parent)
        if status is None:
            return Gone("The post was deleted, or our account may not see it any more.")
        context = await self._context(status, me)
        now = read_status(status, self._api.home, self._api.files)
        return edited(parent, now, context, "The author edited the post.") or unless_answered(
            parent, await self._answers(string(status, "id"), me), context
        )

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request as text.

        Raises:
            ValueError: It is longer than this instance takes, or does not speak to its author as they are called now.
        """
        seen = _Seen(**read_context(context, *(one.name for one in fields(_Seen))))
        status = text.strip()
        if not is_handle(seen.acct):
            raise ValueError("The author has no name that can be answered here; answer by hand.")
        if addressed(status, seen.acct, self._api.home) != status:
            raise ValueError(f"Nobody there is told of it: @{seen.acct} does not stand in it. Begin it with that.")
        counted = length(status, replace(RULES, link_length=seen.link_length))
        if counted > seen.limit:
            raise ValueError(
                f"With the author's name it has {counted} characters, and {self._api.home} takes {seen.limit}."
            )
        request = {"status": status, "in_reply_to_id": seen.id, "visibility": seen.visibility}
        return json.dumps({"send_id": send_id, "me": seen.me, "after": seen.after, "request": request})

    async def publish(self, prepared: str) -> Outcome:
        """Send it once.

        Raises:
            SourceUnavailable: It was certainly not sent (429, no connection).
            SourceRefused: It was certainly not sent, and the token or the address has to be mended.
            MaybeSent: It may stand there.
        """
        stored = json.loads(prepared)
        answer = await self._api.send("/api/v1/statuses", stored["request"], {"idempotency-key": stored["send_id"]})
        return await self._api.outcome(answer, lambda told: named(string(told, "id"), _address(told)))

    async def find_published(self, prepared: str) -> Published | None:
        """Look through our own statuses, from the newest before the send on.

        Raises:
            SourceUnavailable: They cannot be seen now.
            SourceRefused: The token is not taken.
        """
        stored = json.loads(prepared)
        request = stored["request"]

        async def since(cursor: str) -> tuple[list[Status], str]:
            after = cursor or stored["after"]
            page = await self._own(stored["me"], [("min_id", after), ("limit", "40")])
            newest = max([after, *(string(status, "id") for status in page)], key=order)
            return page, newest if newest != after else ""

        async for status in each(since, LOOK_PAGES, SO_MUCH):
            if string(status, "in_reply_to_id") == request["in_reply_to_id"] and _reads(status, request["status"]):
                return Published(string(status, "id"), _address(status))
        return None

    async def _current(self, parent: Parent) -> Status | None:
        status = await self._api.status(parent.external_id)
        if not parent.url or (status is not None and same_host(_address(status), parent.url)):
            return status
        return await self._api.resolve(parent.url)

    async def _context(self, status: Status, me: Account) -> str:
        instance = await self._api.instance()
        own = await self._own(me.id, [("limit", "1")])
        account = mapping(status.get("account"))
        visibility = string(status, "visibility")
        seen = _Seen(
            id=string(status, "id"),
            acct=string(account, "acct") or full_handle(account, self._api.home),
            # A width that only other servers know is taken for the narrowest.
            visibility=visibility if visibility in _WIDTHS else "direct",
            me=me.id,
            after=string(own[0], "id") if own else string(status, "id"),
            limit=instance.limit,
            link_length=instance.link_length,
        )
        return json.dumps(asdict(seen))

    async def _own(self, me: str, query: Query) -> list[Status]:
        path = f"/api/v1/accounts/{quote(me, safe='')}/statuses"
        return objects(await self._api.get(path, [("exclude_reblogs", "true"), *query]))

    async def _answers(self, status_id: str, me: Account) -> list[tuple[str, str]]:
        """Return our answers, by id and address (https://docs.joinmastodon.org/entities/Context/)."""
        context = await self._api.find(f"/api/v1/statuses/{quote(status_id, safe='')}/context")
        return [
            (string(one, "id"), _address(one))
            for one in objects((context or {}).get("descendants"))
            if string(one, "in_reply_to_id") == status_id and string(mapping(one.get("account")), "id") == me.id
        ]


def _reads(status: Status, sent: str) -> bool:
    """Say whether a status reads as what we sent: by its letters and digits, since servers set marks differently."""
    shown = read_markup(string(status, "content")[: 4 * MAX_TEXT]).text
    return _letters(shown) == _letters(sent)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, without_handles(text))).casefold()


def _address(status: Status) -> str:
    return string(status, "url") or string(status, "uri")
