"""Asking an instance of Lemmy, in the version of its API that it speaks (``bot.sources.kinds.lemmy.versions``).

An instance is asked once for its site in version 4, then in 3, and again where it does not know a path any more: it has
become another version meanwhile. Lists stand under several names, which changed on the way to 1.0; all of them are
read.

Who asks is told by a session, bought with name and password. Most requests are answered without one, too
(``bot.sources.kinds.lemmy.verdicts``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import NotJson, SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.lemmy.options import LemmyOptions
from bot.sources.kinds.lemmy.posts import View, address_of, full_name
from bot.sources.kinds.lemmy.verdicts import at_login, verdicts
from bot.sources.kinds.lemmy.versions import SEARCHING, V3, V4, Version
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.fields import field_at, inside
from bot.sources.kit.json import mapping, numbers, objects, string, whole
from bot.sources.kit.options import password_of
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.session_login import SessionLogin, session
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

PAGE = 50
# What a list that is asked for one thing is called in version 4, before and since it was released.
_LISTS = ("items", "results", "search", "notifications", "content")

_BANNED = Lack(sentence="It is banned there: replies fail.", mend="Ask the admins of the instance.")


@dataclass(frozen=True, slots=True)
class Me:
    """Our account: its number on the instance, its full name, and the languages that it reads; none = all."""

    id: int
    name: str
    languages: frozenset[int]
    banned: bool


class LemmyApi:
    """One instance, asked as one account or as anybody."""

    rest: Rest[Any]

    def __init__(self, config: SourceConfig[LemmyOptions], tools: SourceTools) -> None:
        """Take the instance; nothing is asked yet.

        Raises:
            OptionError: There is a name without a password, or the other way round, or they would go out in the clear.
        """
        options, self.files = config.options, config.options.picture_hosts
        self.variable = secret_variables(config.kind, config.name)["password"]
        password = password_of(options.username, config.secrets, self.variable)
        self.home = urlsplit(options.base_url).hostname or ""
        self.has_account = bool(password)
        self._name_and_password = {"username_or_email": options.username, "password": password}
        self._version: Version | None = None
        ask = partial(asked_as, base_url=options.base_url, network="Lemmy", config=config, tools=tools, name=self.home)
        nobody = StaticHeader({}, lambda: f"Only members may read {self.home}.")
        self._open: Rest[Any] = ask(nobody, verdicts=verdicts(self.home, knows_us=False))
        mend = f"Look at `username` and {self.variable}, then start Dibs anew."
        account = SessionLogin(self._log_in, network=self.home, mend=mend, clock=tools.clock)
        self.rest = ask(account, verdicts=verdicts(self.home)) if password else self._open

    async def version(self) -> Version:
        """Return the version that the instance speaks; asked once.

        Raises:
            SourceUnavailable: It cannot be asked now, or is no Lemmy.
            SourceRefused: Only its members may read it.
        """
        for one in (V4, V3):
            if self._version is None and await self._speaks(one):
                self._version = one
        if self._version is None:
            raise SourceUnavailable(self.rest.not_ours)
        return self._version

    async def me(self) -> Me:
        """Return our account, asked anew: so a session that has ended is renewed before anything is looked for.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: Our account is not let in.
        """
        told = await self._get((await self.version()).me)
        mine = mapping(told.get("my_user")) or told
        user = mapping(mine.get("local_user_view"))
        person = mapping(user.get("person"))
        if not whole(person, "id"):
            raise SourceUnavailable(self.rest.not_ours)
        banned = bool(user.get("banned") or person.get("banned"))
        return Me(whole(person, "id"), full_name(person), frozenset(numbers(mine.get("discussion_languages"))), banned)

    async def prove(self) -> Proof:
        """Return who our account is, and whether it may speak.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        me = await self.me()
        return Proof(who=one_line(me.name, 120), lacks=(_BANNED,) if me.banned else ())

    async def listed(self, name: str, cursor: str, of: object = "") -> tuple[list[View], str]:
        """Return a page of a list of ``versions``, newest first, and where the next one begins; empty = nowhere.

        The cursor of another version than that which is spoken now begins anew.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        version, (begun_in, _, place) = await self.version(), cursor.partition(" ")
        place, one = place if begun_in == version.name else "", version.lists[name]
        query = [(key, value.format(of)) for key, value in one.query]
        at = [(version.place, place)] if place else []
        told = await self._get(one.path, [*query, ("limit", str(PAGE)), *at], bucket=one.bucket)
        lists = [objects(told[name]) for name in (one.holds, *_LISTS) if isinstance(told.get(name), list)]
        if not lists:
            raise SourceUnavailable(self.rest.not_ours)
        items = [each for each in lists[0] if string(each, "type_").casefold() in ("", one.holds.removesuffix("s"))]
        counted = str(int(place or 1) + 1) if version is V3 and len(items) >= PAGE else ""
        following = string(told, "next_page") or counted
        return items, f"{version.name} {following}" if following else ""

    async def one(self, what: str, number: int) -> View | None:
        """Return a "comment" or a "post" by our instance's number; None where it is not there.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = await self.rest.find(await self._path(f"/{what}"), [("id", str(number))])
        return mapping(mapping(told).get(f"{what}_view")) or None

    async def name(self, number: int) -> str:
        """Return the federated address of a comment by our instance's number; empty where it is not there.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        return address_of(inside(await self.one("comment", number) or {}, "comment"))

    async def resolve(self, address: str) -> View | None:
        """Return what stands at a federated address, which our instance fetches from another where it has to.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = mapping(await self.rest.find(await self._path("/resolve_object"), [("q", address)], bucket=SEARCHING))
        told = mapping(told.get("resolve")) or told
        found = next(iter(objects(told.get("results"))), told)
        # Either is a view by itself, or the thing within one.
        views = (mapping(found.get("comment")), mapping(found.get("post")), found)
        return next((one for one in views if "creator" in one), None)

    async def languages(self, community: int) -> frozenset[int]:
        """Return the languages that a community takes, by the instance's numbers; none = all.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        told = await self.rest.find(await self._path("/community"), [("id", str(community))])
        return frozenset(numbers(mapping(told).get("discussion_languages")))

    async def send(self, comment: Mapping[str, object]) -> Answer:
        """Send a comment once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(await self._path("/comment"), json=comment, bucket=WRITING)

    async def _speaks(self, version: Version) -> bool:
        try:
            answer = await self._open.get(f"/api/{version.name}/site")
        except NotJson:  # a page for people
            return False
        if field_at(answer.object, "site_view.local_site.private_instance") is True:
            raise SourceRefused(f"Only members may read {self.home}.")
        return answer.ok and bool(inside(answer.object, "site_view"))

    async def _log_in(self) -> str:
        address = self._open.base_url + await self._path((await self.version()).login)
        answer = await self._open.sign_in(address, json=self._name_and_password)
        return session(answer, string(answer.object, "jwt"), at_login(self.home), self.rest.not_ours)

    async def _path(self, path: str) -> str:
        return f"/api/{(await self.version()).name}{path}"

    async def _get(self, path: str, query: Query = (), *, bucket: str = "") -> View:
        found = await self.rest.find(await self._path(path), query, bucket=bucket)
        if not found:
            self._version = None  # it may speak another one now
            raise SourceUnavailable(self.rest.not_ours)
        return found
