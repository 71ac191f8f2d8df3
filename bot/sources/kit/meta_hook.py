"""What Meta posts to a hook: changes of Pages and accounts, several in one delivery.

The signature is made over the bytes that are sent, in which letters stand as they are or as ``\\u`` escapes: so these
are verified as they came, and never written anew. A delivery holds entries, one of each Page or account, with changes
of several fields; nothing says in which order they come, and the same comes again where it was not answered in time
(https://developers.facebook.com/docs/graph-api/webhooks/getting-started). What nobody asked for is skipped, or it would
be sent for a day. Threads wraps what it tells in another way: ``MetaHook.read`` returns it as it came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.sources.base import Greeting, HookRefused, SourceConfig
from bot.sources.kit.handshakes import echo
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import ident, when
from bot.sources.kit.signatures import HmacRule, signed_object

_SIGNED = HmacRule(header="X-Hub-Signature-256", prefix="sha256=")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that a delivery tells.

    Attributes:
        node: The id of the Page or the account.
        at: When it happened; long ago where that is not told.
        topic: Which of the subscribed fields changed ("feed", "comments").
        value: What changed.
    """

    node: str
    at: datetime
    topic: str
    value: Mapping[str, Any] = field(repr=False)


class MetaHook:
    """The hook of one source, whose secrets are ``app_secret`` and ``verify_token``."""

    def __init__(
        self, config: SourceConfig[Any], variables: Mapping[str, str], *, signed_by: Sequence[str] = ("app_secret",)
    ) -> None:
        """Take its secrets, of which the first may be several while it is changed, and what they are called.

        ``signed_by`` names those that may sign: an application for Threads or Instagram has one of its own beside.
        """
        self._secrets = [one for name in signed_by for one in config.secrets.get(name, "").split()]
        self._token = config.secrets.get("verify_token", "").strip()
        self._variables = variables

    @property
    def agreed(self) -> bool:
        """Whether there is one."""
        return bool(self._secrets and self._token)

    def handshake(self, query: Mapping[str, str]) -> Greeting | None:
        """Show that the hook is ours; None where nothing was asked.

        Raises:
            HookRefused: 403 where who asks does not know the token that was agreed, or none was.
        """
        if not self._token:
            raise HookRefused(403, f"{self._variables['verify_token']} is not set, so nothing was agreed.")
        return echo(query, self._token)

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Mapping[str, Any]:
        """Return what a delivery holds; empty where that is no object.

        Raises:
            HookRefused: 401 when it is not signed with our secret, 400 when it is no JSON.
        """
        unset = f"{self._variables['app_secret']} is not set, so nobody can sign a delivery."
        return signed_object(headers, raw, self._secrets, now, _SIGNED, unset=unset)


def known_by(raw: bytes) -> str:
    """Return by what a delivery is known when it comes again; what it tells holds its own time."""
    return sha256(raw).hexdigest()


def changes(told: Mapping[str, Any], kind: str) -> list[Change]:
    """Return what a delivery tells of one kind of node ("page", "instagram"), the oldest first."""
    found = _changes(told) if string(told, "object") == kind else iter(())
    return sorted(found, key=lambda one: one.at)


def _changes(told: Mapping[str, Any]) -> Iterator[Change]:
    for entry in objects(told.get("entry")):
        for change in objects(entry.get("changes")):
            yield Change(
                node=ident(entry, "id"),
                at=when(entry, "time") or _EPOCH,
                topic=string(change, "field"),
                value=mapping(change.get("value")),
            )
