"""LinkedIn: a company's Page, asked what happened there, rung by its webhook, and answered as.

What happened is told by notifications, which LinkedIn keeps for 60 days: comments below posts of the Page, changed and
deleted ones, and posts that mention it. Each names a comment, which is then looked at: so what is heard is how it reads
now, and whom it answers, which no notification says. A delivery to the hook rings, and brings deletions.

LinkedIn grants few calls a day while an application is on trial, so a notification is looked into once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, Delivered, Greeting, SourceConfig
from bot.sources.kinds.linkedin.api import LinkedInApi, number_of
from bot.sources.kinds.linkedin.options import LinkedInOptions
from bot.sources.kinds.linkedin.posts import (
    above,
    changed,
    comment_of,
    created,
    read_comment,
    read_share,
    read_told,
    spoken_to,
    urn_of,
    writer_of,
)
from bot.sources.kinds.linkedin.replies import LOOK_PAGES, RULES, LinkedInReplies
from bot.sources.kinds.linkedin.urns import Comment, comment_in
from bot.sources.kinds.linkedin.verdicts import PASSING
from bot.sources.kit.build import deleted
from bot.sources.kit.fields import Thing
from bot.sources.kit.handshakes import challenge
from bot.sources.kit.json import objects, string
from bot.sources.kit.kept import kept
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.rows import answered
from bot.sources.kit.signatures import HmacRule, signed_object
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page, keeping
from bot.sources.proof import Proof
from handlers.base.budget import Budget, Unit, Window
from handlers.base.events import Event, Posted

OVERLAP_MS = 3_600_000
# So many notifications are remembered as looked into, the newest.
SEEN = 200
MENTION, DELETED = "SHARE_MENTION", "COMMENT_DELETE"
ACTIONS = ("COMMENT", "COMMENT_EDIT", DELETED, MENTION, "ADMIN_COMMENT")
_SIGNED = HmacRule(header="X-LI-Signature", signed_prefix="hmacsha256=")


@dataclass(slots=True)
class _Kept:
    """What a checkpoint keeps beside the walk: when what was looked into changed last, by its number."""

    seen: dict[str, int] = field(default_factory=dict)


class LinkedIn:
    """One Page that is listened to, and answered as."""

    capabilities = Capabilities(
        polls=True,
        receives=True,
        finds=True,
        reply=RULES,
        network="LinkedIn",
        hosts=("linkedin.com",),
        # What one member has a day while the application is on trial.
        budgets=(Budget(unit=Unit("call", "calls"), most=100, window=Window.UTC_DAY, for_replies=0.3),),
    )

    def __init__(self, config: SourceConfig[LinkedInOptions], tools: SourceTools) -> None:
        """Take the Page; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account.
        """
        self._secret = config.secrets.get("client_secret", "").strip()
        self._clock = tools.clock
        self._api = LinkedInApi(config, tools)
        self._walk = NewestFirst(1, lambda since: max(since - OVERLAP_MS, 1))
        self.replies = OwnReplies(LinkedInReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch a page of notifications, and what they are about; oldest first.

        Raises:
            SourceUnavailable: LinkedIn is not well, or the day's calls are spent.
            SourceRefused: It does not let us in, has not approved the application, or has retired the version.
        """
        seen = kept(_Kept, checkpoint).seen
        batch = await self._walk.poll(checkpoint, {"notifications": partial(self._page, seen)})
        return keeping(batch, seen=dict(sorted(seen.items(), key=lambda one: one[1])[-SEEN:]))

    async def prove(self) -> Proof:
        """Ask which roles whoever signed in has at the Page, and until when that lasts.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove()

    async def find(self, url: str) -> Posted | None:
        """Return the comment at its address; None for other addresses, and for what our Page may not see.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        urn = comment_in(url)
        told = await self._api.comment(urn) if urn is not None else None
        return read_comment(told, urn) if told is not None and urn is not None else None

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Prove to LinkedIn that we know the secret of the application; it asks every two hours.

        Raises:
            HookRefused: What it asks is no challenge.
        """
        return challenge(query, self._secret)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Take a ring, and deletions; likes and what else LinkedIn tells is well, and nothing.

        Raises:
            HookRefused: 401 where it is not signed by LinkedIn, 400 where it is no JSON.
        """
        told = signed_object(headers, raw, [self._secret], now, _SIGNED, unset="The application has no secret.")
        found = [one for one in objects(told.get("notifications")) if string(one, "action") in ACTIONS]
        ours = [one for one in found if string(one, "organizationalEntity") == self._api.us]
        gone = [urn for one in ours if one["action"] == DELETED and (urn := comment_of(one)) is not None]
        return Delivered(
            [deleted(one.name) for one in gone], known_by=sha256(raw).hexdigest(), poll_now=len(ours) > len(gone)
        )

    async def _page(self, seen: dict[str, int], cursor: str, since: int) -> Page[int]:
        """Take a page of notifications, and look at each comment once that one not ``seen`` yet is about."""
        now = int(self._clock.now().timestamp() * 1_000)
        found, following = await self._api.notifications(ACTIONS, int(cursor or 0), since, now)
        entries, heard = list[tuple[int, Event | None]](), set[str]()
        for one in sorted(found, key=changed, reverse=True):
            new = number_of(one) not in seen
            seen[number_of(one)] = changed(one)
            event = await self._event(one, heard) if new else None
            entries.append((changed(one), event))
        return Page(entries, str(following) if following else "")

    async def _event(self, notification: Thing, heard: set[str]) -> Event | None:
        """Return what a notification means; nothing for a comment that a newer one was about."""
        if string(notification, "action") == MENTION:
            return read_share(notification)
        urn = comment_of(notification)
        if urn is None or urn.name in heard:
            return None
        heard.add(urn.name)
        try:
            told = None if string(notification, "action") == DELETED else await self._api.comment(urn)
            return await self._read(told, urn) if told is not None else deleted(urn.name)
        except SourceUnavailable as error:
            if error.reason != PASSING:
                raise
            # It may be for good, and for this one alone: so it is heard as its notification tells it.
            post = read_told(notification, urn)
            return None if post is None or post.author.external_id == self._api.us else post

    async def _read(self, told: Thing, urn: Comment) -> Posted | None:
        """Return a comment with what it answers; what our Page says to nobody is nothing."""
        top, us = above(told), self._api.us
        if top is None:
            return None if writer_of(told) == us else read_comment(told, urn)
        if writer_of(told) == us and not spoken_to(told):
            return read_comment(told, urn, top.name)
        first = await self._api.comment(top) or {}
        row, _ = await self._api.below(top.urn, LOOK_PAGES)
        before = [
            (made.name, writer_of(one))
            for one in sorted(row, key=created)
            if (made := urn_of(one)) is not None and made.name != urn.name and created(one) <= created(told)
        ]
        to = answered(top.name, writer_of(first), before, writer_of(told), us, spoken_to(told))
        return read_comment(told, urn, to)
