"""Webhooks: somebody else listens, and calls us with JSON at POST /hooks/<source>.

A delivery is verified on its raw bytes first (``bot.sources.kit.signatures``), then read through a map of
JSON pointers (RFC 6901) from the fields of a post to the places where this sender keeps them. What can be read is taken
(``bot.sources.kinds.webhook.document``), and a post that cannot be costs none of the others: the answer says how many
there were of them, and why. Text is plain text and stays exactly as it came.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from bot.sources.base import Capabilities, Delivered, HookRefused, SourceConfig
from bot.sources.kinds.webhook.document import Unreadable, at, listed, read_documents, stands, unwrapped, written
from bot.sources.kit.build import author, iso_moment, moment, post, stable_id
from bot.sources.kit.html import web_link
from bot.sources.kit.options import OptionError, unknown_key
from bot.sources.kit.pictures import Hosts, check_hosts, media
from bot.sources.kit.replying import words
from bot.sources.kit.signatures import (
    Algorithm,
    Encoding,
    HmacRule,
    Scheme,
    standard_key,
    verify_bearer,
    verify_hmac,
    verify_standard,
)
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind

MAX_POSTS = 1_000
_FIELDS = frozenset(
    {"id", "text", "title", "url", "author", "handle", "author_url", "author_id", "published", "lang"}
    | {"avatar", "picture", "picture_alt"},
)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
# Seconds until the year 5138, milliseconds from 1973 on.
_MILLISECONDS_FROM = 1e11
# What is said, where a number is as it was sent; elsewhere it is a name.
_WORDS = frozenset({"text", "title"})

Verify = Callable[[Mapping[str, str], bytes, datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """Options: how deliveries are signed, and where in them the fields of a post stand.

    Attributes:
        map: JSON pointers by field (id, text, title, url, author, handle, author_url, author_id, published, lang,
            avatar, picture, picture_alt), each within one post; ``text`` or ``title`` is needed.
        items: JSON pointer to the list of posts in a delivery; without it, a list is many posts and an object is one.
        header: For ``hmac``, the header with the signature, and with it ``algorithm``, ``encoding``, ``prefix``.
        timestamp_header: For ``hmac``, the header with the time in seconds, when it is signed as ``<time>.<body>``.
        picture_hosts: From where pictures are shown; without it, from nowhere, for a sender may name any address.
    """

    scheme: Scheme
    map: dict[str, str]
    items: str | None = None
    header: str = "X-Signature"
    algorithm: Algorithm = Algorithm.SHA256
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    timestamp_header: str = ""
    picture_hosts: Hosts = ()

    def __post_init__(self) -> None:
        check_hosts("picture_hosts", self.picture_hosts)
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
        self._hosts = config.options.picture_hosts
        variable = secret_variables(config.kind, config.name)["secret"]
        self._verify = _verifier(config.options, config.secrets.get("secret", ""), variable)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Posted]:
        """Verify and read one delivery; the names of ``headers`` may be in any case.

        Raises:
            HookRefused: 401 when it is unsigned, stale or tampered with, 400 when nothing in it is what was agreed.
        """
        given = {name.lower(): value for name, value in headers.items()}
        known_by = self._verify(given, raw, now)
        try:
            documents = read_documents(raw, given.get("content-type", ""))
            items = [item for document in documents for item in self._items_of(document)]
        except RecursionError as error:
            raise _wrong("is nested too deeply") from error
        except ValueError as error:
            raise _wrong("is not JSON") from error
        if len(items) > MAX_POSTS:
            raise HookRefused(400, f"A delivery holds at most {MAX_POSTS} posts.")
        return self._read(items, known_by)

    def _read(self, items: Sequence[object], known_by: str) -> Delivered[Posted]:
        """Read every post for itself: one that cannot be read costs none of the others."""
        posts: list[Posted] = []
        refused: list[HookRefused] = []
        for item in items:
            try:
                posts.append(self._post(item))
            except HookRefused as refusal:
                refused.append(refusal)
        if refused and not posts:
            raise refused[0]
        return Delivered(posts, known_by=known_by, refused=tuple(refusal.reason for refusal in refused))

    def _items_of(self, document: object) -> list[object]:
        """Return what stands for posts: in the agreed list, or else the document itself where the map finds a text."""
        document = unwrapped(document)
        if self._items is None:
            return self._alone(document)
        if isinstance(document, list):
            return [item for one in document for item in self._agreed(one, self._items)]
        return self._agreed(document, self._items)

    def _agreed(self, document: object, pointer: str) -> list[object]:
        if stands(document, pointer):
            return listed(at(document, pointer))
        if not self._says(document):
            raise _wrong("does not hold the list that was agreed")
        return [document]

    def _alone(self, document: object) -> list[object]:
        """Return the posts of a document that is one, or a list of them, be it in the only field of a form."""
        if isinstance(document, dict) and len(document) == 1 and not self._says(document):
            (only,) = document.values()
            if isinstance(only, str) and unwrapped(only) is not only:
                return listed(only)
        return [document] if self._says(document) or document is None else listed(document)

    def _says(self, item: object) -> bool:
        try:
            return bool(self._text(item, "text").strip() or self._text(item, "title").strip())
        except HookRefused:
            return False

    def _post(self, item: object) -> Posted:
        item = unwrapped(item)
        if not isinstance(item, dict):
            raise _wrong("holds something else than objects where posts were agreed")
        text, title, url = self._text(item, "text"), self._text(item, "title"), self._text(item, "url")
        if not text.strip() and not title.strip():
            raise _wrong("holds a post without text")
        name, handle = self._text(item, "author"), self._text(item, "handle")
        by = author(
            name=name,
            handle=handle,
            url=self._text(item, "author_url"),
            external_id=self._text(item, "author_id") or handle,
            avatar=self._text(item, "avatar"),
            hosts=self._hosts,
        )
        return post(
            external_id=stable_id(self._text(item, "id")) or _name(item, web_link(url), by, text.strip() or title),
            text=text,
            title=title,
            url=url,
            writer=by,
            published_at=_published(self._value(item, "published")),
            lang=self._text(item, "lang"),
            media=self._media(item),
        )

    def _media(self, item: object) -> Iterator[Media]:
        if address := self._text(item, "picture"):
            yield media(MediaKind.PICTURE, address, alt=self._text(item, "picture_alt"), hosts=self._hosts)

    def _value(self, item: object, name: str) -> object:
        return at(item, self._map[name]) if name in self._map else None

    def _text(self, item: object, name: str) -> str:
        """Return a field as text: absent, null and false are empty, a number is written out, all else is wrong.

        True is a word where words belong, and names nothing.
        """
        value = self._value(item, name)
        if value is None or value is False:
            return ""
        if isinstance(value, str):
            return value
        if value is True:
            return "true" if name in _WORDS else ""
        if isinstance(value, int | Decimal):
            return written(value, name=name not in _WORDS)
        raise _wrong(f"holds a post whose {name} is not text")


def _name(item: Mapping[str, object], url: str, by: Author, said: str) -> str:
    """Name a post that bears no id: by its address with who says what there, and without one by all that was sent.

    Many people write under one address, as they do on a page of reviews.
    """
    if not url:
        everything = json.dumps(item, sort_keys=True, default=str).encode()
        return "sha256:" + sha256(everything).hexdigest()
    who = by.external_id or by.name or by.url
    what = json.dumps([who, words(said)]).encode()
    return stable_id(f"{url} sha256:{sha256(what).hexdigest()}")


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


def _published(value: object) -> datetime | None:
    """Read a time: ISO 8601 (UTC where no zone stands), seconds or milliseconds since 1970.

    One that cannot be read is no time, for a mention matters more than its hour.
    """
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]{1,16}(?:\.[0-9]{1,9})?", value.strip()):
            return _since_1970(float(value))
        return iso_moment(value)
    if value is None or isinstance(value, bool | Unreadable):
        return None
    if isinstance(value, int | Decimal):
        return _since_1970(float(value))
    raise _wrong("holds a post whose published is not a time")


def _since_1970(number: float) -> datetime | None:
    if abs(number) >= 1e17:
        return None
    return moment(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)
