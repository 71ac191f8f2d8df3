"""Asking LinkedIn as one Page (https://learn.microsoft.com/linkedin/marketing/community-management).

URNs in a path are escaped whole, and what Rest.li writes between them is not: ``List(COMMENT)`` escaped is refused.
Each request names the version of the API that it means.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.linkedin.options import LinkedInOptions, sign_in
from bot.sources.kinds.linkedin.urns import Comment
from bot.sources.kinds.linkedin.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.fields import Thing
from bot.sources.kit.json import objects, string, whole
from bot.sources.kit.oauth2 import signed_in
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

# So few notifications at once, since each takes up to three calls, and what a poll has done is kept when it is through.
NOTIFICATIONS, COMMENTS = 10, 100
# So long LinkedIn keeps notifications.
KEPT_MS = 60 * 86_400_000
ADMINISTRATOR = "ADMINISTRATOR"


class LinkedInApi:
    """LinkedIn, asked with the account of somebody who administers our Page."""

    def __init__(self, config: SourceConfig[LinkedInOptions], tools: SourceTools) -> None:
        """Take the Page; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account; or a token would
                go out in the clear.
        """
        self.us = config.options.urn
        self._number = config.options.organization
        variables = secret_variables(config.kind, config.name)
        self.rest = signed_in(config.options.base_url, sign_in(config.options), VERDICTS, config, tools, variables)

    async def notifications(
        self, actions: Sequence[str], start: int, since: int, until: int
    ) -> tuple[list[Thing], int]:
        """Return a page of what happened between two moments, and where the next one begins, 0 = this was the last.

        Moments are in milliseconds since 1970; ``since`` 0 = as far back as LinkedIn knows, which is 60 days.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.rest.Rest.find`` does; so do all that ask.
        """
        path = (
            f"/rest/organizationalEntityNotifications?q=criteria&actions=List({','.join(actions)})"
            f"&organizationalEntity={_escaped(self.us)}&start={start}&count={NOTIFICATIONS}"
        )
        span = f"&timeRange=(start:{max(since, until - KEPT_MS)},end:{until})" if since else ""
        found = await self._elements(path + span) or []
        return found, start + NOTIFICATIONS if len(found) >= NOTIFICATIONS else 0

    async def comment(self, comment: Comment) -> Thing | None:
        """Return a comment; None where it is gone, or not for our eyes."""
        return await self.rest.find(f"{_actions(comment.thread)}/{comment.number}")

    async def below(self, urn: str, most_pages: int) -> tuple[list[Thing], bool]:
        """Return what stands below a post or a comment, as far as we may see it, and whether that is all."""
        found = list[Thing]()
        for page in range(most_pages):
            listed = await self._elements(f"{_actions(urn)}?start={page * COMMENTS}&count={COMMENTS}")
            found += listed or []
            if listed is None or len(listed) < COMMENTS:
                return found, listed is not None
        return found, False

    async def is_open(self, thread: str) -> bool:
        """Say whether a post takes comments; one of which LinkedIn does not tell it does, as far as we know."""
        told = await self.rest.find(f"/rest/socialMetadata/{_escaped(thread)}") or {}
        return string(told, "commentsState") != "CLOSED"

    async def send(self, below: str, comment: Mapping[str, Any]) -> Answer:
        """Comment once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(_actions(below), json=comment, bucket=WRITING)

    async def prove(self) -> Proof:
        """Return what our Page is called, which roles whoever signed in has there, and until when that lasts."""
        found = await self._elements("/rest/organizationAcls?q=roleAssignee&state=APPROVED&start=0&count=100")
        roles = [string(one, "role") for one in found or [] if self.us in _organizations(one)]
        page = await self.rest.find(f"/rest/organizations/{self._number}") or {}
        lack = Lack(
            sentence=f"Who signed in does not administer the Page {self._number}.",
            mend="Let somebody sign in who does, or make them a super admin of it.",
            hears=True,
        )
        return Proof(
            who=one_line(string(page, "localizedName"), 60) or self.us,
            rights=tuple(one_line(role, 60) for role in roles[:10]),
            until=(await self.rest.credential.get()).ends_at,
            lacks=() if ADMINISTRATOR in roles else (lack,),
        )

    async def _elements(self, path: str) -> list[Thing] | None:
        answer = await self.rest.find(path)
        return None if answer is None else objects(answer.get("elements"))


def number_of(notification: Thing) -> str:
    """Return by what a notification is known; empty where it has no number."""
    told = whole(notification, "notificationId")
    return str(told) if told else string(notification, "notificationId")[:30]


def _organizations(role: Thing) -> set[str]:
    return {string(role, "organization"), string(role, "organizationTarget"), string(role, "organizationalTarget")}


def _actions(urn: str) -> str:
    return f"/rest/socialActions/{_escaped(urn)}/comments"


def _escaped(urn: str) -> str:
    return quote(urn, safe="")
