"""Who knocks: Microsoft's tokens are checked here, with the library that Microsoft's SDK checks them with.

What is mended of the SDK (botbuilder 4.17.1, archived upstream):

- Its signing keys are fetched on the event loop without a time-out, and after a rotation every request fails for up
  to a day. ``SigningKeys`` stands in their place: asynchronous, locked, bounded in time and size; a key that is not
  known is looked for at once, though not more often than every 30 s.
- It takes a token apart three times, for its issuer, its key's id and its signature, and PyJWT looks at each letter of
  it in Python. ``_peek`` reads the first two, which decide nothing, and PyJWT takes it apart once, to verify it.
- Its credential is another story, which ``own_token`` tells.
- It lets in skills, and emulators of any of Microsoft's own tenants; here only a channel's token counts, from Teams,
  for our app id, for the address that the activity names, of a tenant that is ours.
- Whatever is wrong with a token raises something else; here it is ``NotLetIn``, which is 401.

A port to a successor SDK keeps ``SigningKeys``, ``Gate.identify`` and ``Gate.admit``. It changes what ``Gate`` inherits
from, and the ``ClaimsIdentity`` that it gives to the SDK's turn.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

import asyncio
import json
import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from jwt.algorithms import RSAAlgorithm

from bot.chat.base import DeliveryFailed
from bot.chat.teams.sdk.bot_token import ended
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.http import Json, Line

CHANNEL = "msteams"
_ALGORITHMS = ["RS256"]
_KEYS_FOR = 24 * 3600.0
_KEYS_PAUSE = 30.0
_KEYS_PAUSE_AFTER_FAILURE = 2.0
_KEYS_SECONDS = 5.0
_MOST_KEYS = 100
_SMALLEST_KEY = 2048
_LEEWAY_SECONDS = 300

log = logging.getLogger("dibs.teams")


class NotLetIn(Exception):
    """Nobody whom we let in; the words are for the log, and none of them is the caller's."""


class KeysUnavailable(Exception):
    """It cannot be known at this moment whom a token is from."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of Microsoft's keys, with the channels that may sign with it."""

    public_key: Any
    endorsements: tuple[str, ...]


class SigningKeys:
    """Microsoft's signing keys by their ids, fetched when one is wanted that is not known, and after a day."""

    def __init__(self, line: Line, address: str, monotonic: Callable[[], float]) -> None:
        self._line = line
        self._address = address
        self._monotonic = monotonic
        self._keys: dict[str, SigningKey] = {}
        self._asked: float | None = None
        self._asked_well = False
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def get(self, key_id: str | None) -> SigningKey:
        """Return a key by what a token says, before anything of it is verified.

        Raises:
            NotLetIn: Microsoft has no such key.
            KeysUnavailable: Microsoft could not be asked.
        """
        key = self._find(key_id)
        if key is None:
            async with self._lock:
                # Whoever waited here meanwhile finds what the first one fetched.
                key = self._find(key_id)
                if key is None and self._may_ask():
                    await self._fetch()
                    key = self._find(key_id)
        elif self._asked is not None and self._monotonic() - self._asked > _KEYS_FOR:
            self._renew()
        if key is not None:
            return key
        if self._keys and self._asked_well:
            raise NotLetIn("The token is signed with a key that Microsoft does not name.")
        raise KeysUnavailable

    async def warm(self) -> None:
        """Fetch the keys before the first request wants one."""
        async with self._lock:
            if not self._keys and self._may_ask():
                await self._fetch()

    async def close(self) -> None:
        """End a fetch that is under way."""
        await ended(self._renewal)

    def _find(self, key_id: object) -> SigningKey | None:
        return self._keys.get(key_id) if isinstance(key_id, str) else None

    def _may_ask(self) -> bool:
        pause = _KEYS_PAUSE if self._asked_well else _KEYS_PAUSE_AFTER_FAILURE
        return self._asked is None or self._monotonic() - self._asked >= pause

    def _renew(self) -> None:
        if (self._renewal is None or self._renewal.done()) and self._may_ask():
            self._renewal = asyncio.get_running_loop().create_task(self._renew_once())

    async def _renew_once(self) -> None:
        async with self._lock:
            await self._fetch()

    async def _fetch(self) -> None:
        """Ask for the keys; when that fails, the keys that we have stay."""
        self._asked, self._asked_well = self._monotonic(), False
        try:
            async with asyncio.timeout(_KEYS_SECONDS):
                document = await self._object(self._address)
                keys = await self._object(_same_kind(self._address, document.get("jwks_uri")))
        except (TimeoutError, ValueError, DeliveryFailed) as trouble:
            why = str(trouble) or "no answer in time"
            log.warning("Teams: Microsoft's signing keys could not be fetched (%s).", why)
            return
        found = dict(_read_keys(keys.get("keys")))
        if not found:
            log.warning("Teams: Microsoft's signing keys could not be read.")
            return
        self._keys, self._asked_well = found, True

    async def _object(self, address: str) -> Json:
        heard = await self._line.send("GET", address, seconds=_KEYS_SECONDS)
        if heard.status != 200:
            raise ValueError(f"status {heard.status}")
        return heard.object()


def _same_kind(address: str, named: object) -> str:
    """Return where the keys are: on https, unless the document itself came from a simulator on this machine.

    Raises:
        ValueError: It is no such address.
    """
    if not isinstance(named, str):
        raise ValueError("no jwks_uri")
    there, here = urlsplit(named), urlsplit(address)
    if there.scheme == "https" or (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return named
    raise ValueError("its jwks_uri is no https address")


def _read_keys(listed: object) -> Iterable[tuple[str, SigningKey]]:
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        key_id = one.get("kid") if isinstance(one, dict) else None
        public = _public_key(one) if isinstance(key_id, str) and key_id else None
        if public is not None and isinstance(key_id, str):
            endorsed = one.get("endorsements")
            # A key without endorsements would pass for every channel; nobody vouches for it.
            names = tuple(str(name) for name in endorsed) if isinstance(endorsed, list) else ()
            if CHANNEL in names:
                yield key_id, SigningKey(public, names)


def _public_key(described: Mapping[str, Any]) -> Any:
    if described.get("kty") != "RSA" or "d" in described:
        return None
    try:
        key: Any = RSAAlgorithm.from_jwk(json.dumps(described))
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    return key if key.key_size >= _SMALLEST_KEY else None


def _peek(token: str) -> tuple[str | None, object]:
    """Return the id of the key and the issuer that a token names; nothing of it is verified yet."""
    head, claims = (json.loads(urlsafe_b64decode(f"{part}==")) for part in token.split(".")[:2])
    return head.get("kid"), claims.get("iss")


class Gate(BotFrameworkAuthentication):  # type: ignore[misc]
    """Decides who is let in; the SDK's adapter asks it in place of its own."""

    def __init__(self, settings: TeamsSettings, keys: SigningKeys, connectors: ConnectorFactory) -> None:
        self._settings = settings
        self._connectors = connectors
        self._keys = keys

    async def identify(self, header: str) -> ClaimsIdentity:
        """Say who signed a request, by its Authorization header alone; its body was not read yet.

        Raises:
            NotLetIn: Nobody whom we let in.
            KeysUnavailable: It cannot be known at this moment.
        """
        if self._settings.development:
            return ClaimsIdentity({}, True, "anonymous")
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise NotLetIn("There is no token.")
        try:
            key_id, issuer = _peek(token)
            if issuer != self._settings.cloud.issuer:  # nobody else's token makes us ask for keys
                raise NotLetIn("The token is not from Teams.")
            key = await self._keys.get(key_id)
            claims = jwt.decode(
                token,
                key.public_key,
                algorithms=_ALGORITHMS,
                leeway=_LEEWAY_SECONDS,
                options={"verify_aud": False},
            )
        except (NotLetIn, KeysUnavailable):
            raise
        except Exception as error:  # what a broken token makes them stumble on
            raise NotLetIn(f"The token is none: {type(error).__name__}.") from None
        self._look_at(claims)
        return ClaimsIdentity(claims, True)

    def _look_at(self, claims: Mapping[str, Any]) -> None:
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience.lower() != self._settings.app_id:
            raise NotLetIn("The token is for another bot.")
        if claims.get("iss") != self._settings.cloud.issuer or not isinstance(claims.get("exp"), int):
            raise NotLetIn("The token is not one that Teams sends.")

    def admit(self, identity: ClaimsIdentity, activity: Mapping[str, Any]) -> None:
        """See that who signed may say what the body says: from Teams, of our tenant, to be answered where Teams is.

        The tenant is the one in channelData, where Teams says it; the SDK looks for it elsewhere, in vain.

        Raises:
            NotLetIn: It may not.
        """
        address, data = activity.get("serviceUrl"), activity.get("channelData")
        tenant = data.get("tenant") if isinstance(data, Mapping) else None
        said = tenant.get("id") if isinstance(tenant, Mapping) else None
        if activity.get("channelId") != CHANNEL:
            raise NotLetIn("It is from another channel than Teams.")
        if not self._settings.development and identity.get_claim_value("serviceurl") != address:
            raise NotLetIn("The token is for another address than the one to answer to.")
        if not isinstance(address, str) or not self._settings.cloud.serves(address):
            raise NotLetIn("The address to answer to is none of Teams'.")
        if not isinstance(said, str) or not said or not self._settings.knows(said):
            raise NotLetIn("It is from another tenant.")

    def result(self, identity: ClaimsIdentity) -> AuthenticateRequestResult:
        """Return what the SDK's turn wants to know of who was let in."""
        result = AuthenticateRequestResult()
        result.claims_identity = identity
        result.audience = self._settings.cloud.scope
        result.connector_factory = self._connectors
        return result

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Refuse: a request is let in by ``identify`` and ``admit``, before the SDK makes an activity of it."""
        raise NotLetIn(f"Nothing comes in this way: {type(activity).__name__}.")

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> Any:
        """Refuse: there is no streaming here."""
        raise NotLetIn("Nothing comes in this way.")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        """Return the one that keeps its clients."""
        return self._connectors

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Make none: nobody signs in here, and making one costs as much as a connector."""
        return
