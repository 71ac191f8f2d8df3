"""Asking an API that answers JSON, with one credential: what every such service makes us do, done once.

An answer of 408, 425, 429 or 5xx is the service's trouble, unless its table holds a 429 that is more than that; a
credential that is refused is renewed once (``bot.net.oauth``), and nothing that was refused so has been taken. All
other refusals come back as an ``Answer``: what they mean differs from service to service
(``bot.sources.kit.verdicts``), and a 4xx does not always mean that nothing was done. What was sent and is answered by
something that is no JSON may stand there (``MaybeSent``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from json import loads
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import SIGNING_IN, Fetched, Fetches, Request
from bot.net.oauth import Renewable
from bot.net.retry_after import asked_rest, retry_after
from bot.sources.kit.answer import Answer
from bot.sources.kit.fields import field_at
from bot.sources.kit.json import objects, read_json
from bot.sources.kit.verdicts import READING, Means, Verdicts
from handlers.base.replying import Outcome, Refused, Unclear

_PASSING = frozenset({408, 425})
# A yes that may have no body.
_BARE = frozenset({201, 204})
# Every status is judged here, so that the headers of refusals teach the limits, too.
_JUDGED = frozenset(range(200, 600))
# A 5xx, a redirect, and what asks to be sent again, are judged by the client: it says what may have been taken.
_JUDGED_WHEN_SENT = frozenset({*range(200, 300), *range(400, 500)} - _PASSING)

CredentialT = TypeVar("CredentialT")
ToldT = TypeVar("ToldT", list[Any], dict[str, Any], str)
Query = Sequence[tuple[str, str]]
Bill = Callable[[Answer], int]
# Reads in a yes what was made; nothing where the answer does not say so.
Made = Callable[[Mapping[str, Any]], Outcome | None]


class Rest(Generic[CredentialT]):
    """One API at one address, asked with one credential that all requests share."""

    def __init__(
        self,
        fetcher: Fetches,
        base_url: str,
        *,
        name: str,
        not_ours: str,
        renew: Callable[[CredentialT | None], Awaitable[CredentialT]],
        headers: Callable[[CredentialT], Mapping[str, str]],
        due: Callable[[CredentialT], bool] = lambda _held: False,
        signed: Callable[[CredentialT], Query] = lambda _held: (),
        verdicts: Verdicts = READING,
        allow_private: bool = False,
    ) -> None:
        """Take how the service is spoken to; nothing is asked yet.

        Args:
            fetcher: The guarded client.
            base_url: Where paths begin.
            name: What sentences call the service.
            not_ours: The sentence for an answer of the wrong shape.
            renew: Returns a credential that is not the refused one; raises where there is none to be had.
            headers: What a request carries with a credential.
            due: Whether a credential is to be renewed before it is refused.
            signed: What the address of a request carries with a credential; nothing that lets anybody in.
            verdicts: What its answers mean.
            allow_private: Whether it may stand in an intranet.
        """
        self.base_url = base_url.rstrip("/")
        self.not_ours = not_ours
        self.credential = Renewable(renew, due)
        self._name = name
        self._fetcher = fetcher
        self._headers = headers
        self._signed = signed
        self._verdicts = verdicts
        self._allow_private = allow_private

    async def get(
        self, path: str, query: Query = (), *, bucket: str = "", cost: int = 1, bill: Bill | None = None
    ) -> Answer:
        """Ask; ``bucket`` names what the service counts apart, as many do with searches.

        Where the service sells or rations requests, ``cost`` is the most that this one may come to, and ``bill`` reads
        from the answer, a refusal too, what it did (``bot.sources.runner.meter``).

        Raises:
            SourceUnavailable: It may work later, what answers is something else, or the budget is spent.
            SourceRefused: Our credential is not taken.
        """
        asked = "?" + urlencode(query, errors="replace") if query else ""
        url = f"{self.base_url}{path}{asked}"
        request = Request(method="GET", url=url, accept_status=_JUDGED, bucket=bucket, cost=cost)
        return await self._ask(replace(request, bill=_bill(bill)))

    async def send(
        self,
        path: str,
        *,
        method: str = "POST",
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        bucket: str = "",
        cost: int = 1,
        bill: Bill | None = None,
    ) -> Answer:
        """Send once, and again only where our credential was refused, for then it was certainly not taken.

        ``cost`` and ``bill`` are those of ``get``.

        Raises:
            SourceUnavailable: It was certainly not taken: no connection, 429, no credential or too little budget now.
            SourceRefused: It was certainly not taken, and the credential has to be mended.
            MaybeSent: It may have been taken.
        """
        request = self._sending(self.base_url + path, json, form, headers, bucket, method)
        return await self._ask(replace(request, cost=cost, bill=_bill(bill)))

    async def question(
        self, path: str, *, json: object = None, form: Mapping[str, str] | None = None, bucket: str = ""
    ) -> Answer:
        """Ask by a POST that changes nothing, so that one too many does no harm.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        try:
            return await self.send(path, json=json, form=form, bucket=bucket)
        except MaybeSent as error:
            raise SourceUnavailable(error.reason) from error

    async def find(
        self, path: str, query: Query = (), *, bucket: str = "", cost: int = 1, bill: Bill | None = None, of: str = ""
    ) -> Mapping[str, Any] | None:
        """Ask for an object; None where there is nothing, or nothing any more. A no names what was asked ``of``.

        ``bucket``, ``cost`` and ``bill`` are those of ``get``.

        Raises:
            SourceUnavailable: It may work later, or what answers is something else.
            SourceRefused: Our account is not let in, may not see it, or has to ask in another way.
        """
        return self.read(await self.get(path, query, bucket=bucket, cost=cost, bill=bill), of=of)

    def read(self, answer: Answer, *, of: str = "") -> Mapping[str, Any] | None:
        """Return the object that was answered, as ``find`` does.

        Raises:
            SourceUnavailable, SourceRefused: As ``find`` does.
        """
        found = self._read(answer, of)
        if found is None or isinstance(found.json, dict):
            return None if found is None else found.object
        raise SourceUnavailable(self.not_ours)

    async def have(self, path: str, query: Query = (), *, bucket: str = "") -> Mapping[str, Any]:
        """Ask for an object that has to be there, as ``find`` asks for one.

        Raises:
            SourceUnavailable, SourceRefused: As ``find`` does; also where it is not there.
        """
        found = await self.find(path, query, bucket=bucket)
        if found is None:
            raise SourceRefused(self._nothing(path))
        return found

    async def listed(
        self, path: str, query: Query = (), *, bucket: str = "", cost: int = 1, bill: Bill | None = None, of: str = ""
    ) -> list[Mapping[str, Any]]:
        """Ask for a list of objects that has to be there, as ``find`` asks for an object.

        Raises:
            SourceUnavailable, SourceRefused: As ``find`` does; also where it is not there.
        """
        answer = self._read(await self.get(path, query, bucket=bucket, cost=cost, bill=bill), of)
        if answer is None:
            raise SourceRefused(self._nothing(path))
        if not isinstance(answer.json, list):
            raise SourceUnavailable(self.not_ours)
        return objects(answer.json)

    def _nothing(self, path: str) -> str:
        return f"{self._name} has nothing at {path}: look for it there, and whether our account may see it."

    def held(self, told: Mapping[str, Any], path: str, kind: type[ToldT]) -> ToldT:
        """Return what has to stand at a path of names, which dots part, and be a list, an object, or a text.

        Raises:
            SourceUnavailable: It does not, or is an empty text: what answers is something else.
        """
        found = field_at(told, path)
        if not isinstance(found, kind) or found == "":
            raise SourceUnavailable(self.not_ours)
        return found

    def _read(self, answer: Answer, of: str) -> Answer | None:
        """Heed a no as the table of the service means it; what it does not know, a person has to see."""
        verdict = self._verdicts.judge(answer)
        why = f"{of}: {verdict.why}" if of and verdict.why else verdict.why
        match verdict.means:
            case Means.FINE:
                return answer
            case Means.PARENT_GONE:
                return None
            case Means.LOOK if self._verdicts.row(answer) is not None:
                raise SourceUnavailable(why)
            case Means.LOOK if answer.gone:
                return None
        raise SourceRefused(why)

    def no(self, answer: Answer) -> Refused | Unclear | None:
        """Return what became of a reply that was answered so, by the table of the service; None where it is fine.

        Raises:
            SourceUnavailable, SourceRefused: It was certainly not taken (``bot.sources.kit.verdicts``).
        """
        return self._verdicts.judge(answer).outcome()

    def outcome(self, answer: Answer, made: Made) -> Outcome:
        """Return what became of a reply that was answered so: a no, or what ``made`` reads in a yes.

        Where that reads nothing, what answers is something else, and the reply may stand there.

        Raises:
            SourceUnavailable, SourceRefused: As ``no`` does.
        """
        if (no := self.no(answer)) is not None:
            return no
        return made(answer.object) or Unclear(self.not_ours)

    async def sign_in(
        self,
        address: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        bucket: str = SIGNING_IN,
    ) -> Answer:
        """Send what buys a credential, with none; one bought too many does no harm, and costs nothing.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: There is no way to that address.
        """
        try:
            return await self._exchange(replace(self._sending(address, json, form, headers, bucket), cost=0))
        except MaybeSent as error:
            raise SourceUnavailable(error.reason) from error

    def _sending(
        self,
        url: str,
        json: object,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        bucket: str,
        method: str = "POST",
    ) -> Request:
        return Request(
            method=method,
            url=url,
            json=json,
            form=form,
            headers=headers or {},
            accept_status=_JUDGED_WHEN_SENT,
            bucket=bucket,
        )

    async def _ask(self, request: Request) -> Answer:
        async def ask(credential: CredentialT) -> Answer:
            headers = {**self._headers(credential), **request.headers}
            return await self._exchange(replace(request, url=self._address(request.url, credential), headers=headers))

        answer = await self.credential.ask(ask, self._is_refused)
        verdict = self._verdicts.judge(answer)
        if verdict.means is Means.EXPIRED:
            raise SourceUnavailable(f"{self._name} does not take the token that it has just given.")
        if verdict.means is Means.AGAIN:  # some services ask for a rest by a 403, or inside a 200
            raise SourceUnavailable(verdict.why, verdict.rest)
        return answer

    def _address(self, url: str, credential: CredentialT) -> str:
        signed = urlencode(self._signed(credential))
        return f"{url}{'&' if '?' in url else '?'}{signed}" if signed else url

    def _is_refused(self, answer: Answer) -> bool:
        return self._verdicts.judge(answer).means is Means.EXPIRED

    async def _exchange(self, request: Request) -> Answer:
        """Ask once, and read what comes back; what was created may be told by headers alone (LinkedIn)."""
        fetched = await self._fetcher.fetch(replace(request, allow_private=self._allow_private))
        if fetched.status == 429 and (limit := await self._limit(fetched)) is not None:
            raise limit
        if fetched.status >= 500 or fetched.status in _PASSING:
            raise SourceUnavailable(f"{self._name} answered {fetched.status}.", retry_after(fetched.headers))
        if fetched.status in _BARE and not fetched.body and request.method != "GET":
            return Answer(fetched.status, fetched.headers)
        try:
            return Answer(fetched.status, fetched.headers, await read_json(fetched, self.not_ours))
        except SourceUnavailable as error:
            if fetched.status >= 400:
                return Answer(fetched.status, fetched.headers)
            raise (error if request.method == "GET" else MaybeSent(error.reason)) from None

    async def _limit(self, fetched: Fetched) -> SourceUnavailable | None:
        """Return that an answer of 429 asks for a rest, as its headers say or else its network; None where it is more.

        That is what a row of the table says which names 429.
        """
        answer = Answer(fetched.status, fetched.headers)
        with suppress(SourceUnavailable):
            answer = Answer(fetched.status, fetched.headers, await read_json(fetched, self.not_ours))
        row = self._verdicts.row(answer)
        if row is not None and 429 in row.status:
            return None
        rest = asked_rest(fetched.headers)
        said = self._verdicts.read(answer).rest if rest is None else rest
        return SourceUnavailable(f"{self._name} asks for a rest (429).", said)


def _bill(bill: Bill | None) -> Callable[[Fetched], int] | None:
    """Return what reads a bill from an answer before it is judged; what is no JSON has none in it."""
    if bill is None:
        return None

    def read(fetched: Fetched) -> int:
        try:
            told = loads(fetched.body)
        except (ValueError, RecursionError):
            told = None
        return bill(Answer(fetched.status, fetched.headers, told))

    return read
