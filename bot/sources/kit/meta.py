"""Meta's APIs (Facebook, Instagram, Threads): one form of no, one kind of limit, and one way to sign what is asked.

A no is an object with a code, mostly a code below that, and words (https://developers.facebook.com/docs/graph-api/guides/error-handling);
both codes count here, as "190/463". Its status says little: a limit is a 400 or a 403, without Retry-After. A no may
even stand beside what was done all the same ("20/1772107" of Instagram), so what no row holds is looked up.

What is asked for too often is told by code, and how long it lasts by headers, in minutes
(https://developers.facebook.com/docs/graph-api/overview/rate-limiting). These list each limit apart, and only the one
that the code names is heeded: who may not read ads for an hour may well answer a comment now.

A bearer token stands in a header. Beside it an address carries the proof that who asks knows the secret of the
application, which an application can be set to demand (https://developers.facebook.com/docs/graph-api/guides/secure-requests).
"""

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from bot.net.retry_after import LONGEST_REST, retry_after
from bot.sources.base import SourceConfig
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import token_account
from bot.sources.kit.build import iso_moment, moment
from bot.sources.kit.json import mapping, objects, read_object, string, whole
from bot.sources.kit.options import not_in_the_clear
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

# Behind a code that Meta itself calls passing.
_PASSING = "~"
# Who writes too fast, or what seems to be abuse, is blocked for a while; nobody says for how long.
_BLOCKED = ("368", "1390008")
_BLOCKED_REST = 3_600.0
# Which limit of those in the headers a code speaks of.
_LIMITS = {"32": "pages", "80001": "pages", "80002": "instagram", "80006": "messenger"}
# Meta quotes a token that it cannot read.
_TOKEN = re.compile(r"[A-Za-z0-9_|-]{30,}")

HeldT = TypeVar("HeldT")


class Account(Protocol[HeldT]):
    """Who asks: ``StaticHeader``, or an account of ``bot.sources.kit.oauth2``."""

    async def renew(self, refused: HeldT | None) -> HeldT:
        """Return a credential that is not the refused one."""
        ...

    def headers(self, held: HeldT) -> Mapping[str, str]:
        """Return what a request carries."""
        ...


def read_error(answer: Answer) -> Said:
    """Read what a no of Meta's says; it may stand in an answer of any status."""
    error = mapping(answer.object.get("error"))
    code = "/".join(one for one in (ident(error, "code"), ident(error, "error_subcode")) if one not in ("", "0"))
    passing = _PASSING if error.get("is_transient") is True else ""
    words = " ".join(filter(None, (string(error, "error_user_msg"), string(error, "message"))))
    return Said(
        code=f"{code}{passing}",
        words=one_line(_TOKEN.sub("…", words[:2_000]), 200),
        rest=_BLOCKED_REST
        if set(_BLOCKED) & set(code.split("/"))
        else asked_rest(answer.headers, ident(error, "code")),
    )


def asked_rest(headers: Mapping[str, str], code: str) -> float | None:
    """Return for how many seconds the limit that a code names lasts; None where that is not told."""
    if (told := retry_after(headers)) is not None:
        return told
    spent = [read_object(headers.get("x-app-usage", ""))]
    if code in _LIMITS or code.startswith("80"):
        of = _LIMITS.get(code, "")
        each = read_object(headers.get("x-business-use-case-usage", "")).values()
        spent = [one for those in each for one in objects(those) if of in ("", string(one, "type"))]
    minutes = max((whole(one, "estimated_time_to_regain_access") for one in spent), default=0)
    return min(minutes * 60.0, LONGEST_REST) if minutes > 0 else None


def coded(*codes: str) -> str:
    """Return the expression for codes ("190/463"); one without a code below it is meant with any."""
    each = [code if "/" in code else rf"{code}(?:/[0-9]+)?" for code in codes]
    return rf"(?:{'|'.join(each)}){_PASSING}?"


def below(*codes: str) -> str:
    """Return the expression for codes that tell the whole story, whichever stands above them, if any."""
    return rf"(?:[0-9]+/)?(?:{'|'.join(codes)}){_PASSING}?"


def common_rows(network: str, rights: str) -> tuple[Row, ...]:
    """Return the rows that hold for every API of Meta's.

    A kind puts its own before them; ``rights`` names the permissions that it needs.
    """
    gone = "It is gone, or not for our eyes."
    return (
        *_tokens(network),
        *_blocked(network),
        Row(
            means=Means.ACCOUNT,
            code=coded("3", "10", "2[0-9][0-9]"),
            why=f"The token lacks a right: {network} wants {rights} ({{words}})",
        ),
        Row(
            means=Means.AGAIN,
            code=coded("4", "17", "32", "341", "613", "80[0-9]{3}"),
            why=f"{network} asks for a rest: it was asked too often ({{code}}).",
        ),
        Row(means=Means.LOOK, code=coded("1", "2"), why=f"{network} is not well ({{code}})."),
        Row(means=Means.PARENT_GONE, code=coded("100/33", "803"), why=gone),
        Row(means=Means.PARENT_GONE, code=coded("100"), words=r"does not exist|missing permission", why=gone),
        Row(means=Means.LOOK, code=rf".+{_PASSING}", why=f"{network} is not well ({{code}}: {{words}})"),
    )


def _tokens(network: str) -> tuple[Row, ...]:
    """Return the rows of tokens that do not count; what ended one says how to mend it."""
    ended = {
        ("458",): f"The application was taken out of {network}: let it in there again, and make a new token.",
        ("459", "464"): f"{network} holds the account up: whoever made the token has to sign in there and see why.",
        ("460",): "The password of whoever made the token was changed, which ended the token: make a new one.",
        ("493",): "What whoever made the token allowed has ended, as it does after 90 days: let them allow it anew.",
        ("492",): "Whoever made the token has no role there any more: let somebody make a new one who has.",
    }
    return (
        *(
            Row(means=Means.ACCOUNT, code=rf"(?:190|102)/(?:{'|'.join(codes)}){_PASSING}?", why=why)
            for codes, why in ended.items()
        ),
        Row(means=Means.ACCOUNT, code=coded("459"), why=ended["459", "464"]),
        Row(means=Means.EXPIRED, code=coded("190", "102")),
        Row(
            means=Means.ACCOUNT,
            code=coded("100"),
            words=r"app ?secret[_ ]?proof",
            why="The secret of the application is not that of the one whose token this is.",
        ),
    )


def _blocked(network: str) -> tuple[Row, ...]:
    """Return the rows of what a network does not let stand; nothing of it was taken."""
    return (
        Row(
            means=Means.ACCOUNT,
            code=below("1404006", "1404078", "1404112"),
            why=f"{network} wants a security check: somebody has to sign in there as who made the token.",
        ),
        Row(
            means=Means.REFUSED,
            code=below("1346003", "1404102"),
            why=f"{network} takes the words for abuse, or against its standards.",
        ),
        Row(means=Means.LOOK, code=coded("506"), why=f"{network} says that the same was just said."),
        Row(
            means=Means.AGAIN,
            code=rf"{below(_BLOCKED[1])}|{coded(_BLOCKED[0])}",
            why=f"{network} blocks the account for a while, as one that writes too fast or offends ({{code}}).",
        ),
    )


def verdicts(network: str, rights: str, *rows: Row) -> Verdicts:
    """Return the table of one network: its own rows, and those of all."""
    unknown = f"{network} refused it ({{status}} {{code}}). {{words}}"
    return Verdicts(rows=(*rows, *common_rows(network, rights)), read=read_error, unknown=unknown)


# --- asking ---


def graph_rest(
    base_url: str,
    account: Account[HeldT],
    table: Verdicts,
    config: SourceConfig[Any],
    tools: SourceTools,
    *,
    network: str,
    app_secret: str = "",
    due: Callable[[HeldT], bool] = lambda _held: False,
) -> Rest[HeldT]:
    """Return one API of Meta's, asked with the account of a source; with ``app_secret`` each request proves it.

    Raises:
        OptionError: The token would go out in the clear.
    """
    not_in_the_clear("base_url", base_url, allow_private=config.allow_private)

    def signed(held: HeldT) -> Query:
        token = account.headers(held).get("authorization", "").removeprefix("Bearer ")
        return [("appsecret_proof", proof(token, app_secret))] if app_secret else []

    return Rest(
        tools.fetcher,
        base_url,
        name=network,
        not_ours=f"{urlsplit(base_url).hostname} did not answer as {network} does.",
        renew=account.renew,
        headers=account.headers,
        due=due,
        signed=signed,
        verdicts=table,
        allow_private=config.allow_private,
    )


def page_rest(
    base_url: str, table: Verdicts, config: SourceConfig[Any], tools: SourceTools, variable: str, *, network: str
) -> Rest[Mapping[str, str]]:
    """Return one API of Meta's, asked with the token of a Page, which ``variable`` holds.

    Where the secret of the application, ``app_secret``, is set, each request proves it; of several it is the first.

    Raises:
        OptionError: There is no token, or it would go out in the clear.
    """
    account = token_account(config, "access_token", variable, network)
    app_secret = next(iter(config.secrets.get("app_secret", "").split()), "")
    return graph_rest(base_url, account, table, config, tools, network=network, app_secret=app_secret)


def proof(token: str, app_secret: str) -> str:
    """Return what shows that who has a token knows the secret of its application, too."""
    return hmac.digest(app_secret.encode(), token.encode(), "sha256").hex()


# --- reading ---


def ident(values: Mapping[str, Any], name: str) -> str:
    """Return an id as text, as which it is kept everywhere; some are told as numbers. Empty where there is none."""
    value = values.get(name)
    return value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""


def when(values: Mapping[str, Any], name: str) -> datetime | None:
    """Return a moment that is told in seconds, or as ISO 8601; None where none is told."""
    value = values.get(name)
    if isinstance(value, str) and not value.isdecimal():
        return iso_moment(value)
    return moment(float(ident(values, name)[:15] or 0)) if ident(values, name).isdecimal() else None
