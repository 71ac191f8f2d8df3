"""One call of the Web API on its way through a method: its arguments as Slack reads them, and what it may touch."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.errors import Refused
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.records import BOT_USER_ID, Channel, Json, User
from tests.fakes.slack.workspace import Workspace


@dataclass(kw_only=True)
class Call:
    """A call that was authenticated; ``later`` are things that Slack does after the answer."""

    method: str
    args: Json
    workspace: Workspace
    limits: Limits
    scopes: frozenset[str]
    base_url: str
    newer_blocks: bool = False
    later: list[Callable[[], None]] = field(default_factory=list)
    on_join: Callable[[Channel], None] = lambda channel: None

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """Return an argument that must be there."""
        value = self.text(name)
        if not value:
            detail = f"[ERROR] missing required field: {name}"
            raise Refused("invalid_arguments", response_metadata={"messages": [detail]})
        return value

    def flag(self, name: str) -> bool:
        """Return an argument as true or false: forms send ``1`` and ``true``, JSON sends true."""
        return self.text(name).lower() in ("1", "true")

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return an argument that is JSON, given as a string (form) or as it is (JSON body)."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused(error) from None

    def need_scopes(self, *needed: str) -> None:
        """Refuse the call with missing_scope unless the app was granted all of these."""
        missing = [scope for scope in needed if scope not in self.scopes]
        if missing:
            raise Refused("missing_scope", needed=",".join(missing), provided=",".join(sorted(self.scopes)))

    def channel(self, name: str = "channel", *, error: str = "channel_not_found") -> Channel:
        """Return the channel of the call; a private one without the bot does not exist for it."""
        channel = self.workspace.find_channel(self.need(name))
        if channel is None or (BOT_USER_ID not in channel.members and (channel.is_private or channel.im_user)):
            raise Refused(error)
        return channel

    def member_channel(self) -> Channel:
        """Return the channel of the call, which the bot must be in."""
        channel = self.channel()
        if BOT_USER_ID not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def user(self, name: str = "user") -> User:
        """Return the person of the call."""
        user = self.workspace.users.get(self.need(name))
        if user is None:
            raise Refused("user_not_found")
        return user

    def page(self, items: Iterable[Any], *, default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
        """Return one page of ``items`` and the response_metadata that leads to the next."""
        everything = list(items)
        try:
            limit = int(self.text("limit") or default)
            cursor = self.text("cursor")
            start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:")) if cursor else 0
        except (ValueError, binascii.Error):
            raise Refused("invalid_cursor") from None
        if not 0 < limit <= most:
            raise Refused("invalid_limit")
        end = start + limit
        more = base64.b64encode(f"next:{end}".encode()).decode() if end < len(everything) else ""
        return everything[start:end], {"next_cursor": more}
