"""An account of ours at one of Meta's networks: what dibs.toml says of it, whose token it is, and what that allows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kit.auth import see_account
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import ident, when
from bot.sources.kit.options import AN_ACCOUNT, Like, NamedAccount
from bot.sources.kit.rest import Rest
from bot.sources.kit.sign_in import LongLived
from bot.sources.proof import Lack


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaAccount(NamedAccount):
    """Options of a kind of Meta's whose account has a name (Instagram, Threads)."""

    username: Annotated[str, Like(r"@?[A-Za-z0-9._]{1,30}", AN_ACCOUNT)]


def sixty_days(base: str, short: str) -> LongLived:
    """Return how a token of an hour is exchanged for one of 60 days, and that for its next, as ``short`` names grants.

    https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
    """
    return LongLived(
        exchange=f"{base}/access_token",
        exchange_grant=f"{short}_exchange_token",
        renew=f"{base}/refresh_access_token",
        renew_grant=f"{short}_refresh_token",
    )


class SameAccount:
    """Sees that whom we are let in as is the account that dibs.toml names; asked once."""

    def __init__(self, rest: Rest[Any], node: str, name: str, *, whose: str, mend: str) -> None:
        """Take where it is asked for, its name as names are compared, who is asked about, and how to mend it."""
        self._rest = rest
        self._node = node
        self._name = name
        self._whose = whose
        self._mend = mend
        self._known = False

    async def see(self) -> None:
        """See it.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: It is not let in, or is another one.
        """
        if self._known:
            return
        found = string(await self._rest.find(f"/{self._node}", [("fields", "id,username")]) or {}, "username")
        if not found:
            raise SourceUnavailable(self._rest.not_ours)
        see_account(found, self._name, whose=self._whose, mend=self._mend)
        self._known = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What Meta says of a token; what it does not tell is empty.

    Attributes:
        until: When it ends.
        rights: The permissions that were given.
        app: The id of the application.
    """

    until: datetime | None = None
    rights: tuple[str, ...] = ()
    app: str = ""


async def look_at_token(rest: Rest[Any], token: str) -> Token:
    """Ask what the token is that we ask with; not every one may be told, and then nothing is known of it.

    It stands in the body, and not in an address: the question is posted, as long ones may be.
    https://developers.facebook.com/docs/graph-api/reference/debug_token
    """
    try:
        answer = await rest.question("/debug_token", form={"method": "get", "input_token": token})
    except (SourceUnavailable, SourceRefused):
        return Token()
    told = mapping(answer.object.get("data"))
    scopes = told.get("scopes")
    rights = tuple(one for one in scopes if isinstance(one, str)) if isinstance(scopes, list) else ()
    until = when(told, "expires_at") if told.get("expires_at") else None  # 0: it does not end
    return Token(until=until, rights=rights, app=ident(told, "app_id"))


async def held_token(rest: Rest[Any]) -> Token:
    """Ask what the token is that we have, whoever gave it; of one that is renewed its end is known without.

    Raises:
        SourceUnavailable, SourceRefused: There is none to be had.
    """
    held = await rest.credential.get()
    access = getattr(held, "access", "") or mapping(held).get("authorization", "").removeprefix("Bearer ")
    token = await look_at_token(rest, access)
    return replace(token, until=token.until or getattr(held, "expires_at", None))


def lacking(token: Token, hears: Sequence[str], replies: Sequence[str], mend: str) -> list[Lack]:
    """Return which rights a token has not, of those that are wanted to hear and to reply; none where it does not tell.

    ``mend`` says where a new one goes.
    """
    return [
        Lack(
            sentence=f"The token lacks {one}: Dibs {'hears' if one in hears else 'answers'} nothing.",
            mend=f"Make a token with {one}{mend}",
            hears=one in hears,
        )
        for one in (*hears, *replies)
        if token.rights and one not in token.rights
    ]


async def subscribed(rest: Rest[Any], node: str, app: str) -> frozenset[str] | None:
    """Return of which fields of a Page or an account our application is told; None where that may not be asked.

    https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps

    Raises:
        SourceUnavailable: It may work later.
    """
    try:
        told = await rest.find(f"/{node}/subscribed_apps")
    except SourceRefused:
        return None
    apps = [one for one in objects((told or {}).get("data")) if not app or ident(one, "id") == app]
    fields = [one.get("subscribed_fields") for one in apps]
    return frozenset(one for those in fields if isinstance(those, list) for one in those if isinstance(one, str))


async def uncalled(
    rest: Rest[Any], node: str, app: str, wanted: Sequence[str], what: tuple[str, str], rights: str = ""
) -> Lack | None:
    """Return that a Page or an account does not call the hook for all that is wanted, and how to make it; else None.

    Args:
        rest: What asks.
        node: The Page or the account.
        app: The id of our application; empty = not told.
        wanted: The fields that we want to be told of.
        what: Who does not call, and what is not heard so; the fields are named between them.
        rights: What the token needs to change that, where it is known.

    Raises:
        SourceUnavailable: It may work later.
    """
    told = await subscribed(rest, node, app)
    missing = [one for one in wanted if told is not None and one not in told]
    if told is None or not missing:
        return None
    who, unheard = what
    fields = ",".join(sorted({*wanted, *told}))
    needs = f", which needs {rights}" if rights else ""
    send = f"Send POST /{node}/subscribed_apps with subscribed_fields={fields}{needs}."
    sentence = f"{who} does not call the hook for {', '.join(missing)}: {unheard}"
    return Lack(sentence=sentence, mend=f"{send} It replaces the list, so all are named.", hears=True)
