"""What all of Meta's APIs that are played here have in common: tokens and proofs, limits, fields, lists, and how they
say no.

A limit is a 400 without Retry-After, and is told by one of two headers in minutes; it may be met by what reads alone.
Of the fields that are asked for all are known and permitted, or the whole request fails. The address of a next page
holds the token. A delivery escapes its letters or not, by turns, and is signed as it goes out.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

Json = dict[str, Any]
# What of a thing is asked for: by its name, what limits it, and what of that in turn.
Fields = dict[str, tuple[dict[str, str], "Fields"]]
Shows = Mapping[str, Callable[[Json], Any]]

TOKEN = "EAAsample-token-of-a-page"
APP = "77001"
APP_SECRET = "sample-app-secret"
VERIFY_TOKEN = "sample-verify-token"
SECRETS = {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
_NAME = re.compile(r"\s*([a-z_]+)")
_LIMITED = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


class No(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: int, subcode: int = 0, message: str = "", **more: Any) -> None:
        super().__init__(f"{code}/{subcode} {message}")
        self.response = no(status, code, subcode, message, **more)


def no(
    status: int, code: int, subcode: int = 0, message: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> web.Response:
    """Return an error as Meta writes it."""
    below = {"error_subcode": subcode} if subcode else {}
    error = {"message": message or f"(#{code}) It says so.", "type": "OAuthException", "code": code, **below, **more}
    return web.json_response({"error": error | {"fbtrace_id": "Asample"}}, status=status, headers=headers)


def gone(name: str) -> No:
    """Say that there is nothing, or nothing for these eyes."""
    words = f"Unsupported get request. Object with ID '{name}' does not exist, or cannot be loaded"
    return No(400, 100, 33, words)


@dataclass
class MetaApp:
    """An application, and the token that somebody gave it.

    Attributes:
        ended: The subcode with which a token that does not count is refused; 0 = none.
        rights: What the token may do.
        ends: When it ends, in seconds since 1970; 0 = never.
        strict: Requests have to prove that they know the secret.
        opaque: It is not told what the token is.
        limits: By what is limited ("read", "write"): the code, and the headers that tell of it.
    """

    token: str = TOKEN
    secret: str = APP_SECRET
    ended: int = 463
    rights: tuple[str, ...] = ()
    ends: int = 0
    strict: bool = False
    opaque: bool = False
    limits: dict[str, tuple[int, Mapping[str, str]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    escaped: bool = False

    def check(self, request: web.Request) -> None:
        """Let in who has the token, and no more often than the limits allow.

        Raises:
            No: As Meta says it.
        """
        self.asked.append((request.method, request.path_qs))
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            raise No(400, 104, message="An access token is required to request this resource.")
        if given != self.token:
            raise No(400, 190, self.ended, "Error validating access token: Session has expired.")
        proof = hmac.digest(self.secret.encode(), given.encode(), "sha256").hex()
        shown = request.query.get("appsecret_proof", "")
        if shown != proof and (shown or self.strict):
            raise No(400, 100, message="Invalid appsecret_proof provided in the API argument")
        if limit := self.limits.get("read" if request.method == "GET" else "write"):
            raise No(400, limit[0], message=f"(#{limit[0]}) Request limit reached", headers=limit[1])

    def need(self, *rights: str) -> None:
        """See that the token has these rights, where any are told.

        Raises:
            No: It has not.
        """
        if lacking := [one for one in rights if self.rights and one not in self.rights]:
            raise No(403, 200, message=f"(#200) Requires {lacking[0]} permission to manage the object")

    async def debug(self, request: web.Request) -> web.Response:
        """Answer what a token is, to a question that is posted."""
        form = await request.post()
        if self.opaque or form.get("method") != "get" or form.get("input_token") != self.token:
            raise No(400, 100, message="(#100) You must provide an app access token")
        told = {"app_id": APP, "type": "PAGE", "is_valid": True, "expires_at": self.ends, "scopes": list(self.rights)}
        return web.json_response({"data": told})

    def delivery(self, kind: str, *entries: Json) -> tuple[dict[str, str], bytes]:
        """Return what is posted to a hook, by turns with letters as escapes and as they are."""
        self.escaped = not self.escaped
        raw = json.dumps({"object": kind, "entry": list(entries)}, ensure_ascii=self.escaped).encode()
        return self.sign(raw), raw

    def sign(self, raw: bytes) -> dict[str, str]:
        """Return the headers of a body."""
        return {"X-Hub-Signature-256": f"sha256={hmac.digest(self.secret.encode(), raw, 'sha256').hex()}"}


def read_fields(text: str) -> Fields:
    """Read what is asked for: "id,comments.limit(5){id,from}"."""
    found, rest = _read(text)
    assert not rest, f"This cannot be read: {rest}"
    return found


def _read(text: str) -> tuple[Fields, str]:
    found: Fields = {}
    while named := _NAME.match(text):
        text, limits = text[named.end() :], dict[str, str]()
        while limited := _LIMITED.match(text):
            limits[limited[1]], text = limited[2], text[limited.end() :]
        inner: Fields = {}
        if text.startswith("{"):
            inner, text = _read(text[1:])
            assert text.startswith("}"), text
            text = text[1:]
        found[named[1]] = (limits, inner)
        if not text.startswith(","):
            break
        text = text[1:]
    return found, text


def shown(thing: Json, asked: Fields, shows: Shows, node: str) -> Json:
    """Return of a thing what is asked for; a field whose value is None is left out.

    Raises:
        No: One of the fields is none of its kind.
    """
    for name in asked:
        if name not in shows:
            raise No(400, 100, message=f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")
    told = {name: shows[name](thing) for name in {"id", *asked}}
    return {name: value for name, value in told.items() if value is not None}


def listed(things: Sequence[Any], limits: Mapping[str, str], address: str, token: str, begin: int = 0) -> Json:
    """Return a page of a list; the address of the next page holds the token."""
    most = min(int(limits.get("limit", "25")), 100)
    page, end = list(things[begin : begin + most]), begin + most
    if not page:
        return {"data": []}
    paging: Json = {"cursors": {"before": str(begin), "after": str(end)}}
    if end < len(things):
        query = {"access_token": token, "limit": str(most), "after": str(end)}
        paging["next"] = f"{address}?{urlencode(query)}"
    return {"data": page, "paging": paging}
