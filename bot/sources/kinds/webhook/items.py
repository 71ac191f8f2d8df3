"""What a delivery holds: posts that are new or edited, and deletions, read through the map of its sender.

The map leads from the fields of a post to the places where this sender keeps them, by JSON pointers (RFC 6901). What
can be read is taken (``bot.sources.kinds.webhook.document``), and a post that cannot be costs none of the others. Text
is plain text and stays exactly as it came.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from bot.sources.base import HookRefused
from bot.sources.kinds.webhook.document import Unreadable, at, listed, read_documents, stands, unwrapped, written
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kit.build import author, deleted, iso_moment, moment, post, stable_id
from bot.sources.kit.html import web_link
from bot.sources.kit.pictures import media
from bot.sources.kit.replying import words
from handlers.base.events import Author, Event, Posted
from handlers.base.media import Media, MediaKind

MAX_POSTS = 1_000
# Seconds until the year 5138, milliseconds from 1973 on.
_MILLISECONDS_FROM = 1e11
# What is said, where a number is as it was sent; elsewhere it is a name.
_WORDS = frozenset({"text", "title"})
# Whatever may stand in an address that is made of an id.
_NAME = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
# By which words a sender says that a post is of little worth; "true" is one, too.
_LOW = frozenset({"low", "very low", "irrelevant", "not relevant", "spam"})


class Items:
    """Reads the deliveries of one hook."""

    def __init__(self, options: WebhookOptions) -> None:
        """Take the map, and what is known of the vendor."""
        self._map = options.pointers
        self._items = options.chosen.items if options.items is None else options.items
        self._hosts = options.picture_hosts
        self._vendor = options.chosen

    def found(self, raw: bytes, content_type: str) -> list[object]:
        """Return what stands for posts in a delivery.

        Raises:
            HookRefused: 400: it is neither JSON nor a form, or does not hold the list that was agreed.
        """
        try:
            documents = read_documents(raw, content_type)
            items = [item for document in documents for item in self._items_of(document)]
        except RecursionError as error:
            raise _wrong("is nested too deeply") from error
        except ValueError as error:
            raise _wrong("is not JSON") from error
        if len(items) > MAX_POSTS:
            raise HookRefused(400, f"A delivery holds at most {MAX_POSTS} posts.")
        return items

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
            raise _wrong(f"does not hold the list that was agreed, at {pointer}")
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

    def event(self, item: object) -> Event | None:
        """Return what one item tells; None for what is of no concern here.

        Raises:
            HookRefused: 400: it is not what was agreed; the reason names the field, and where it belongs.
        """
        item = unwrapped(item)
        if not isinstance(item, dict):
            raise _wrong("holds something else than objects where posts were agreed")
        vendor = self._vendor
        if vendor.verb:
            verb = at(item, vendor.verb)
            if not isinstance(verb, str):
                raise _wrong(f"holds an item that does not say, at {vendor.verb}, what happened")
            if verb in vendor.gone:
                return deleted(self._needed(item, "id"))
            if verb not in vendor.posts:
                return None
        return self._post(item)

    def _post(self, item: Mapping[str, object]) -> Posted | None:
        text, title, url = self._text(item, "text"), self._text(item, "title"), self._text(item, "url")
        for name in self._vendor.needed:
            self._needed(item, name)
        title = self._with_stars(title, self._text(item, "stars"))
        if not text.strip() and not title.strip():
            if self._vendor.silent and any(stands(item, pointer) for pointer in self._of("text")):
                return None
            raise _wrong(f"holds a post without text{self._where('text')}")
        called = self._text(item, "id")
        if not url and self._vendor.page and _NAME.fullmatch(called):
            url = self._vendor.page.format(called)
        handle = self._text(item, "handle")
        by = author(
            name=self._text(item, "author"),
            handle=handle,
            url=self._text(item, "author_url"),
            external_id=self._text(item, "author_id") or handle,
            avatar=self._text(item, "avatar"),
            hosts=self._hosts,
            followers=self._number(item, "followers"),
        )
        space = at(item, self._vendor.space) if called and self._vendor.space else ""
        return post(
            external_id=stable_id(f"{space}:{called}" if isinstance(space, str) and space else called)
            or _name(item, web_link(url), by, text.strip() or title),
            text=text,
            title=title,
            url=url,
            writer=by,
            published_at=self._published(item),
            lang=self._text(item, "lang"),
            media=self._media(item),
            low=self._low(item),
        )

    @staticmethod
    def _with_stars(title: str, stars: str) -> str:
        """Put the stars of a review before its title: they are all that many reviews say."""
        said = f"{stars} of 5 stars" if stars.strip() else ""
        return ": ".join(part for part in (said, title.strip()) if part) if said else title

    def _media(self, item: object) -> Iterator[Media]:
        if address := self._text(item, "picture"):
            yield media(MediaKind.PICTURE, address, alt=self._text(item, "picture_alt"), hosts=self._hosts)

    def _of(self, name: str) -> tuple[str, ...]:
        return self._map.get(name, ())

    def _where(self, name: str) -> str:
        """Say where a field belongs, for a vendor of whom that is known; who wrote a map of their own knows it."""
        return f" (at {' or '.join(self._of(name))})" if self._vendor.vendor and self._of(name) else ""

    def _needed(self, item: object, name: str) -> str:
        value = self._text(item, name)
        if not value.strip():
            raise _wrong(f"holds a post without {name}{self._where(name)}")
        return value

    def _value(self, item: object, name: str) -> object:
        """Return what stands at the first place of a field where there is something."""
        values = [at(item, pointer) for pointer in self._of(name)]
        return next((one for one in values if one not in (None, "", False)), next(iter(values), None))

    def _number(self, item: object, name: str) -> int | None:
        """Return a field as a whole number, which many senders write as text; what is none costs itself alone."""
        value = self._value(item, name)
        told = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
        return int(told) if _WHOLE.fullmatch(told) else None

    def _low(self, item: object) -> str:
        """Say that its sender calls it of little worth; whatever else stands there says nothing against it."""
        value = self._value(item, "low")
        told = " ".join(re.split(r"[\s_-]+", value.strip().lower())) if isinstance(value, str) else ""
        if value is True or told == "true":
            told = "low"
        return f"{self._vendor.vendor or 'its sender'} says {told}" if told in _LOW else ""

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
        raise _wrong(f"holds a post whose {name}{self._where(name)} is not text")

    def _published(self, item: object) -> datetime | None:
        """Read a time: ISO 8601 (UTC where no zone stands), seconds or milliseconds since 1970.

        One that cannot be read is no time, for a mention matters more than its hour.
        """
        value = self._value(item, "published")
        if isinstance(value, str):
            if re.fullmatch(r"[0-9]{1,16}(?:\.[0-9]{1,9})?", value.strip()):
                return _since_1970(float(value))
            return iso_moment(value)
        if value is None or isinstance(value, bool | Unreadable):
            return None
        if isinstance(value, int | Decimal):
            return _since_1970(float(value))
        raise _wrong(f"holds a post whose published{self._where('published')} is not a time")


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


def _wrong(what: str) -> HookRefused:
    return HookRefused(400, f"The delivery {what}.")


def _since_1970(number: float) -> datetime | None:
    if abs(number) >= 1e17:
        return None
    return moment(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)
