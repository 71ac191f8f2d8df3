"""Webhooks: somebody else listens, and calls us with JSON at POST /hooks/<source>.

A delivery is verified on its raw bytes first (``bot.sources.kinds.webhook.signatures``), then read through a map of
JSON pointers (RFC 6901) from the fields of a post to the places where this sender keeps them. A delivery is taken whole
or not at all, so that what we answer is true for every post in it. Text is plain text and stays exactly as it came.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NoReturn

from bot.sources.base import Capabilities, HookRefused, SourceConfig
from bot.sources.kinds.webhook.signatures import (
    Algorithm,
    Encoding,
    HmacRule,
    Scheme,
    standard_key,
    verify_bearer,
    verify_hmac,
    verify_standard,
)
from bot.sources.kit.build import author, iso_moment, moment, post, stable_id
from bot.sources.kit.html import web_link
from bot.sources.kit.options import OptionError, unknown_key
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.events import Posted

MAX_POSTS = 1_000
_FIELDS = frozenset(
    {"id", "text", "title", "url", "author", "handle", "author_url", "author_id", "published", "lang"},
)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
# Seconds until the year 5138, milliseconds from 1973 on.
_MILLISECONDS_FROM = 1e11
_MAX_DIGITS = 40

Verify = Callable[[Mapping[str, str], bytes, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """Options: how deliveries are signed, and where in them the fields of a post stand.

    Attributes:
        map: JSON pointers by field (id, text, title, url, author, handle, author_url, author_id, published, lang),
            each within one post; ``text`` or ``title`` is needed.
        items: JSON pointer to the list of posts in a delivery; without it, a list is many posts and an object is one.
        header: For ``hmac``, the header with the signature, and with it ``algorithm``, ``encoding``, ``prefix``.
        timestamp_header: For ``hmac``, the header with the time in seconds, when it is signed as ``<time>.<body>``.
    """

    scheme: Scheme
    map: dict[str, str]
    items: str | None = None
    header: str = "X-Signature"
    algorithm: Algorithm = Algorithm.SHA256
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    timestamp_header: str = ""

    def __post_init__(self) -> None:
        for name, pointer in self.map.items():
            if name not in _FIELDS:
                raise OptionError("map", unknown_key(name, _FIELDS).args[0])
            if not _POINTER.fullmatch(pointer):
                raise OptionError("map", f'{name} is a JSON pointer, such as "/author/name".')
        if not {"text", "title"} & self.map.keys():
            raise OptionError("map", "names no text.")
        if self.items is not None and not _POINTER.fullmatch(self.items):
            raise OptionError("items", 'is a JSON pointer, such as "/data/items".')


class Webhook:
    """A source that calls us."""

    capabilities = Capabilities(receives=True)
    replies = None

    def __init__(self, config: SourceConfig[WebhookOptions], tools: SourceTools) -> None:
        """Take the map and the secret, which may be several, separated by spaces, while it is being rotated.

        Raises:
            OptionError: There is no secret, or it is not what the scheme wants: such a hook would be an open door.
        """
        self._map = config.options.map
        self._items = config.options.items
        variable = secret_variables(config.kind, config.name)["secret"]
        self._verify = _verifier(config.options, config.secrets.get("secret", ""), variable)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> tuple[Posted, ...]:
        """Verify and read one delivery; the names of ``headers`` may be in any case.

        Raises:
            HookRefused: 401 when it is unsigned, stale or tampered with, 400 when it is not what was agreed.
        """
        self._verify({name.lower(): value for name, value in headers.items()}, raw, now)
        document = _parsed(raw)
        try:
            found = _at(document, self._items) if self._items is not None else document
            items = found if isinstance(found, list) else [found]
            if len(items) > MAX_POSTS:
                raise HookRefused(400, f"A delivery holds at most {MAX_POSTS} posts.")
            return tuple(self._post(item) for item in items)
        except RecursionError as error:
            raise _wrong("is nested too deeply") from error

    def _post(self, item: object) -> Posted:
        if not isinstance(item, dict):
            raise _wrong("holds something else than objects where posts were agreed")
        text, title, url = self._text(item, "text"), self._text(item, "title"), self._text(item, "url")
        if not text.strip() and not title.strip():
            raise _wrong("holds a post without text")
        canonical = json.dumps(item, sort_keys=True).encode()
        name, handle = self._text(item, "author"), self._text(item, "handle")
        return post(
            external_id=(
                stable_id(self._text(item, "id"))
                or stable_id(web_link(url))
                or "sha256:" + sha256(canonical).hexdigest()
            ),
            text=text,
            title=title,
            url=url,
            writer=author(
                name=name,
                handle=handle,
                url=self._text(item, "author_url"),
                external_id=self._text(item, "author_id") or handle,
            ),
            published_at=_published(self._value(item, "published")),
            lang=self._text(item, "lang"),
        )

    def _value(self, item: object, name: str) -> object:
        return _at(item, self._map[name]) if name in self._map else None

    def _text(self, item: object, name: str) -> str:
        """Return a field as text: absent and null are empty, a whole number is written out, all else is wrong."""
        value = self._value(item, name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise _wrong(f"holds a post whose {name} is not text")


def _verifier(options: WebhookOptions, secret: str, variable: str) -> Verify:
    """Choose how deliveries are verified; the secret stays in here."""
    secrets = secret.split()
    if not secrets:
        raise OptionError(variable, "is not set; a hook needs its secret.")
    keys = [value.encode() for value in secrets]
    if options.scheme is Scheme.BEARER:
        return lambda headers, raw, now: verify_bearer(headers, keys)
    if options.scheme is Scheme.HMAC:
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


def _wrong(what: str) -> HookRefused:
    return HookRefused(400, f"The delivery {what}.")


def _parsed(raw: bytes) -> object:
    """Parse JSON strictly: UTF-8, numbers that are numbers, of a size that is one."""
    try:
        document: object = json.loads(
            raw.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite, parse_int=_short
        )
    except RecursionError as error:
        raise _wrong("is nested too deeply") from error
    except ValueError as error:
        raise _wrong("is not JSON") from error
    return document


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("too large")
    return number


def _short(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("too large")
    return int(digits)


def _at(document: object, pointer: str) -> object:
    """Follow a JSON pointer; what is not there is None."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and _INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def _published(value: object) -> datetime | None:
    """Read a time: ISO 8601 (UTC where no zone stands), seconds or milliseconds since 1970.

    One that cannot be read is no time, for a mention matters more than its hour.
    """
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]{1,16}(?:\.[0-9]{1,9})?", value.strip()):
            return _since_1970(float(value))
        return iso_moment(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value) if abs(value) < 1e17 else None
    if value is None:
        return None
    raise _wrong("holds a post whose published is not a time")


def _since_1970(number: float) -> datetime | None:
    return moment(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)
