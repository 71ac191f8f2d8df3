"""Rendering: the desk's pages from its templates, and the few filters that foreign text needs.

Jinja escapes everything; nothing here returns markup. Foreign text gets an element of its own with ``dir="auto"``,
which also isolates it: an override that it opens ends with it.
"""

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from bot.chat.desk.charts import drawn
from bot.chat.kit.moments import OR_ANOTHER, parted
from handlers.base.actions import FORGOTTEN
from handlers.base.cards import GOES_OUT
from handlers.base.charts import shade
from handlers.base.media import description, in_words, shown
from handlers.draw.pictures import picture_name
from handlers.text.addresses import read_web_address
from handlers.text.language_names import NAMES

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_LANG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,3}", re.ASCII)
_ROW = 400


@dataclass(frozen=True, slots=True)
class Away:
    """A link that leaves the desk, and where it really leads."""

    href: str
    host: str


def beginning(text: str) -> str:
    """Return as much of a text as a row of the board could show, cut between two words; its page has the rest."""
    text = text.strip()
    if len(text) <= _ROW:
        return text
    edge = max(text.rfind(" ", _ROW - 60, _ROW), text.rfind("\n", _ROW - 60, _ROW))
    return f"{text[: edge if edge > 0 else _ROW].rstrip()} …"


def away(url: str) -> Away | None:
    """Return a link for an http(s) address with the host that it opens, in ASCII; None for anything else."""
    address = read_web_address(url)
    return Away(address.href, address.host) if address is not None else None


def language(tag: str) -> str:
    """Return a tag that may stand in ``lang``; empty means unknown, which HTML knows too."""
    return tag if _LANG.fullmatch(tag) else ""


def language_name(tag: str) -> str:
    """Return the English name of a language, or its tag."""
    return NAMES.get(tag.split("-")[0].lower(), tag) if language(tag) else ""


def stamp(at: datetime) -> str:
    """Write a moment for ``datetime=``."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def said_in_utc(at: datetime) -> str:
    """Write a moment for people, for where no script turns it into their own zone."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def initials(name: str) -> str:
    """Return one or two letters or digits for a person, however they decorate their name; empty where it has none."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalnum, word), ""))]
    return "".join(letters[:1] + letters[-1:] if len(letters) > 1 else letters).upper()


def picture(address: str, token: str) -> str:
    """Return where our own pages find a picture of somebody else that stands on a mention."""
    return f"/picture/{picture_name(address)}?of={token}"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of our own that pages are drawn with."""

    body: bytes
    kind: str
    tag: str


class Pages:
    """Draw pages. ``site`` is what every page knows: the organisation's name, the way in, and so on."""

    def __init__(self, site: Mapping[str, Any]) -> None:
        self.assets = {path.name: _asset(path) for path in sorted((_HERE / "static").iterdir()) if path.is_file()}
        self._site = dict(site)

    @property
    def way_in(self) -> str:
        """How somebody gets a link of their own."""
        return str(self._site["way_in"])

    @cached_property
    def _env(self) -> "Environment":
        # Imported with the first page: 2 MB and 30 ms that the start of a bot whose desk nobody opens can do without.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

        env = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.filters |= {
            "beginning": beginning,
            "away": away,
            "language": language,
            "language_name": language_name,
            "stamp": stamp,
            "utc": said_in_utc,
            "initials": initials,
            "picture": picture,
            "shown": shown,
            "description": description,
            "in_words": in_words,
            "parted": parted,
            "drawn": drawn,
            "shade": shade,
        }
        env.tests["moment"] = lambda value: isinstance(value, datetime)
        env.globals |= {
            "site": self._site,
            "asset": self._address,
            "sign": self._sign,
            "query": _query,
            "goes_out": GOES_OUT,
        }
        env.globals |= {"forgotten": FORGOTTEN, "or_another": OR_ANOTHER}
        return env

    def text(self, template: str, **values: Any) -> str:
        """Draw a template."""
        return self._env.get_template(template).render(values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Draw a page as an answer."""
        return web.Response(text=self.text(template, **values), status=status, content_type="text/html")

    def plain(self, status: int, sentence: str) -> web.Response:
        """Draw the page that says why there is nothing to see, and how to get in."""
        text = self.text("turned.html", status=status, sentence=sentence)
        return web.Response(text=text, status=status, content_type="text/html")

    def _sign(self, network: str) -> str:
        """Return where the picture of a network is; empty where there is none."""
        name = f"network-{network.lower().replace(' ', '-').replace('_', '-').replace('+', '-plus')}.svg"
        return self._address(name) if name in self.assets else ""

    def _address(self, name: str) -> str:
        return f"/static/{name}?v={self.assets[name].tag}"


def _query(**values: str) -> str:
    """Return the board's address with the values that are not empty."""
    said = {name: value for name, value in values.items() if value}
    return f"/?{urlencode(said)}" if said else "/"


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:16])
