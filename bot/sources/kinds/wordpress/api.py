"""Asking a site by WordPress's REST API, with an application password or as a stranger.

It lies below /wp-json, or behind ``?rest_route=`` where permalinks are plain; which one, the first answer in JSON tells
(https://developer.wordpress.org/rest-api/key-concepts/). With a password we are shown what strangers are not: comments
under private posts, and under those that want a password. So what comments stand under is asked for, too, and counts
only where it is published for everybody.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.net.oauth import basic
from bot.sources.base import SourceConfig
from bot.sources.kinds.wordpress.posts import Comment, Page, id_of, route_of
from bot.sources.kinds.wordpress.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.html import read_markup
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line

_PAGE = "id,title,status,comment_status,content.protected"


class WordPressApi:
    """One site."""

    def __init__(
        self,
        base_url: str,
        secrets: Mapping[str, str],
        variables: Mapping[str, str],
        config: SourceConfig[Any],
        tools: SourceTools,
    ) -> None:
        """Take the address of the site, the secrets or none, the variables that hold them, and the source."""
        self.base_url = base_url.rstrip("/")
        self.home = urlsplit(base_url).hostname or ""
        self.has_account = bool(secrets)
        self._names = f"{variables['user']} and {variables['application_password']}"
        headers = {"authorization": basic(secrets["user"], secrets["application_password"])} if secrets else {}
        account = StaticHeader(headers, lambda: self.locked_out)
        self.rest = asked_as(account, self.base_url, "WordPress", config, tools, name=self.home, verdicts=VERDICTS)
        self._plain: bool | None = None
        self._me = 0

    @property
    def locked_out(self) -> str:
        """The sentence for an account that does not count, or for a site that wants one."""
        if not self.has_account:
            return f"{self.home} shows its comments to no stranger; put an account of it into {self._names}."
        return (
            f"{self.home} does not take our account: look whether the application password of {self._names} stands in "
            "its profile there, and whether the web server hands the header Authorization on to WordPress."
        )

    async def listed(
        self, path: str, query: Query, *, offset: int = 0, most: int = 100
    ) -> tuple[list[Comment], bool] | None:
        """Ask for a part of a list; return it, and whether there is more behind it; None where we may not see it.

        A part may be short, or empty, before the end: what we may not see is counted and left out.

        Raises:
            SourceUnavailable: It may work later, or what answers is no WordPress.
            SourceRefused: Our account is not taken, or there is no such API.
        """
        answer = await self._get(path, [*query, ("per_page", str(most)), ("offset", str(offset))])
        if answer is None:
            return None
        if not isinstance(answer.json, list):
            raise SourceUnavailable(self.rest.not_ours)
        total = answer.headers.get("x-wp-total", "")
        known = total.isdecimal() and len(total) < 19
        return objects(answer.json), offset + most < int(total) if known else len(answer.json) >= most

    async def one(self, path: str, query: Query = ()) -> Comment | None:
        """Ask for one thing; None where it is not there, or not for our eyes.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        answer = await self._get(path, query)
        return answer.object if answer is not None and id_of(answer.object) else None

    async def pages(self, comments: Iterable[Comment]) -> dict[int, Page]:
        """Return, by number, what these comments stand under, as far as everybody may read it.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        wanted: dict[str, set[int]] = {}
        for route, page in map(route_of, comments):
            wanted.setdefault(route, set()).add(page)
        found: dict[int, Page] = {}
        for route in sorted(wanted.keys() - {""}):
            include = ",".join(map(str, sorted(wanted[route])))
            listed = await self.listed(f"/{route}", [("include", include), ("_fields", _PAGE)])
            found |= {id_of(one): _page(one) for one in listed[0] if _is_public(one)} if listed else {}
        return found

    async def me(self) -> int:
        """Return the number of our own account, 0 where we have none; asked once.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        if self.has_account and not self._me:
            self._me = id_of(await self.one("/users/me", [("_fields", "id")]) or {})
            if not self._me:
                raise SourceRefused(self.locked_out)
        return self._me

    async def prove(self) -> Proof:
        """Return who our account is, and its role.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does.
        """
        me = await self.one("/users/me", [("context", "edit"), ("_fields", "id,username,roles,capabilities")])
        if me is None:
            raise SourceRefused(self.locked_out)
        told = me.get("roles")
        roles = tuple(one_line(str(role), 40) for role in (told if isinstance(told, list) else [])[:10])
        lack = Lack(
            sentence="It may not look at its own comments that wait: whether such a reply stands, a person is asked.",
            mend="Give it the role Contributor there.",
        )
        may = mapping(me.get("capabilities"))
        return Proof(
            who=one_line(string(me, "username"), 60) or "our account",
            rights=roles,
            lacks=() if may.get("edit_posts") is True else (lack,),
        )

    async def send(self, comment: Mapping[str, object]) -> Answer:
        """Send a comment once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        await self.me()  # by which it is known, too, where the API lies
        at = "/?rest_route=/wp/v2/comments&" if self._plain else "/wp-json/wp/v2/comments?"
        return await self.rest.send(f"{at}_fields=id,link,status", json=comment, bucket=WRITING)

    async def _get(self, path: str, query: Query) -> Answer | None:
        """Ask in the one way that the site knows, or in both until it is known."""
        for plain in (False, True) if self._plain is None else (self._plain,):
            where = ("/", [("rest_route", f"/wp/v2{path}"), *query]) if plain else (f"/wp-json/wp/v2{path}", query)
            try:
                answer = await self.rest.get(*where)
            except SourceUnavailable as error:
                if plain or self._plain is not None or error.reason != self.rest.not_ours:
                    raise
                continue  # the home page, which some sites show for every path
            if answer.json is None:
                continue
            self._plain = plain
            if answer.ok or answer.gone or answer.status in (401, 403):
                return answer if answer.ok else None
            raise SourceRefused(f"{self.home} refused the request with {answer.status}.")
        raise SourceRefused(f"{self.home} has no REST API of WordPress, or something before it keeps us out.")


def _is_public(page: Mapping[str, Any]) -> bool:
    return string(page, "status") == "publish" and not mapping(page.get("content")).get("protected")


def _page(page: Mapping[str, Any]) -> Page:
    title = read_markup(string(mapping(page.get("title")), "rendered")[:4_000]).text
    return Page(title=title, takes_comments=string(page, "comment_status") == "open")
