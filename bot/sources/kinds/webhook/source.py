"""Webhooks: somebody else listens, and calls us with JSON at POST /hooks/<source>.

A delivery is verified on its raw bytes first (``bot.sources.kit.signatures``), then read through a map from the fields
of a post to the places where this sender keeps them (``bot.sources.kinds.webhook.items``), which is the operator's or
that of a vendor whom we know by name (``bot.sources.kinds.webhook.presets``).

Who wrote a map of their own can mend their request, and is answered 400 where nothing in it is what was agreed. A
vendor cannot, and some switch off a hook that refuses: what cannot be read of theirs is kept, and read again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.sources.base import Capabilities, Delivered, HookRefused, SourceConfig
from bot.sources.kinds.webhook.items import Items
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kit.options import OptionError
from bot.sources.kit.signatures import (
    HmacRule,
    Scheme,
    fits_path,
    standard_key,
    verify_bearer,
    verify_hmac,
    verify_path,
    verify_standard,
)
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.events import Event

Verify = Callable[[Mapping[str, str], bytes, datetime], str]


class Webhook:
    """A source that calls us."""

    capabilities = Capabilities(receives=True)
    replies = None

    def __init__(self, config: SourceConfig[WebhookOptions], tools: SourceTools) -> None:
        """Take the map and the secret, which may be several, separated by spaces, while it is being rotated.

        Raises:
            OptionError: There is no secret, or it is not what the scheme wants: such a hook would be an open door.
        """
        self._items = Items(config.options)
        self.secret_in_path = config.options.secret_in_path
        self.keeps = config.options.preset is not None
        variable = secret_variables(config.kind, config.name)["secret"]
        self._verify = _verifier(config.options, config.secrets.get("secret", ""), variable)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and read one delivery; the names of ``headers`` may be in any case.

        Raises:
            HookRefused: 401 when it is unsigned, stale or tampered with; 400 when nothing in it is what was agreed, and
                its sender is no vendor.
        """
        given = {name.lower(): value for name, value in headers.items()}
        known_by = self._verify(given, raw, now)
        return self._read(given.get("content-type", ""), raw, known_by)

    def read_again(self, content_type: str, raw: bytes) -> Delivered[Event]:
        """Read a delivery that was verified when it came."""
        return self._read(content_type, raw, "")

    def _read(self, content_type: str, raw: bytes, known_by: str) -> Delivered[Event]:
        try:
            items = self._items.found(raw, content_type)
        except HookRefused as refusal:
            if not self.keeps:
                raise
            return Delivered(known_by=known_by, refused=(refusal.reason,), unread=refusal.reason)
        return self._each(items, known_by)

    def _each(self, items: list[object], known_by: str) -> Delivered[Event]:
        """Read every item for itself: one that cannot be read costs none of the others."""
        events: list[Event] = []
        refused: list[HookRefused] = []
        for item in items:
            try:
                event = self._items.event(item)
            except HookRefused as refusal:
                refused.append(refusal)
            else:
                events += [event] if event is not None else []
        if refused and not events and not self.keeps:
            raise refused[0]
        reasons = tuple(refusal.reason for refusal in refused)
        return Delivered(
            events, known_by=known_by, refused=reasons, unread=reasons[0] if refused and self.keeps else ""
        )


def _verifier(options: WebhookOptions, secret: str, variable: str) -> Verify:
    """Choose how deliveries are verified; the secret stays in here."""
    secrets = secret.split()
    if not secrets:
        raise OptionError(variable, "is not set; a hook needs its secret.")
    keys = [value.encode() for value in secrets]
    if options.signed is Scheme.BEARER:
        return lambda headers, raw, now: verify_bearer(headers, keys)
    if options.signed is Scheme.PATH:
        if not all(map(fits_path, secrets)):
            raise OptionError(variable, "stands in an address: it is 16 to 200 letters, digits or ._~=+@- there.")
        return lambda headers, raw, now: verify_path(headers, keys)
    if options.signed is Scheme.HMAC:
        rule = HmacRule(
            header=options.header,
            algorithm=options.algorithm,
            encoding=options.encoding,
            prefix=options.prefix,
            timestamp_header=options.timestamp_header,
        )
        return lambda headers, raw, now: verify_hmac(headers, raw, keys, now, rule)
    try:
        keys = [standard_key(value) for value in secrets]
    except ValueError:
        raise OptionError(variable, "is whsec_ and base64, as the sender shows it.") from None
    return lambda headers, raw, now: verify_standard(headers, raw, keys, now)
