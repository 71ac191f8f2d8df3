"""Asking an instance of Lemmy, in the version of its API that it speaks.

Version 4 came with Lemmy 1.0, which answers a few requests of version 3 too, and not those that we need; 0.19 knows
version 3 alone. So an instance is asked once for its site in version 4, then in 3, and again where it does not know a
path any more: it has become another version meanwhile. Lists stand under several names, which changed on the way to
1.0; all of them are read.

Who asks is told by a session, bought with name and password. Most requests are answered without one, too
(``bot.sources.kinds.lemmy.verdicts``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING, Fetches
from bot.runtime.clock import Clock
from bot.sources.kinds.lemmy.posts import View, full_name
from bot.sources.kinds.lemmy.verdicts import read, verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader
from bot.sources.kit.chain import TokenRefused
from bot.sources.kit.json import mapping, objects, string, whole
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.session_login import SessionLogin
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line

PAGE = 50
SEARCHING = "searching"
V3, V4 = "v3", "v4"
_LOGIN = {V3: "/user/login", V4: "/account/auth/login"}
_SECOND_FACTOR = frozenset({"missing_totp_token", "incorrect_totp_token"})
# What a list that is asked for one thing is called in version 4, before and since it was released.
_LISTS = ("items", "results", "search", "notifications", "content")


@dataclass(frozen=True, slots=True)
class Me:
    """Our account: its number on the instance, its full name, and the languages that it reads; none = all."""

    id: int
    name: str
    languages: frozenset[int]
    banned: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, newest first, and where the next one begins; empty = nowhere."""

    views: list[View]
    following: str


class LemmyApi:
    """One instance, asked as one account or as anybody."""

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        variable: str,
        fetcher: Fetches,
        clock: Clock,
        *,
        allow_private: bool,
    ) -> None:
        """Take the address of the instance, the account or none, and the variable that holds the password."""
        self.base_url = base_url.rstrip("/")
        self.home = urlsplit(self.base_url).hostname or ""
        self.variable = variable
        self.has_account = bool(password)
        self.not_lemmy = f"{self.home} did not answer as Lemmy does."
        self._name_and_password = {"username_or_email": username, "password": password}
        self._version = ""
        rest = partial(
            Rest, fetcher, self.base_url, name=self.home, not_ours=self.not_lemmy, allow_private=allow_private
        )
        nobody = StaticHeader({}, lambda: f"Only members may read {self.home}.")
        stranger = verdicts(self.home, knows_us=False)
        self._open: Rest[Any] = rest(renew=nobody.renew, headers=nobody.headers, verdicts=stranger)
        session = SessionLogin(
            self._log_in,
            lambda held: {"authorization": f"Bearer {held}"},
            network=self.home,
            mend=f"Look at `username` and {variable}, then start Dibs anew.",
            clock=clock,
        )
        ours: Rest[Any] = rest(renew=session.renew, headers=session.headers, verdicts=verdicts(self.home))
        self.rest = ours if self.has_account else self._open

    async def version(self) -> str:
        """Return the version that the instance speaks; asked once.

        Raises:
            SourceUnavailable: It cannot be asked now, or is no Lemmy.
            SourceRefused: Only its members may read it.
        """
        if not self._version:
            self._version = V4 if await self._speaks(V4) else V3 if await self._speaks(V3) else ""
        if not self._version:
            raise SourceUnavailable(self.not_lemmy)
        return self._version

    async def me(self) -> Me:
        """Return our account, asked anew: so a session that has ended is renewed before anything is looked for.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: Our account is not let in.
        """
        told = await self._get("/account" if await self.version() == V4 else "/site")
        mine = mapping(told.get("my_user")) or told
        user = mapping(mine.get("local_user_view"))
        person = mapping(user.get("person"))
        if not whole(person, "id"):
            raise SourceUnavailable(self.not_lemmy)
        banned = bool(user.get("banned") or person.get("banned"))
        return Me(whole(person, "id"), full_name(person), _numbers(mine.get("discussion_languages")), banned)

    async def prove(self) -> Proof:
        """Return who our account is, and whether it may speak.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        me = await self.me()
        lack = Lack(sentence="It is banned there: replies fail.", mend="Ask the admins of the instance.")
        return Proof(who=one_line(me.name, 120), lacks=(lack,) if me.banned else ())

    async def inbox(self, name: str, cursor: str) -> Listed:
        """Return who spoke to us: "mentions" or "replies" in version 3; version 4 has one list of both.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        if await self.version() == V4:
            told = await self._page("/account/notification/list", [], cursor)
            items = _items(told, "notifications")
        else:
            path = "/user/mention" if name == "mentions" else "/user/replies"
            told = await self._page(path, [("sort", "New"), ("unread_only", "false")], cursor)
            items = _items(told, name)
        return self._listed(told, items, cursor)

    async def found(self, words: str, what: str, cursor: str) -> Listed:
        """Return what a search finds, of "comments" or of "posts".

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        query = [("q", words), ("type_", what.title()), ("sort", "New"), ("listing_type", "All")]
        if await self.version() == V4:
            query = [(name, value if name == "q" else value.lower()) for name, value in query]
            query.append(("search_term", words))  # as 1.0 was to call it, and may call it
        told = await self._page("/search", query, cursor, bucket=SEARCHING)
        return self._listed(told, _items(told, what), cursor)

    async def ours(self, me: Me, cursor: str) -> Listed:
        """Return what our account said, the newest first.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        if await self.version() == V4:
            path, query = "/person/content", [("type_", "comments")]
        else:
            path, query = "/user", [("sort", "New")]
        told = await self._page(path, [("person_id", str(me.id)), *query], cursor)
        return self._listed(told, _items(told, "comments"), cursor)

    async def one(self, what: str, number: int) -> View | None:
        """Return a "comment" or a "post" by our instance's number; None where it is not there.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = await self.rest.find(await self._path(f"/{what}"), [("id", str(number))])
        return mapping(mapping(told).get(f"{what}_view")) or None

    async def resolve(self, address: str) -> View | None:
        """Return what stands at a federated address, which our instance fetches from another where it has to.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = await self.rest.find(await self._path("/resolve_object"), [("q", address)], bucket=SEARCHING)
        told = mapping(mapping(told).get("resolve")) or mapping(told)
        found = next(iter(objects(told.get("results"))), told)
        for what in ("comment", "post"):
            inner = mapping(found.get(what))
            if "creator" in inner:  # a view by itself, and not the thing within one
                return inner
        return found if "creator" in found else None

    async def languages(self, community: int) -> frozenset[int]:
        """Return the languages that a community takes, by the instance's numbers; none = all.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = await self.rest.find(await self._path("/community"), [("id", str(community))])
        return _numbers(mapping(told).get("discussion_languages"))

    async def send(self, comment: Mapping[str, object]) -> Answer:
        """Send a comment once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(await self._path("/comment"), json=comment, bucket=WRITING)

    async def _speaks(self, version: str) -> bool:
        try:
            answer = await self._open.get(f"/api/{version}/site")
        except SourceUnavailable as error:
            if error.reason != self.not_lemmy:
                raise
            return False  # a page for people
        site = mapping(answer.object.get("site_view"))
        if mapping(site.get("local_site")).get("private_instance") is True:
            raise SourceRefused(f"Only members may read {self.home}.")
        return answer.ok and bool(site)

    async def _log_in(self) -> str:
        address = f"{self.base_url}{await self._path(_LOGIN[await self.version()])}"
        answer = await self._open.sign_in(address, json=self._name_and_password)
        if answer.ok and (token := string(answer.object, "jwt")):
            return token
        said = read(answer)
        if said.code in _SECOND_FACTOR:
            raise TokenRefused(
                f"{self.home} wants a second factor of our account, which Dibs has not: switch it off there for this "
                "account, or take one without it."
            )
        if said.code == "rate_limit_error" or (answer.ok and not answer.object):
            raise SourceUnavailable(f"{self.home} does not let us in now.")
        raise TokenRefused(f"{self.home} does not let our account in. {said.words}".strip())

    async def _path(self, path: str) -> str:
        return f"/api/{await self.version()}{path}"

    async def _page(self, path: str, query: Query, cursor: str, *, bucket: str = "") -> View:
        """Ask for a page of a list; the cursor of another version than that which is spoken now begins anew."""
        version, (of, _, place) = await self.version(), cursor.partition(" ")
        at = [("page_cursor" if version == V4 else "page", place)] if place and of == version else []
        return await self._get(path, [*query, ("limit", str(PAGE)), *at], bucket=bucket)

    async def _get(self, path: str, query: Query = (), *, bucket: str = "") -> View:
        answer = await self.rest.get(await self._path(path), query, bucket=bucket)
        if answer.status == 404:
            self._version = ""  # it speaks another one now
            raise SourceUnavailable(self.not_lemmy)
        if not answer.ok:
            raise SourceRefused(f"{self.home} refused the request ({answer.status}). {read(answer).words}".strip())
        if not answer.object:
            raise SourceUnavailable(self.not_lemmy)
        return answer.object

    def _listed(self, told: View, items: list[View] | None, cursor: str) -> Listed:
        if items is None:
            raise SourceUnavailable(self.not_lemmy)
        if self._version == V4:
            following = string(told, "next_page")
        else:
            page = cursor.partition(" ")[2]
            following = str(int(page or 1) + 1) if len(items) >= PAGE else ""
        return Listed(items, f"{self._version} {following}" if following else "")


def _items(told: View, name: str) -> list[View] | None:
    """Return what a list holds, which stands under its own name or under one for all; None where there is none."""
    if isinstance(told.get(name), list):
        return objects(told[name])
    lists = [objects(told[one]) for one in _LISTS if isinstance(told.get(one), list)]
    kind = {"", name.removesuffix("s")}
    return [one for one in lists[0] if string(one, "type_").casefold() in kind] if lists else None


def _numbers(told: object) -> frozenset[int]:
    return frozenset(one for one in told if type(one) is int) if isinstance(told, list) else frozenset()
