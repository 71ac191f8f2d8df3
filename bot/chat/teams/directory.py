"""People: everybody in the teams where the bot is, learned at start, nightly and as they come; others when they act.

The workspace is the tenant and an account is the person's id in the directory, which is the same for every bot. What
an activity says of its sender tells no guest from a member, so whom we do not know is looked for among the members of
the conversation first, in a bounded time. Whoever left a team may still be an employee: nobody is switched off here.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed, MessageGone
from bot.chat.kit.background import Errands
from bot.chat.teams.room_facts import TEAMS
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.wire.activity import Account, Incoming
from bot.chat.teams.wire.connector import Conversation, Member
from bot.chat.teams.wire.payloads import kind_of, named, named_in, who_of
from handlers.base.command import Answer, Command, Who
from handlers.people.accounts import Account as KnownAccount
from handlers.people.accounts import learn_account, sync_members
from handlers.text.bounds import MAX_NAME, clip
from storage.engine.database import Session
from storage.people import people
from storage.people.people import KnownPerson
from storage.tables.states import IdentityKind

# So long a gesture waits for a look-up, or for a card that is just being posted; a platform gives up later.
PATIENCE_SECONDS = 1.5
NOT_SEEN = "I could not see in time who you are. Nothing was done; please press again."
STRANGER = (
    "I could not see that this person is in this team. Choose somebody who is, or type their e-mail address to me."
)
_GUEST = "#ext#@"
_AT_ONCE = 25
_MOST_NAMED = 5
_MOST_KEPT = 20_000

log = logging.getLogger("dibs.teams")


class People:
    """Knows who is who in the tenant."""

    def __init__(self, backend: Backend, wall: Wall, rooms: Rooms, errands: Errands, patience: float) -> None:
        self._backend = backend
        self._wall = wall
        self._rooms = rooms
        self._errands = errands
        self._patience = patience
        self._directory: OrderedDict[str, str] = OrderedDict()
        # Who needs no look-up when they act: what they may do is asked in the transaction of what they do, each time.
        self._met: set[tuple[str, str]] = set()

    async def learn_all(self) -> bool:
        """Learn everybody in the teams where the bot is, then put people into departments; False if some was missed."""
        missed = False
        self._met.clear()
        for team in await self._rooms.teams():
            missed |= not await self.learn_members(team)
        await self.sync()
        return not missed

    async def learn_members(self, team: Conversation) -> bool:
        """Learn the members of one team; False when Teams did not tell."""
        try:
            members = await self._wall.members(team)
        except DeliveryFailed as failure:
            log.info("Teams did not tell who is in a team: %s", failure.reason)
            return False
        await self._learn(members, team.tenant)
        return True

    async def sync(self) -> None:
        """Put people into departments by what dibs.toml says; Teams has no user groups that it names."""
        organisation = self._backend.organisation
        await self._backend.tx(lambda session: sync_members(session, organisation, {}))

    async def who(self, incoming: Incoming) -> Who | str:
        """Return who acts, or the sentence that it cannot be seen now; whom we know waits for no network."""
        who = who_of(incoming)
        if who.kind != IdentityKind.MEMBER:
            return who
        if (who.workspace, who.external_id) in self._met:
            return who
        if (known := await self._known(who)) is not None:
            if known.timezone is None and (zone := _zone(incoming.timezone)):
                await self._keep_zone(who, known, zone)
            self._remember(who)
            return who
        try:
            member = await self._member(incoming, incoming.sender.id)
        except (DeliveryFailed, TimeoutError):
            return NOT_SEEN
        if member is None or member.aad != who.external_id:
            return replace(who, kind=IdentityKind.OUTSIDER)
        await self._learn([member], incoming.tenant, _zone(incoming.timezone))
        self._errands.later(self.sync())
        return replace(who, name=who.name or member.name, kind=kind_of(_account(member), incoming.tenant))

    async def named(self, incoming: Incoming) -> dict[str, str]:
        """Return the ids in the directory of those whom a message names; who cannot be seen now is left out."""
        accounts = named(incoming)[:_MOST_NAMED]
        found = {one: self._directory[one] for one in accounts if one in self._directory}
        seen = await asyncio.gather(*(self._seen(incoming, one) for one in accounts if one not in found))
        members = [one for one in seen if one is not None and one.aad]
        await self._learn(members, incoming.tenant)
        return found | {one.id: one.aad for one in members}

    async def meet(self, incoming: Incoming) -> None:
        """Learn who came into a conversation, the bot aside."""
        came = [one.id for one in incoming.members_added if one.id and one.id != incoming.recipient.id][:_AT_ONCE]
        seen = await asyncio.gather(*(self._seen(incoming, one) for one in came))
        members = [one for one in seen if one is not None]
        if members:
            await self._learn(members, incoming.tenant)
            await self.sync()

    async def stranger(self, incoming: Incoming, command: Command) -> Answer | None:
        """Say what is wrong where a command names somebody of whom we know nothing; None where it does not.

        The search for people finds guests as well, and who types an id may type anybody's.
        """
        for field, aad in named_in(command):
            if not await self._is_known_here(incoming, aad):
                return Answer(text=STRANGER, ok=False, fields={field: STRANGER})
        return None

    async def _is_known_here(self, incoming: Incoming, aad: str) -> bool:
        """Say whether somebody is known to us by now; whom we never met is looked for where it was said."""
        if await self._known(replace(who_of(incoming), external_id=aad)) is not None:
            return True
        member = await self._seen(incoming, aad)
        await self._learn([member] if member is not None else [], incoming.tenant)
        return member is not None and member.aad == aad

    async def _seen(self, incoming: Incoming, account: str) -> Member | None:
        try:
            return await self._member(incoming, account)
        except (DeliveryFailed, TimeoutError):
            return None

    async def _member(self, incoming: Incoming, account: str) -> Member | None:
        """Look for somebody where an activity came from; None when nobody in there is that."""
        place = Conversation(service_url=incoming.service_url, id=incoming.place, tenant=incoming.tenant)
        try:
            async with asyncio.timeout(self._patience):
                return await self._wall.member(place, account)
        except MessageGone:
            return None

    async def _known(self, who: Who) -> KnownPerson | None:
        return await self._backend.read(
            lambda session: people.known(session, who.platform, who.workspace, who.external_id)
        )

    def _remember(self, who: Who) -> None:
        if len(self._met) >= _MOST_KEPT:
            self._met.clear()
        self._met.add((who.workspace, who.external_id))

    async def _keep_zone(self, who: Who, known: KnownPerson, zone: str) -> None:
        """Keep where somebody lives, which Teams tells with what they do and with nothing else."""
        told = KnownAccount(
            platform=TEAMS,
            workspace=who.workspace,
            external_id=who.external_id,
            name=known.name,
            timezone=zone,
            kind=IdentityKind(known.kind),
            active=known.account_active,
        )
        now = self._backend.clock.now()
        await self._backend.tx(lambda session: learn_account(session, told, now))

    async def _learn(self, members: Iterable[Member], tenant: str, zone: str | None = None) -> None:
        """Write down whoever is in the directory; those of other tenants too, so that they are refused at once."""
        found = [one for one in members if one.aad]
        for one in found:
            self._directory[one.id] = one.aad
            self._directory.move_to_end(one.id)
        while len(self._directory) > _MOST_KEPT:
            self._directory.popitem(last=False)
        for start in range(0, len(found), _AT_ONCE):  # in small steps: gestures wait for the same writer
            some = found[start : start + _AT_ONCE]
            told = [_told(one, tenant, zone) for one in some]
            await self._backend.tx(partial(_learn_all, accounts=told, now=self._backend.clock.now()))


def _account(member: Member) -> Account:
    """Return a member as an account; Teams was seen to call guests users, but their name in the directory tells.

    https://learn.microsoft.com/entra/external-id/user-properties#user-principal-name
    """
    external = _GUEST in member.principal.lower() and member.role != "anonymous"
    role = "guest" if external else member.role
    return Account(id=member.id, aad_object_id=member.aad, name=member.name, user_role=role, tenant=member.tenant)


def _told(member: Member, tenant: str, zone: str | None) -> KnownAccount:
    kind = kind_of(_account(member), tenant)
    return KnownAccount(
        platform=TEAMS,
        workspace=tenant,
        external_id=member.aad,
        name=clip(member.name, MAX_NAME) or member.aad,
        email=member.email or None,
        timezone=zone,
        kind=kind,
        active=kind in (IdentityKind.MEMBER, IdentityKind.GUEST),
    )


def _learn_all(session: Session, accounts: Sequence[KnownAccount], now: datetime) -> None:
    for one in accounts:
        learn_account(session, one, now)


def _zone(name: str) -> str | None:
    """Return a time zone by its name, if there is one."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
