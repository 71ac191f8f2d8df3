"""Adding: a pasted address is fetched by the source that knows it and by nobody else, in a moment or not at all."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from random import Random

import pytest

from bot.chat.backend import Backend
from bot.net.client import Fetcher
from bot.net.errors import SourceUnavailable
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import Capabilities
from bot.sources.lookup import PostLookup
from handlers.ask.add import TELL_US, AddPost
from handlers.base.command import Answer, Who
from handlers.base.events import Posted
from handlers.base.organisation import SourceRules
from handlers.dispatch.dispatch import Dispatcher
from handlers.dispatch.text_commands import Typed
from handlers.listen.pasted import PASTED
from storage.engine.database import Database
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow, Original
from storage.tables.states import IdentityKind, Status
from tests.fakes.http import Reply, ScriptedServer
from tests.harness.installation import Installation
from tests.harness.scene import ORGANISATION, Scene

FINDS = Capabilities(finds=True)
SOURCES = (*ORGANISATION.sources, SourceRules(name="forum", kind="forum"), SourceRules(name="other", kind="forum"))


@dataclass
class Forum:
    """A source that knows the threads of one host, and fetches them over the guarded client."""

    fetcher: Fetcher
    base: str
    allow_private: bool = True
    capabilities: Capabilities = FINDS
    replies: None = None

    async def find(self, url: str) -> Posted | None:
        """Return the thread at ``url`` where it is one of ours."""
        if not url.startswith(self.base):
            return None
        fetched = await self.fetcher.get(url, allow_private=self.allow_private, accept_status=frozenset({200, 404}))
        if fetched.status == 404:
            return None
        thread = json.loads(fetched.body)
        return Posted(external_id=thread["id"], url=url, text=thread["text"])


@dataclass
class Broken:
    """A source with a bug."""

    capabilities: Capabilities = FINDS
    replies: None = None

    async def find(self, url: str) -> Posted | None:
        """Fail."""
        raise LookupError(url)


@dataclass
class LookupInstallation(Installation):
    """An office whose finder asks these sources."""

    server: ScriptedServer
    fetcher: Fetcher
    ana: Who

    def office(self, *, seconds: float = 60, resting: float = 0.0, **sources: object) -> Backend:
        finder = PostLookup(sources, lambda _name: resting, seconds=seconds)  # type: ignore[arg-type]
        return Backend(
            database=AsyncDatabase(self.scene.database),
            dispatcher=Dispatcher(self.scene.organisation, Random(1)),
            clock=Clock(lambda: self.scene.now),
            ids=Ids(),
            find=finder.find,
        )

    def forum(self, *, allow_private: bool = True) -> Forum:
        return Forum(self.fetcher, self.server.url("/"), allow_private)

    async def paste(self, office: Backend, url: str, **said: object) -> Answer:
        return await office.run(AddPost(url=url, who=self.ana, **said))  # type: ignore[arg-type]

    def mentions(self) -> list[MentionRow]:
        wanted = Filter(statuses=tuple(Status))
        return self.scene.database.read(lambda session: mentions.listed(session, wanted, limit=100))

    def post(self) -> Original:
        (row,) = self.mentions()
        return self.scene.database.read(lambda session: mentions.original(session, row.id))


Story = Callable[[LookupInstallation], Awaitable[None]]


def thread(text: str = "The anvil broke.", **reply: float) -> Reply:
    return Reply(body=json.dumps({"id": "7", "text": text}).encode(), **reply)  # type: ignore[arg-type]


@pytest.fixture
def run(database: Database) -> Callable[[Story], None]:
    """Run a story with a server on loopback."""
    scene = Scene(database, replace(ORGANISATION, sources=SOURCES))
    ana = scene.person("Ana", "ana@acme.example")

    async def told(story: Story) -> None:
        fetcher = Fetcher(Clock(lambda: scene.now), seconds=60)
        async with ScriptedServer() as server:
            server.on("/7", thread())
            try:
                await story(LookupInstallation(scene, server, fetcher, ana))
            finally:
                await fetcher.aclose()

    return lambda story: asyncio.run(told(story))


Run = Callable[[Story], None]


def test_the_source_that_knows_the_address_says_what_stands_there(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        url = house.server.url("/7")
        answer = await house.paste(house.office(forum=house.forum()), url, text="what a colleague said of it")
        assert answer.ok
        assert (house.post().source, house.post().external_id) == ("forum", "7")
        assert (house.post().text, house.post().url) == ("The anvil broke.", url)

    run(story)


def test_an_address_that_no_source_knows_is_kept_and_never_called(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        stranger = Forum(house.fetcher, "https://forum.example/")
        answer = await house.paste(house.office(other=stranger), house.server.url("/7"), text="The anvil broke.")
        assert answer.ok
        assert (house.post().source, house.post().text) == (PASTED, "The anvil broke.")
        assert house.server.connections == 0

    run(story)


def test_a_source_that_may_not_fetch_from_our_own_net_does_not(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        guarded = house.forum(allow_private=False)
        assert (await house.paste(house.office(forum=guarded), house.server.url("/7"), text="Said.")).ok
        assert house.post().source == PASTED
        assert house.server.connections == 0

    run(story)


@pytest.mark.parametrize("reply", [Reply(404), Reply(500), Reply(body=b"no JSON"), thread(delay=3.0)])
def test_where_nothing_could_be_fetched_the_person_is_asked_and_what_they_typed_is_kept(run: Run, reply: Reply) -> None:
    async def story(house: LookupInstallation) -> None:
        url = house.server.url("/7")
        house.server.on("/7", reply)
        office = house.office(forum=house.forum(), seconds=0.3)
        answer = await house.paste(office, url, department="finance")
        assert not answer.ok
        assert answer.text == TELL_US
        assert answer.form is not None
        assert answer.form.about == TELL_US
        typed = {field.name: field.initial for field in answer.form.fields}
        assert (typed["url"], typed["department"]) == (url, "finance")
        assert house.mentions() == []
        assert (await house.paste(office, url, text="The anvil broke.", department="finance")).ok
        assert house.post().source == PASTED

    run(story)


def test_a_broken_source_leaves_the_next_one_to_be_asked(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        await house.paste(house.office(other=Broken(), forum=house.forum()), house.server.url("/7"))
        assert house.post().source == "forum"

    run(story)


def test_a_source_that_is_to_be_left_alone_is_passed_over(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        office = house.office(forum=house.forum(), resting=30.0)
        assert (await house.paste(office, house.server.url("/7"))).form is not None
        assert house.server.requests == []

    run(story)


def test_what_stands_already_is_not_fetched_again(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        office = house.office(forum=house.forum())
        for _ in range(3):
            answer = await house.paste(office, house.server.url("/7"))
        (row,) = house.mentions()
        assert answer.text.startswith(f"#{row.token} stands already.")
        assert len(house.server.requests) == 1

    run(story)


def test_nothing_is_fetched_for_who_is_no_employee(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        house.ana = Who(platform="slack", workspace="T9", external_id="U9", kind=IdentityKind.OUTSIDER)
        answer = await house.paste(house.office(forum=house.forum()), house.server.url("/7"))
        assert not answer.ok
        assert answer.form is None
        assert house.server.requests == []

    run(story)


def test_it_can_be_typed_with_what_the_post_says_behind_the_address(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        async def typed(text: str) -> Answer:
            return await house.office().run_typed(Typed(text=text, who=house.ana, request_key=text))

        missing = await typed("add")
        assert not missing.ok
        assert missing.form is not None
        assert (await typed("add https://forum.example/9 The anvil broke.")).ok
        assert house.post().text == "The anvil broke."

    run(story)


def test_a_source_that_cannot_find_is_not_asked(run: Run) -> None:
    async def story(house: LookupInstallation) -> None:
        shy = replace(house.forum(), capabilities=Capabilities())
        assert (await house.paste(house.office(forum=shy), house.server.url("/7"))).form is not None
        assert house.server.requests == []

    run(story)


def test_an_unavailable_source_says_so_in_the_log_without_the_address(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    class Down(Forum):
        async def find(self, url: str) -> Posted | None:
            raise SourceUnavailable("It did not answer.")

    async def story(house: LookupInstallation) -> None:
        office = house.office(forum=Down(house.fetcher, ""))
        with caplog.at_level("INFO", "dibs.sources"):
            await house.paste(office, house.server.url("/7"))
        assert "It did not answer." in caplog.text
        assert "/7" not in caplog.text

    run(story)
