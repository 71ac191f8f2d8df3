"""What Google's APIs have in common, on loopback: tokens that are sold, checked and run out, and how they say no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

Json = dict[str, Any]
SECRETS = {
    "client_id": "sample-client.apps.example",
    "client_secret": "sample-secret",
    "refresh_token": "sample-refresh-token",
}


@dataclass
class Tokens:
    """Sells access tokens at ``/token``; ``scope`` is what they are good for."""

    scope: str
    refresh_token: str = SECRETS["refresh_token"]
    sold: int = 0
    _asked: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _good: set[str] = field(default_factory=set)

    def consent(self, address: str) -> str:
        """Be the person who opens an address and agrees; returns where the browser is led back to."""
        asked = dict(URL(address).query)
        assert (asked["response_type"], asked["client_id"]) == ("code", SECRETS["client_id"])
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return str(URL(asked["redirect_uri"]).with_query(state=asked["state"], code=code, scope=asked["scope"]))

    def expire(self) -> None:
        """Let every access token end, as an hour does."""
        self._good.clear()

    def revoke(self) -> None:
        """Let the refresh token end, as seven days do while a project is in testing."""
        self.refresh_token = "another"
        self.expire()

    def restore(self) -> None:
        """Let it count again."""
        self.refresh_token = SECRETS["refresh_token"]

    def check(self, request: web.Request) -> web.Response | None:
        """Return the no that a request without a good token gets."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return None if given in self._good else no(401, "UNAUTHENTICATED", "authError")

    async def sell(self, request: web.Request) -> web.Response:
        """Sell one for the refresh token, or for a code; a refresh token goes with it where it was asked for."""
        form = await request.post()
        if (form.get("client_id"), form.get("client_secret")) != (SECRETS["client_id"], SECRETS["client_secret"]):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self._asked.pop(str(form.get("code")), None)
        if asked is None and form.get("refresh_token") != self.refresh_token:
            refused = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return web.json_response(refused, status=400)
        self.sold += 1
        token = f"access-{self.sold}"
        self._good.add(token)
        told: Json = {"access_token": token, "token_type": "Bearer", "expires_in": 3599, "scope": self.scope}
        if asked is not None and (asked.get("access_type"), asked.get("prompt")) == ("offline", "consent"):
            told["refresh_token"] = self.refresh_token
        return web.json_response(told)


def no(status: int, word: str = "", reason: str = "", message: str = "No.", **metadata: str) -> web.Response:
    """Say no as Google does; with ``metadata`` as its newer APIs do."""
    error: Json = {"code": status, "message": message}
    if word:
        error["status"] = word
    if metadata:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "metadata": metadata}]
    elif reason:
        error["errors"] = [{"message": message, "domain": "youtube.comment", "reason": reason}]
    return web.json_response({"error": error}, status=status)


def cut(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
