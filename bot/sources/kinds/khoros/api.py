"""Asking a community in LiQL, as a stranger and as our account (https://developer.khoros.com/khoroscommunitydevdocs).

Communities are mostly open, and what our account may read is more than what everybody may. So what is heard is asked
for as a stranger, unless the options say otherwise; our account looks at what it answers, and writes.

Only numbers, ids of boards and our own name stand in queries, each of a form that ends no text in LiQL. Whatever the
community tells is none of it before it was seen to be a number.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.khoros.options import KhorosOptions
from bot.sources.kinds.khoros.posts import FIELDS, Message, id_of
from bot.sources.kinds.khoros.verdicts import FOR_STRANGERS, VERDICTS, at_login
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.options import password_of
from bot.sources.kit.remembered import once
from bot.sources.kit.rest import Rest
from bot.sources.kit.session_login import SessionLogin, session
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

LOGIN = "/restapi/vc/authentication/sessions/login?restapi.response_format=json"


class KhorosApi:
    """One community."""

    def __init__(self, config: SourceConfig[KhorosOptions], tools: SourceTools) -> None:
        """Take the community; nothing is asked yet.

        Raises:
            OptionError: There is a name without a password, or the other way round, or it would go out in the clear.
        """
        options = config.options
        self.base = options.base_url.rstrip("/")
        self.home = urlsplit(options.base_url).hostname or ""
        self._name = options.username
        variable = secret_variables(config.kind, config.name)["password"]
        self._password = password_of(self._name, config.secrets, variable)
        asking = partial(asked_as, base_url=self.base, network="Khoros", config=config, tools=tools, name=self.home)
        stranger = StaticHeader(
            {}, lambda: f"{self.home} shows its posts to no stranger: set `username` and `members = true`."
        )
        account = SessionLogin[str](
            self._log_in,
            lambda key: {"li-api-session-key": key},
            network=self.home,
            mend=f"Compare `username` and {variable} with what lets a person in there, and start Dibs again.",
            clock=tools.clock,
        )
        self._open: Rest[Any] = asking(stranger, verdicts=FOR_STRANGERS)
        self.rest: Rest[Any] = asking(account, verdicts=VERDICTS) if self._password else self._open
        self._heard = self.rest if options.members else self._open
        self.me = once(self._account)

    @property
    def has_account(self) -> bool:
        """Whether there is one to answer as."""
        return bool(self._name)

    async def messages(self, where: Sequence[str], order: str, limit: int, offset: int = 0) -> list[Message]:
        """Ask for messages that are heard; ``where`` is made of numbers and ids of boards alone.

        Raises:
            SourceUnavailable: It may work later, or what answers is no Khoros.
            SourceRefused: The community does not show them.
        """
        return await self._select(self._heard, FIELDS, "messages", where, order, limit, offset)

    async def heard(self, number: str) -> Message | None:
        """Return a message that is heard, by its number; None where it is not there.

        Raises:
            SourceUnavailable, SourceRefused: As ``messages`` does.
        """
        return next(iter(await self.messages([f"id = '{number}'"], "", 1)), None)

    async def message(self, number: str) -> Message | None:
        """Return a message as our account sees it; None where it does not.

        Raises:
            SourceUnavailable, SourceRefused: As ``messages`` does; also where our account is not let in.
        """
        return next(iter(await self._select(self.rest, FIELDS, "messages", [f"id = '{number}'"], "", 1)), None)

    async def ours_below(self, number: str, limit: int) -> list[Message]:
        """Return what our account wrote directly below a message, the newest first.

        Raises:
            SourceUnavailable, SourceRefused: As ``message`` does.
        """
        where = [f"parent.id = '{number}'", f"author.id = '{await self.me()}'"]
        return await self._select(self.rest, FIELDS, "messages", where, "ORDER BY post_time DESC", limit)

    async def is_kept_back(self, number: str, parent: str) -> bool:
        """Say whether a stranger sees the parent of a message, and not the message.

        Raises:
            SourceUnavailable, SourceRefused: As ``messages`` does.
        """
        where = [f"id IN ('{number}', '{parent}')"]
        shown = {id_of(one) for one in await self._select(self._open, "id", "messages", where, "", 2)}
        return parent in shown and number not in shown

    async def _account(self) -> str:
        """Return the number of our account.

        Raises:
            SourceUnavailable, SourceRefused: As ``message`` does.
        """
        found = await self._select(self.rest, "id, login", "users", [f"login = '{self._name}'"], "", 1)
        if not (me := next((number for one in found if (number := id_of(one))), "")):
            raise SourceRefused(f"{self.home} knows no account named {self._name}: compare `username` with it.")
        return me

    async def prove(self) -> Proof:
        """Log in, and ask who we are.

        Raises:
            SourceUnavailable, SourceRefused: As ``message`` does.
        """
        await self.me()
        return Proof(who=one_line(self._name, 60))

    async def send(self, message: Mapping[str, Any]) -> Answer:
        """Post once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send("/api/2.0/messages", json={"data": {"type": "message", **message}}, bucket=WRITING)

    async def _select(
        self, rest: Rest[Any], fields: str, kind: str, where: Sequence[str], order: str, limit: int, offset: int = 0
    ) -> list[Message]:
        clauses = [f"SELECT {fields} FROM {kind}", f"WHERE {' AND '.join(where)}" if where else "", order]  # noqa: S608 - LiQL, of parts that were checked
        clauses += [f"LIMIT {limit}", f"OFFSET {offset}" if offset else ""]
        told = await rest.find("/api/2.0/search", [("q", " ".join(filter(None, clauses)))])
        return objects(rest.held(told or {}, "data.items", list))

    async def _log_in(self) -> str:
        form = {"user.login": self._name, "user.password": self._password}
        answer = await self._open.sign_in(self.base + LOGIN, form=form)
        told = mapping(answer.object.get("response"))
        key = string(mapping(told.get("value")), "$") if string(told, "status") == "success" else ""
        known = key if key.isascii() and key.isprintable() else ""
        return session(answer, known, at_login(self.home), self._open.not_ours)
