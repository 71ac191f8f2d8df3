"""People: everybody is learned at start, on their events and nightly; whom we do not know is looked up.

Members, guests and user groups come from Slack as they are; which department that means is for dibs.toml. People from
other workspaces (in shared channels) and bots are written down when they are met, as what they are, so that they are
refused from then on without asking.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed
from bot.chat.slack.settings import SETTINGS
from bot.chat.slack.wire.channels import pages, patiently
from bot.chat.slack.wire.client import Api, Json, Refused
from bot.chat.slack.wire.payloads import Malformed, Person, string
from bot.chat.slack.wire.workspace import Workspace
from handlers.base.clocks import Told as Whom
from handlers.base.command import Who
from handlers.base.errors import NotAllowed
from handlers.people.accounts import Account, learn_account, sync_members
from handlers.people.people import admit
from handlers.text.bounds import MAX_NAME, clip
from storage.engine.database import Session
from storage.people import identities, people
from storage.people.identities import Told
from storage.tables.states import IdentityKind

# So long a gesture waits for a look-up, or for a card that is just being posted; a platform gives up later.
PATIENCE_SECONDS = 1.5
_AT_ONCE = 25
_OFF = ("missing_scope", "plan_upgrade_required", "paid_teams_only", "not_allowed_token_type", "feature_not_enabled")
_NOBODY = ("user_not_found", "user_not_visible", "users_not_found")

log = logging.getLogger("dibs.slack")


class WhoIsThis(Exception):
    """Somebody acts whom we neither know nor can look up now; Slack will deliver it again."""


class People:
    """Knows who is who in one workspace."""

    def __init__(self, api: Api, workspace: Workspace, backend: Backend, patience: float) -> None:
        self._api = api
        self._workspace = workspace
        self._backend = backend
        self._patience = patience
        self.learned = False
        self.off: dict[str, str] = {}
        self._groups: dict[str, list[tuple[str, str, str]]] = {}

    async def learn_all(self) -> None:
        """Learn everybody and every user group, then put people into departments.

        Raises:
            DeliveryFailed: Slack could not be asked; what was learned before stays.
        """
        await self._learn_members()
        self.learned = True
        await self.learn_groups()

    async def learn_groups(self) -> None:
        """Learn the user groups, then put people into departments."""
        await self.read_groups()
        await self.sync()

    async def read_groups(self) -> None:
        """Ask for the user groups with all their members, in one call."""
        try:
            answer = await patiently(self._api, "usergroups.list", include_users=True)
        except Refused as refused:
            self._switch_off("user groups", refused)
            return
        self.off.pop("user groups", None)
        team = self._workspace.team
        there = [group for group in answer.get("usergroups") or () if not group.get("date_delete")]
        self._groups = {
            str(group.get("handle")): [("slack", team, str(user)) for user in group.get("users") or ()]
            for group in there
        }
        self._workspace.groups = {str(group.get("handle")): str(group.get("id")) for group in there}

    async def sync(self) -> None:
        """Put people into departments by what dibs.toml says."""
        groups, organisation = self._groups, self._backend.organisation
        await self._backend.tx(lambda session: sync_members(session, organisation, groups))

    def unknown_groups(self) -> list[str]:
        """Return the user groups that dibs.toml names and Slack does not."""
        departments = self._backend.organisation.departments
        called = [rung.name for one in departments for rung in one.targets.ladder if rung.to == Whom.GROUP]
        entries = [*called, *(entry for one in departments for entry in one.members)]
        named = {entry.removeprefix("@") for entry in entries if entry.startswith("@")}
        return sorted(named - self._groups.keys())

    async def learn(self, users: Iterable[Json]) -> bool:
        """Write down what Slack tells of these accounts; False when nothing of it was new."""
        accounts = [account for user in users if (account := self._account(user)) is not None]
        before = await self._backend.read(lambda session: self._snapshot(session, accounts))
        fresh = [one for one in accounts if before.get(one.external_id) != _facts(one) and self._worth(one, before)]
        for start in range(0, len(fresh), _AT_ONCE):  # in small steps: gestures wait for the same writer
            some = fresh[start : start + _AT_ONCE]
            await self._backend.tx(partial(_learn_all, accounts=some, now=self._backend.clock.now()))
        return bool(fresh)

    async def look_up(self, account: str) -> IdentityKind:
        """Ask Slack who this is and write it down.

        Raises:
            DeliveryFailed: Slack could not be asked, or does not tell.
        """
        answer = await self._api.call("users.info", user=account)
        user = answer.get("user")
        found = self._account(user if isinstance(user, dict) else {})
        if found is None:
            raise Refused("users.info", "user_not_found")
        now = self._backend.clock.now()
        await self._backend.tx(lambda session: learn_account(session, found, now))
        return found.kind

    async def who(self, person: Person, *, shared: bool = False) -> Who:
        """Return the account as handlers want it, looking it up only if we do not know it and the gesture is silent.

        Raises:
            WhoIsThis: Nothing is known, and Slack will deliver the gesture again.
        """
        kind = IdentityKind.MEMBER
        foreign = bool(person.team) and not self._workspace.is_ours(person.team)
        if foreign and not self._workspace.enterprise:
            kind = IdentityKind.OUTSIDER
        elif person.account == "USLACKBOT":
            kind = IdentityKind.BOT
        elif (foreign or not (person.certain and self.learned)) and not await self._is_known(person.account):
            # In an organisation of several workspaces, somebody of another one may well be our own.
            kind = await self._ask(person, shared=shared, foreign=foreign)
        return Who(
            platform="slack",
            workspace=self._workspace.team,
            external_id=person.account,
            name=person.name,
            kind=kind,
            channel=person.channel,
            types=SETTINGS.types,
        )

    async def get_to_know(self, account: str) -> None:
        """Look up somebody who acted and was not known, and put them where they belong."""
        await self.look_up(account)
        await self.sync()

    async def meet(self, accounts: Sequence[str]) -> None:
        """See to it that we know whom a command names, so that nobody from outside is taken for one of us."""
        for account in accounts:
            if not await self._is_known(account):
                kind = await self._ask(Person(account=account))
                if kind == IdentityKind.MEMBER and not await self._is_known(account):
                    # Slack names them, and cannot be asked: they may own as they may claim.
                    who = Who(platform="slack", workspace=self._workspace.team, external_id=account)
                    with suppress(NotAllowed):  # who was forgotten is nobody
                        await self._backend.tx(partial(admit, who=who, organisation=self._backend.organisation))

    async def _ask(self, person: Person, *, shared: bool = False, foreign: bool = False) -> IdentityKind:
        try:
            async with asyncio.timeout(self._patience):
                return await self.look_up(person.account)
        except Refused as refused:
            if refused.code in _NOBODY or shared:
                return IdentityKind.OUTSIDER
        except (DeliveryFailed, TimeoutError):
            if person.retried:
                raise WhoIsThis from None
        return IdentityKind.OUTSIDER if foreign else IdentityKind.MEMBER

    async def _is_known(self, account: str) -> bool:
        team = self._workspace.team
        return await self._backend.read(lambda session: people.known(session, "slack", team, account)) is not None

    async def _learn_members(self) -> None:
        some: list[Json] = []
        try:
            async for user in pages(self._api, "users.list", "members"):
                some.append(user)
                if len(some) >= _AT_ONCE * 20:
                    await self.learn(some)
                    some = []
        except Refused as refused:
            self._switch_off("people", refused)
        else:
            self.off.pop("people", None)
        await self.learn(some)

    def _switch_off(self, feature: str, refused: Refused) -> None:
        if refused.code not in _OFF:
            raise refused
        self.off[feature] = refused.code
        log.warning("Slack does not tell of %s: %s. Dibs goes on without.", feature, refused.code)

    def _account(self, user: Json) -> Account | None:
        try:
            account = string(user, "id")
        except Malformed:
            return None
        kind = self._kind(user)
        profile = user.get("profile")
        profile = profile if isinstance(profile, dict) else {}
        name = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or user.get("name")
        email = profile.get("email") if user.get("is_email_confirmed", True) is True else None
        ours = kind in (IdentityKind.MEMBER, IdentityKind.GUEST)
        return Account(
            platform="slack",
            workspace=self._workspace.team,
            external_id=account,
            name=clip(str(name or account), MAX_NAME),
            email=str(email) if email else None,
            timezone=str(user.get("tz") or "") or None,
            kind=kind,
            active=ours and user.get("deleted") is not True,
        )

    def _kind(self, user: Json) -> IdentityKind:
        grid = user.get("enterprise_user")
        enterprise = str(grid.get("enterprise_id") or "") if isinstance(grid, dict) else ""
        # Where both belong to an organisation, that alone decides: it is whose employee they are.
        belongs = enterprise if enterprise and self._workspace.enterprise else str(user.get("team_id") or "")
        home = self._workspace.is_ours(belongs)
        if user.get("is_stranger") or not home:
            return IdentityKind.OUTSIDER
        if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
            return IdentityKind.BOT
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return IdentityKind.GUEST
        return IdentityKind.MEMBER

    @staticmethod
    def _worth(account: Account, before: dict[str, Told]) -> bool:
        """Those who left, bots and strangers are only of interest when we know them."""
        return account.active or account.external_id in before

    def _snapshot(self, session: Session, accounts: Sequence[Account]) -> dict[str, Told]:
        return identities.told(session, "slack", self._workspace.team, [one.external_id for one in accounts])


def _learn_all(session: Session, accounts: Sequence[Account], now: datetime) -> None:
    for one in accounts:
        learn_account(session, one, now)


def _facts(account: Account) -> Told:
    email = account.email.strip().lower() if account.email and account.kind == IdentityKind.MEMBER else None
    return Told(account.kind, account.name, email, account.timezone, account.active)
