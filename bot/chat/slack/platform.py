"""Slack, as the house sees it: connected in the background, so that a Slack that cannot be reached stops nothing.

Until Slack has said who we are, gestures get 503 (Slack delivers them again) and messages wait in their lanes.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.base import DeliveryFailed, Finding, Health, PlaceRefused
from bot.chat.kit.background import Errands
from bot.chat.registry import Surroundings
from bot.chat.slack import checks
from bot.chat.slack.directory import PATIENCE_SECONDS, People
from bot.chat.slack.emoji import unknown
from bot.chat.slack.manifest import PATH
from bot.chat.slack.messenger import SlackMessenger, Taken
from bot.chat.slack.receive.listeners import Listeners
from bot.chat.slack.receive.responses import Telling
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire.channels import is_gone, is_id, join, resolve
from bot.chat.slack.wire.client import Api, Refused
from bot.chat.slack.wire.http import Payload, SlackFront
from bot.chat.slack.wire.socket_mode import SocketLine
from bot.chat.slack.wire.workspace import Workspace
from handlers.channels.notify import begin_incident
from storage.channels import messages
from storage.engine.database import Session
from storage.people import people
from storage.work import incidents
from storage.work.incidents import IncidentKind, Subject

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

    from bot.chat.slack.receive.bolt import BoltApp

_FIRST_TRY_SECONDS = 1.0
_LONGEST_PAUSE = 60.0
_LAYOUT = Subject(IncidentKind.LAYOUT, "slack")
_UNTIL = "After the next start it is tried again."

log = logging.getLogger("dibs.slack")


class Slack:
    """One workspace of Slack."""

    name = "slack"

    def __init__(
        self,
        settings: SlackSettings,
        backend: Backend,
        *,
        public_url: str,
        patience: float = PATIENCE_SECONDS,
        listens: bool = True,
    ) -> None:
        self._settings = settings
        self._backend = backend
        self._public_url = public_url
        self._api = Api(settings, backend.clock)
        by_socket = settings.app_token and listens
        self._app_api = Api(settings, backend.clock, token=settings.app_token) if by_socket else None
        self._workspace = Workspace()
        self._errands = Errands("Slack")
        self._people = People(self._api, self._workspace, backend, patience)
        self._messenger = SlackMessenger(self._api, self._workspace, settings, Taken(tell=self._shows_less))
        self._listeners = Listeners(
            backend=backend,
            people=self._people,
            workspace=self._workspace,
            telling=Telling(self._api, self._workspace),
            errands=self._errands,
            emoji=settings.emoji,
            patience=patience,
            came_into=self._came_into,
        )
        self._bolt: BoltApp | None = None
        self._front = SlackFront(settings.signing_secret, backend.clock, self.hear)
        self._socket = SocketLine(self._app_api, self.hear, alone=_is_alone(backend)) if self._app_api else None
        self._connecting: asyncio.Task[None] | None = None
        self._trouble = "Slack was not asked yet."
        self._closed_homes: dict[str, str] = {}

    @property
    def messenger(self) -> SlackMessenger:
        """What delivery sends through."""
        return self._messenger

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return the one address that Slack sends everything to; 404 there without a signing secret."""
        return [web.post(PATH, self._front.serve)]

    async def hear(self, payload: Payload) -> "BoltResponse":
        """Handle a gesture that came from Slack; the first one loads Bolt, beside the loop, which goes on meanwhile.

        Neither a start nor waiting needs its 250 modules and nine megabytes.
        """
        if self._bolt is None:
            module = await asyncio.to_thread(import_module, "bot.chat.slack.receive.bolt")
            self._bolt = self._bolt or module.BoltApp(self._api, self._workspace, self._listeners)
        return await self._bolt.dispatch(payload)

    async def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the ids of the channels with these names, and be in them; those that are not found are left out."""
        try:
            found = await resolve(self._api, names)
        except DeliveryFailed as failure:
            log.warning("Slack: could not look for channels: %s", failure.reason)
            return {}
        for name in found.missing:
            why = "there is no such channel, or it is private and nobody invited the bot."
            self._closed_homes.setdefault(name, why)
        for name, channel in found.ids.items():
            await self._enter(name, channel)
        return found.ids

    async def lost(self) -> Sequence[str]:
        """Return the homes by name whose channel is gone; only those are asked about where we cannot be or post."""
        if not self._workspace.known:
            return ()
        homes, parked = await self._backend.read(lambda session: (people.homes(session), _parked(session)))
        suspects = {
            home.name: home.channel
            for home in homes
            if home.platform == self.name
            and home.name
            and not is_id(home.name)
            and (home.name in self._closed_homes or home.channel in parked)
        }
        return [name for name, channel in suspects.items() if await is_gone(self._api, channel)]

    async def start(self) -> None:
        """Connect, waiting a few seconds at most; what is not done by then goes on in the background."""
        for sentence in unknown(self._settings.emoji.values()):
            log.warning("[slack.emoji] %s", sentence)
        ready = asyncio.Event()
        self._connecting = self._backend.parts.keep("connecting to Slack", partial(self._connect, ready))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), _FIRST_TRY_SECONDS)

    async def stop(self) -> None:
        """Stop listening, let what is under way end, and close connections."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket is not None:
            await self._socket.stop()
        await self._errands.finish()
        await self._api.close()
        if self._app_api is not None:
            await self._app_api.close()

    async def refresh(self) -> None:
        """Learn people and user groups again; when Slack does not answer, what we know stays."""
        await self._learn_people()

    def health(self) -> Health:
        """Say how it is: connected, the socket open, and every home one that we are in."""
        troubles = [self._trouble] if self._trouble else []
        if refused := self._front.trouble():
            troubles.append(refused)
        if self._socket is not None and (deaf := self._socket.trouble()):
            troubles.append(deaf)
        if less := self._messenger.taken.trouble():
            troubles.append(f"{less} {_UNTIL}")
        troubles += [f"{name}: {why}" for name, why in self._closed_homes.items()]
        return Health(ok=not troubles, why=" ".join(troubles))

    async def check(self) -> list[Finding]:
        """Look at tokens, clock, scopes, channels and user groups; works without ``start``."""
        findings = await checks.check_token(self._api, self._workspace)
        findings += checks.check_emoji(self._settings.emoji.values())
        if findings[0].ok:
            organisation = self._backend.organisation
            homes = await self._backend.read(people.homes)
            kept = {home.name: home.channel for home in homes if home.platform == self.name}
            findings += checks.check_clock(self._workspace, self._backend.clock.now())
            findings += checks.check_scopes(self._workspace)
            findings += await checks.check_homes(self._api, organisation, kept)
            findings += await checks.check_groups(self._people, organisation)
        if self._app_api is not None:
            findings += await checks.check_app_token(self._app_api)
        elif not self._public_url.startswith("https://"):
            sentence = "Slack reaches only https addresses, and DIBS_PUBLIC_URL is none."
            findings.append(
                Finding(False, "Slack over HTTP", sentence, "Set it, or use Socket Mode (SLACK_APP_TOKEN).")
            )
        return findings

    def _shows_less(self, why: str) -> None:
        """Write down, for `dibs check` and the admins, that cards are drawn with less than they could be."""
        log.warning("%s %s", why, _UNTIL)
        organisation, now = self._backend.organisation, self._backend.clock.now()
        self._errands.later(
            self._backend.tx(lambda session: begin_incident(session, organisation, _LAYOUT, f"{why} {_UNTIL}", now))
        )

    async def _learn_people(self) -> bool:
        try:
            await self._people.learn_all()
        except DeliveryFailed as failure:
            log.warning("Slack did not tell who is there: %s", failure.reason)
            return False
        return True

    async def _connect(self, ready: asyncio.Event) -> None:
        """Ask who we are until Slack says so, then listen, be in the homes, and learn who is there."""
        await self._introduce()
        await self._backend.tx(lambda session: incidents.end(session, _LAYOUT))  # whatever it was, it is tried again
        log.info("Slack: connected to %s", self._workspace.url or self._workspace.team)
        if self._socket is not None:
            self._socket.start(self._backend.parts)
        await self._join_homes()
        ready.set()
        while True:
            if await self._learn_people():
                return
            await self._backend.clock.sleep(_LONGEST_PAUSE)

    async def _introduce(self) -> None:
        """Ask who we are, again and again, less and less often."""
        pause = 1.0
        while True:
            try:
                await self._workspace.learn(self._api)
                break
            except DeliveryFailed as failure:
                if not self._trouble.startswith(failure.reason):
                    log.warning("Slack: %s", failure.reason)
                self._trouble = failure.reason
                patient = isinstance(failure, Refused)  # a bad token does not mend itself within a minute
                await self._backend.clock.sleep(_LONGEST_PAUSE if patient else failure.retry_after or pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        lacking = self._workspace.lacks("chat:write")
        self._trouble = "The scope chat:write is missing, so nothing can be posted." if lacking else ""

    async def _join_homes(self) -> None:
        homes = await self._backend.read(people.homes)
        for home in homes:
            if home.platform == self.name:
                await self._enter(home.name or home.channel, home.channel)

    async def _came_into(self, channel: str) -> None:
        """Somebody invited us into what may be a home."""
        for home in await self._backend.read(people.homes):
            if home.platform == self.name and home.channel == channel:
                await self._enter(home.name or home.channel, home.channel)

    async def _enter(self, name: str, channel: str) -> None:
        """Be in a home; where we may not, somebody has to be told, and delivery parks the lane."""
        try:
            await join(self._api, channel)
        except PlaceRefused as refused:
            self._closed_homes[name] = refused.reason
            log.warning("Slack: %s: %s", name, refused.reason)
        except DeliveryFailed as failure:
            log.info("Slack: could not see %s: %s", name, failure.reason)
        else:
            self._closed_homes.pop(name, None)


def _is_alone(backend: Backend) -> bool:
    """Say whether no other process can be at work on our database."""
    return bool(backend.database.sync.engine.dialect.name == "sqlite")


def _parked(session: Session) -> set[str]:
    return {channel for _, channel in messages.parked_channels(session, Slack.name)}


def build(settings: SlackSettings, backend: Backend, surroundings: Surroundings) -> Slack:
    """Build the platform for the registry."""
    return Slack(settings, backend, public_url=surroundings.public_url or "", listens=surroundings.listens)
