"""Answering on Mastodon, once (https://docs.joinmastodon.org/methods/statuses/#create).

The request carries an Idempotency-Key, which Mastodon heeds for an hour and some compatible servers not at all. So our
own statuses are looked through, too: those that are newer than the newest which we had just before the send, answer
the same status, and read the same.

The reply begins with the author's handle, without which nobody there is told of it. It was put there before anybody
read the reply (``handlers.text.handles``); here it is only looked for. It goes to no wider circle than what it answers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from bot.sources.kinds.mastodon.api import LINK_LENGTH, MAX_CHARACTERS, Account, MastodonApi
from bot.sources.kinds.mastodon.posts import full_handle, order, read_status, same_host
from bot.sources.kit.html import read_markup
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.own_replies import Json, Seen
from bot.sources.kit.paging import SO_MUCH, each
from bot.sources.kit.replying import named
from bot.sources.kit.rest import Query
from handlers.base.charter import ReplyRules, length
from handlers.base.replying import Gone, Handoff, Outcome, Parent, Published
from handlers.text.bounds import MAX_TEXT
from handlers.text.handles import addressed, is_handle, without_handles

RULES = ReplyRules(
    by_api=True, limit=MAX_CHARACTERS, unit="graphemes", link_length=LINK_LENGTH, addressed=True, link_card=True
)
LOOK_PAGES = 25
_WIDTHS = ("public", "unlisted", "private", "direct")

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
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
    """What an instance has of its own."""

    rules, taker, who = RULES, "", "Our account"
    needs = tuple(one.name for one in fields(_Context))

    def __init__(self, api: MastodonApi) -> None:
        """Take the instance."""
        self._api = api

    def hand_off(self, parent: Parent, facts: Json) -> Handoff | None:
        """Say whether there is no token to answer with."""
        if self._api.has_token:
            return None
        return Handoff(parent.url, f"Dibs has no access token for {self._api.home} ({self._api.variable}).")

    async def look(self, parent: Parent, facts: Json) -> Seen | Gone:
        """Return how it stands, as ``Place`` says.

        A status that our instance does not know by this id is fetched again by its address: the source may have
        another instance now.
        """
        me = await self._api.account()
        status = await self._current(parent)
        if status is None:
            return Gone("The post was deleted, or our account may not see it any more.")
        return Seen(
            now=read_status(status, self._api.home, self._api.files),
            context=await self._context(status, me),
            ours=await self._answers(string(status, "id"), me),
        )

    def prepared(self, parent: Parent, text: str, seen: Json, send_id: str) -> Json:
        """Return the status, as ``Place`` says; it speaks to its author as they are called now."""
        known, status = _Context(**seen), text.strip()
        if not is_handle(known.acct):
            raise ValueError("The author has no name that can be answered here; answer by hand.")
        if addressed(status, known.acct, self._api.home) != status:
            raise ValueError(f"Nobody there is told of it: @{known.acct} does not stand in it. Begin it with that.")
        counted = length(status, replace(RULES, link_length=known.link_length))
        if counted > known.limit:
            raise ValueError(
                f"With the author's name it has {counted} characters, and {self._api.home} takes {known.limit}."
            )
        request = {"status": status, "in_reply_to_id": known.id, "visibility": known.visibility}
        return {"me": known.me, "after": known.after, "request": request}

    async def send(self, stored: Json) -> Outcome:
        """Send it once, as ``Place`` says."""
        answer = await self._api.send("/api/v1/statuses", stored["request"], {"idempotency-key": stored["send_id"]})
        return await self._api.outcome(answer, lambda told: named(string(told, "id"), _address(told)))

    async def find(self, stored: Json) -> Published | None:
        """Look through our own statuses, from the newest before the send on."""
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

    async def _context(self, status: Status, me: Account) -> Json:
        instance = await self._api.instance()
        own = await self._own(me.id, [("limit", "1")])
        account = mapping(status.get("account"))
        visibility = string(status, "visibility")
        seen = _Context(
            id=string(status, "id"),
            acct=string(account, "acct") or full_handle(account, self._api.home),
            # A width that only other servers know is taken for the narrowest.
            visibility=visibility if visibility in _WIDTHS else "direct",
            me=me.id,
            after=string(own[0], "id") if own else string(status, "id"),
            limit=instance.limit,
            link_length=instance.link_length,
        )
        return asdict(seen)

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
