"""Access: who may come in, by which address, and what may be changed from where.

Every page needs a session. Every change is a POST from our own pages: its Origin is ours (or the browser says so by
Sec-Fetch-Site) and it carries a token that is bound to the session. The Host is checked because a foreign name that
resolves to us (DNS rebinding) would make a foreign page our own.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.proxy import NotBelieved, email_of
from bot.chat.desk.render import Pages
from bot.chat.desk.settings import SigningProxy
from bot.net.request_body import BodyRefused, read_request
from handlers.base.errors import NotAllowed
from handlers.base.organisation import Organisation
from handlers.people import sign_in
from handlers.people.sign_in import SESSION_LIVES, Visitor
from handlers.text.addresses import PORTS, read_web_address
from handlers.text.bounds import clip
from storage.engine.database import is_outage

# From whom we know, so that a text that is far too long comes back to them with a sentence, and is not lost.
MAX_BODY = 1024 * 1024
# From anybody.
MAX_KEY = 64 * 1024
MAX_FIELDS = 200
# What the boxes of a list are called: each that is ticked brings its own.
PICK = "pick"
_BODY_REFUSED = {
    415: "The desk takes its own forms only.",
    413: "That is too long.",
    408: "That took too long.",
    400: "That form cannot be read.",
}
# What an open page asks for without anybody at it.
_BY_ITSELF = re.compile(r"/(?:live|tabs|picture/[^/]*|m/[^/]*/card)")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that was let in.

    Attributes:
        opened: With a session that its browser does not know yet.
        picked: What was chosen of a list, as its boxes say it.
    """

    request: web.Request
    visitor: Visitor
    token: str
    now: datetime
    form: dict[str, str] = field(default_factory=dict)
    opened: bool = False
    picked: tuple[str, ...] = ()

    @property
    def csrf(self) -> str:
        """What our own forms carry; it dies with the session."""
        return csrf_of(self.token)


Page = Callable[[Visit], Awaitable[web.StreamResponse]]
OpenPage = Callable[[web.Request], Awaitable[web.StreamResponse]]


NO_PAGE = "There is no such page."


class Turned(Exception):
    """A request that is not let in: a status and a sentence for its page."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def is_admin(visit: Visit, organisation: Organisation) -> bool:
    """Say whether a visitor is one of the admins that dibs.toml names."""
    return visit.visitor.email.casefold() in map(str.casefold, organisation.admins)


def csrf_of(token: str) -> str:
    """Return the form token of a session."""
    return sign(token, "form")


def sign(token: str, text: str) -> str:
    """Sign a text so that only this session's browser could have got it from us."""
    return hmac.new(token.encode("utf-8", "replace"), text.encode(), hashlib.sha256).hexdigest()


class Access:
    """Let requests in, or say why not."""

    def __init__(
        self,
        backend: Backend,
        pages: Pages,
        *,
        public_url: str,
        port: int,
        proxy: SigningProxy | None = None,
        idle: timedelta | None = None,
    ) -> None:
        self._backend = backend
        self._pages = pages
        self._proxy = proxy
        self.idle = idle
        public = read_web_address(public_url)
        self.secure = public is not None and public.scheme == "https"
        self.cookie = "__Host-dibs" if self.secure else f"dibs-{port}"
        # How one who is in is told that something is not there; what is drawn around it stands above this.
        self.turn: Callable[[Visit, Turned], web.StreamResponse] | None = None
        self._port = port
        self._hosts: set[str] = set()
        self._origins: set[str] = set()
        if public is not None:  # the scheme's own port is no part of an address, written or not
            self._hosts = {public.netloc, f"{public.host}:{public.port or PORTS[public.scheme]}"}
            self._origins = {f"{public.scheme}://{host}" for host in self._hosts}

    def open(self, handler: OpenPage) -> OpenPage:
        """Serve to everybody who comes by a known address: the way in, and what pages are drawn with."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, lambda: handler(request))

        return guarded

    def closed(self, handler: Page, outside: int = 401) -> OpenPage:
        """Serve to those who have a session; a POST must come from our own pages too.

        ``outside`` is the status that everybody else gets.
        """

        async def work(request: web.Request) -> web.StreamResponse:
            visit = await self._admit(request, outside)
            try:
                response = await handler(visit)
            except Turned as turned:
                if self.turn is None:
                    raise
                response = self.turn(visit, turned)
            if visit.opened and not response.prepared:
                self.seat(response, visit.token)
            return response

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, lambda: work(request))

        return guarded

    async def _answer(
        self, request: web.Request, work: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            self._check_address(request)
            return await work()
        except Turned as turned:
            return self._pages.plain(turned.status, turned.sentence)
        except web.HTTPException:
            raise
        except Exception as error:
            if is_outage(error):
                return self._pages.plain(503, "The database is away for a moment. Nothing was changed; try again.")
            _LOG.exception("a page of the desk failed")
            return self._pages.plain(500, "Something went wrong on our side. It is written down in Dibs' own log.")

    def _check_address(self, request: web.Request) -> None:
        loopback = self._loopback(request)
        if request.headers.get("Host", "").lower() not in self._hosts | loopback:
            raise Turned(403, "The desk is not served under this address.")
        if request.method == "POST":
            origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
            ours = self._origins | {f"http://{host}" for host in loopback}
            foreign = origin is not None and origin != "null" and origin.lower() not in ours
            if foreign or site not in (None, "same-origin") or (origin in (None, "null") and site is None):
                raise Turned(403, "That came from another page. Nothing was changed.")

    def _loopback(self, request: web.Request) -> set[str]:
        """Return this machine's own names for us; the port is the one that is really listened on (it may be 0)."""
        bound = request.transport.get_extra_info("sockname") if request.transport and not self._port else None
        port = bound[1] if bound else self._port
        return {f"{name}:{port}" for name in _LOOPBACK} | (set(_LOOPBACK) if port == PORTS["http"] else set())

    def seat(self, response: web.StreamResponse, token: str) -> None:
        """Let a browser keep a session."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(SESSION_LIVES.total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=self.secure,
            path="/",
        )

    async def _admit(self, request: web.Request, outside: int) -> Visit:
        now, told = self._backend.clock.now(), self._told(request)
        token, opened = request.cookies.get(self.cookie, ""), False
        visitor = await self._look(token, now) if token else None
        if told is not None and (visitor is None or visitor.email != told):
            if request.method != "GET":
                raise Turned(403, "You are signed in as somebody else by now, or anew. Load the page again.")
            token, opened = await self._sign_in(request, told, now), True
            visitor = await self._look(token, now)
        if visitor is None:
            raise Turned(outside, "" if outside == 401 else NO_PAGE)
        pairs: list[tuple[str, str]] = []
        if request.method == "POST":
            pairs = await _read_pairs(request, MAX_BODY)
            if not hmac.compare_digest(dict(pairs).get("csrf", "").encode(), csrf_of(token).encode()):
                raise Turned(403, "This page is too old to change anything. Load it again, then try once more.")
        await self._use(request, token, now)
        picked = tuple(value for name, value in pairs if name == PICK)
        return Visit(
            request=request, visitor=visitor, token=token, now=now, form=dict(pairs), opened=opened, picked=picked
        )

    async def _look(self, token: str, now: datetime) -> Visitor | None:
        organisation = self._backend.organisation
        try:
            return await self._backend.read(lambda session: sign_in.visitor(session, token, organisation, now))
        except NotAllowed as refusal:
            raise Turned(403, refusal.sentence) from None

    def _told(self, request: web.Request) -> str | None:
        try:
            return email_of(request, self._proxy) if self._proxy is not None else None
        except NotBelieved as error:
            raise Turned(403, error.sentence) from None

    async def _sign_in(self, request: web.Request, email: str, now: datetime) -> str:
        """Open a session for whom the proxy has signed in."""
        backend, browser = self._backend, request.headers.get("User-Agent", "")
        work = partial(
            sign_in.let_in,
            organisation=backend.organisation,
            email=email,
            now=now,
            random=backend.ids.random,
            browser=browser,
            idle=self.idle,
        )
        try:
            return await backend.tx(work)
        except NotAllowed as refusal:
            raise Turned(403, refusal.sentence) from None

    async def _use(self, request: web.Request, token: str, now: datetime) -> None:
        """Let a session last that somebody uses; what a page asks for by itself is no use."""
        idle = self.idle
        if idle is None or _BY_ITSELF.fullmatch(request.path):
            return
        until = await self._backend.read(lambda session: sign_in.used(session, token, idle, now))
        if until is not None:
            await self._backend.tx(lambda session: sign_in.keep_in(session, token, until))


async def read_form(request: web.Request, largest: int = MAX_KEY) -> dict[str, str]:
    """Read an urlencoded form of at most so many bytes.

    Raises:
        Turned: It is larger, or something else.
    """
    return dict(await _read_pairs(request, largest))


async def _read_pairs(request: web.Request, largest: int) -> list[tuple[str, str]]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Turned(415, "The desk takes its own forms only.")
    try:
        raw = await read_request(request, largest)
    except BodyRefused as refusal:
        raise Turned(refusal.status, _BODY_REFUSED[refusal.status]) from None
    try:
        pairs = parse_qsl(
            raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"
        )
    except ValueError:
        raise Turned(400, "That form cannot be read.") from None
    return [(name, clip(value, largest)) for name, value in pairs]
