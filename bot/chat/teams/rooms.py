"""Rooms: where the bot may speak, as Teams tells it once, with updates when it is installed, and cannot be asked later.

A team's first channel bears the team's id, so they are one room here. What is known is kept in the database; in memory
is only by which address each room was heard of last, so that an ordinary activity costs no write.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed, PlaceRefused, TryLater, Unclear
from bot.chat.teams.room_facts import TEAMS, came_into, channel_told, room_of, team_of
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.activity import Incoming, Kind
from bot.chat.teams.wire.connector import Conversation
from handlers.channels.placement import park_lane
from storage.channels import lanes, messages, rooms
from storage.channels.messages import person_in
from storage.channels.rooms import RoomFacts
from storage.engine.database import Session
from storage.people import people
from storage.tables.states import LaneState, RoomKind

UNINSTALLED = "The app was removed from this team. Add it there again, and the cards come back."
DELETED = "The channel was deleted. Restore it in Teams, or name another one in dibs.toml."
LEFT = "The app was removed from this chat. Add it again, and what waits is told."
UNKNOWN = "Teams has not told us yet where it is: install the app in a team, or write to the bot."
_PROBE_EVERY = timedelta(minutes=2)
_GONE = ("channelDeleted", "teamDeleted", "teamHardDeleted")
_BACK = ("channelCreated", "channelRenamed", "channelRestored", "teamRenamed", "teamRestored", "teamUnarchived")
_MOST_TEAMS = 500
_MOST_HEARD = 20_000

log = logging.getLogger("dibs.teams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What an update says of us: the place that the bot came into, or left, and whether it did."""

    room: RoomFacts
    into: bool


class Rooms:
    """Knows where the bot may speak, and what became of it where it may no longer."""

    def __init__(self, backend: Backend, wall: Wall, settings: TeamsSettings) -> None:
        self._backend = backend
        self._wall = wall
        self._settings = settings
        self._heard: dict[str, str] = {}

    async def hear(self, incoming: Incoming) -> Came | None:
        """Learn what an activity says of places; returns what became of us, where it tells that."""
        told = room_of(incoming)
        if told is None:
            return None
        into = came_into(incoming)
        if into is not None:
            return await self._moved(incoming, told, into=into)
        if incoming.kind == Kind.CONVERSATION_UPDATE and incoming.event in (*_GONE, *_BACK):
            await self._changed(incoming, told)
            return None
        return await self._overheard(incoming, told)

    async def _overheard(self, incoming: Incoming, told: RoomFacts) -> Came | None:
        """Learn from whatever else is said where a room is; a team of which nobody told us is one that we came into."""
        if self._heard.get(told.external_id) == told.address:
            return None
        if len(self._heard) >= _MOST_HEARD:
            self._heard.clear()
        self._heard[told.external_id] = told.address
        team = team_of(incoming, told)
        new = await self._learn(*([team] if team is not None else [])) > 0
        if team is None or team.external_id != told.external_id:
            await self._learn(told)
        return Came(room=team, into=True) if new and team is not None else None

    async def conversation(self, channel: str) -> Conversation:
        """Return where to speak for a lane: a channel (``19:…``), or ``@<directory id>`` for a person's chat.

        Raises:
            PlaceRefused: The bot was removed from there.
            TryLater: Teams has not told yet where anything is.
            DeliveryFailed: A person's chat is not known, and Teams does not open it.
        """
        if account := person_in(channel):
            return await self._direct(account)
        here, team, spare = await self._backend.read(lambda session: self._look(session, channel))
        if why := _refusal(here, team):
            raise PlaceRefused(why)
        if here is not None and here.address:
            return Conversation(service_url=here.address, id=channel, tenant=here.tenant)
        if spare is None:
            raise TryLater(UNKNOWN)
        return Conversation(service_url=spare.address, id=channel, tenant=spare.tenant)

    async def all_rooms(self) -> list[RoomFacts]:
        """Return all that is known."""
        return await self._backend.read(lambda session: rooms.of_platform(session, TEAMS))

    async def teams(self) -> list[Conversation]:
        """Return the teams in which the bot is."""
        return [
            Conversation(service_url=one.address, id=one.external_id, tenant=one.tenant)
            for one in await self.all_rooms()
            if one.kind == RoomKind.TEAM and one.present and one.address
        ][:_MOST_TEAMS]

    async def learn_channels(self) -> None:
        """Ask for the channels of every team where the bot is; what cannot be asked now stays as it was."""
        for team in await self.teams():
            await self.learn_channels_of(team)

    async def learn_channels_of(self, team: Conversation) -> None:
        """Ask for the channels of one team."""
        try:
            listed = await self._wall.channels(team)
        except DeliveryFailed as failure:
            log.info("Teams did not list the channels of a team: %s", failure.reason)
            return
        found = [
            RoomFacts(
                platform=TEAMS,
                external_id=one.id,
                kind=RoomKind.CHANNEL,
                name=one.name,
                parent=team.id,
                tenant=team.tenant,
                address=team.service_url,
            )
            for one in listed
            if one.id != team.id
        ]
        await self._learn(*found)

    async def lost_homes(self) -> dict[str, str]:
        """Return the homes where the bot is not any more, with the reason, by their name."""

        def look(session: Session) -> dict[str, str]:
            lost: dict[str, str] = {}
            for home in people.homes(session):
                if home.platform == TEAMS:
                    here, team, _ = self._look(session, home.channel)
                    if why := _refusal(here, team):
                        lost[home.name or home.channel] = why
            return lost

        return await self._backend.read(look)

    async def _direct(self, account: str) -> Conversation:
        tenants = self._tenants()

        def look(session: Session) -> tuple[RoomFacts | None, RoomFacts | None]:
            return rooms.direct(session, TEAMS, account), rooms.anywhere(session, TEAMS, tenants)

        known, spare = await self._backend.read(look)
        if known is not None and not known.present:
            raise PlaceRefused(LEFT)
        if known is not None:
            return Conversation(service_url=known.address, id=known.external_id, tenant=known.tenant)
        if spare is None:
            raise TryLater(UNKNOWN)
        try:
            opened = await self._wall.converse(spare.address, spare.tenant, account)
        except Unclear as unclear:  # nothing was posted: only the conversation was opened
            raise TryLater(unclear.reason, unclear.retry_after) from None
        await self._learn(
            RoomFacts(
                platform=TEAMS,
                external_id=opened.id,
                kind=RoomKind.DIRECT,
                tenant=spare.tenant,
                address=spare.address,
                account=account,
            )
        )
        return opened

    def _tenants(self) -> tuple[str, ...]:
        """Return whose rooms serve: in development any, where none is named."""
        return (self._settings.tenant.lower(),) if self._settings.tenant else ()

    def _look(self, session: Session, channel: str) -> tuple[RoomFacts | None, RoomFacts | None, RoomFacts | None]:
        """Return what is known of a channel, of its team, and any other room where the bot is."""
        here = rooms.get(session, TEAMS, channel)
        team = rooms.get(session, TEAMS, here.parent) if here is not None and here.parent else None
        return here, team, rooms.anywhere(session, TEAMS, self._tenants())

    async def _learn(self, *found: RoomFacts) -> int:
        """Write down rooms; returns of how many something was new."""
        now = self._backend.clock.now()

        def write(session: Session) -> int:
            return sum(rooms.learn(session, one, now) for one in found)

        return await self._backend.tx(write) if found else 0

    async def _moved(self, incoming: Incoming, told: RoomFacts, *, into: bool) -> Came:
        """The bot came into a place, or was removed from it; a team's channels come and go with it."""
        team = team_of(incoming, told)
        place = team or told
        now = self._backend.clock.now()

        def write(session: Session) -> None:
            if into:
                for one in {told.external_id: told, place.external_id: place}.values():
                    rooms.learn(session, one, now)
                self._try_again(session, place, now)
            else:
                rooms.learn(session, replace(place, present=False), now)
                self._stop(session, place, LEFT if place.kind == RoomKind.DIRECT else UNINSTALLED, now)

        await self._backend.tx(write)
        self._heard.clear()  # should nobody tell that we are back, the next that is said in any of its rooms does
        return Came(room=place, into=into)

    async def _changed(self, incoming: Incoming, told: RoomFacts) -> None:
        """A channel or a team was made, renamed, deleted or restored."""
        now, gone = self._backend.clock.now(), incoming.event in _GONE
        team = team_of(incoming, told)
        place = (team or told) if incoming.event.startswith("team") else channel_told(incoming, told)

        def write(session: Session) -> None:
            rooms.learn(session, replace(place, present=not gone), now)
            if gone:
                self._stop(session, place, UNINSTALLED if place.kind == RoomKind.TEAM else DELETED, now)
            else:
                self._try_again(session, place, now)

        await self._backend.tx(write)
        self._heard.clear()

    def _stop(self, session: Session, place: RoomFacts, why: str, now: datetime) -> None:
        """Park the lanes of a place, so that its cards stand in the fallback home at once."""
        for channel in _lanes_of(session, place):
            lane = messages.lane_of(session, TEAMS, channel)
            if lane is not None:
                park_lane(session, self._backend.organisation, lane.id, why, now, now + _PROBE_EVERY)

    def _try_again(self, session: Session, place: RoomFacts, now: datetime) -> None:
        """Let delivery see at once whether a place takes messages again, and whatever else may have waited for it.

        A channel that was never heard of may be one of a team's, so with a team all that is parked is tried.
        """
        mine = set(_lanes_of(session, place))
        for lane in messages.lanes(session):
            if lane.platform != TEAMS or lane.state != LaneState.PARKED:
                continue
            if lane.channel in mine or (place.kind == RoomKind.TEAM and not person_in(lane.channel)):
                lanes.probe_later(session, lane.id, now)


def _lanes_of(session: Session, place: RoomFacts) -> Iterable[str]:
    """Return the lanes that lead to a place."""
    if place.kind == RoomKind.DIRECT:
        return [f"@{place.account}"] if place.account else []
    if place.kind == RoomKind.TEAM:
        return [place.external_id, *(one.external_id for one in rooms.within(session, TEAMS, place.external_id))]
    return [place.external_id]


def _refusal(here: RoomFacts | None, team: RoomFacts | None) -> str:
    """Say why nothing can be said in a channel any more; nothing when it can, as far as we know."""
    if team is not None and not team.present:
        return UNINSTALLED
    if here is not None and not here.present:
        return UNINSTALLED if here.kind == RoomKind.TEAM else DELETED
    return ""
