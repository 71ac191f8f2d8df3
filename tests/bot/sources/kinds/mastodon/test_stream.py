"""Rules of Mastodon's streams: nothing is missed around their begin, and each event is what it says."""

import asyncio
from contextlib import aclosing

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.sse import MAX_EVENT, open_event_stream
from bot.sources.base import Batch
from bot.sources.kinds.mastodon.source import Mastodon
from handlers.base.events import Deleted
from tests.bot.sources.kinds.mastodon.scene import Make, played, texts
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.mastodon import US, FakeMastodon, status_id
from tests.harness.patience import HANG_SECONDS


async def heard(source: Mastodon, checkpoint: str, number: int) -> list[Batch]:
    """Listen until so many batches came."""
    found: list[Batch] = []
    async with asyncio.timeout(HANG_SECONDS), aclosing(source.stream(checkpoint)) as batches:  # type: ignore[type-var]
        async for batch in batches:
            found.append(batch)
            if len(found) == number:
                return found
    return found


def test_a_stream_tells_what_was_missed_and_then_what_comes() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="stream")
        assert source.streaming
        instance.write(1, "one #acme")
        first = await source.poll("")
        instance.write(2, "missed #acme")
        listening = asyncio.create_task(heard(source, first.checkpoint, 5))
        await instance.tell("update", instance.status(status_id(3), "three #acme", "ana", 3))
        edited = instance.status(status_id(2), "mended #acme", "ana", 2)
        await instance.tell("status.update", edited)
        await instance.tell("delete", status_id(3))
        batches = await listening
        assert [texts(batch) for batch in batches[:-1]] == [["missed #acme"], [], ["three #acme"], ["mended #acme"]]
        assert batches[-1].events == (Deleted(external_id=status_id(3)),)
        assert await source.poll(batches[-1].checkpoint) == Batch(events=(), checkpoint=batches[-1].checkpoint)

    played(story)


def test_what_stood_there_before_we_listened_is_no_news() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        instance.write(1, "old #acme")
        listening = asyncio.create_task(heard(make(listen="stream"), "", 2))
        await instance.tell("update", instance.status(status_id(2), "new #acme", "ana", 2))
        assert [texts(batch) for batch in await listening] == [[], ["new #acme"]]

    played(story)


def test_the_stream_of_our_account_brings_who_speaks_to_us_and_nobody_else() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="stream", hashtag="")
        listening = asyncio.create_task(heard(source, "", 3))
        await instance.tell("update", instance.write(1, "somebody whom we follow"))
        spoken = instance.write(2, "@acme hello", mentions=[{"id": US}])
        await instance.tell("notification", {"id": "7", "type": "mention", "status": spoken})
        await instance.tell("notification", {"id": "8", "type": "favourite", "status": spoken})
        await instance.tell("notification", "not json")
        await instance.tell("status.update", spoken | {"content": "<p>@acme hello again</p>"})
        batches = await listening
        assert [texts(batch) for batch in batches] == [[], ["@acme hello"], ["@acme hello again"]]
        assert '"since": "7"' in batches[-1].checkpoint
        assert instance.asked[-1][1].startswith("/api/v1/notifications")

    played(story)


def test_a_stream_that_ends_ends() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make(listen="stream")
        listening = asyncio.create_task(heard(source, "", 99))
        await instance.tell("update", instance.write(1, "one #acme"), cut=True)
        assert [texts(batch) for batch in await listening][-1] == ["one #acme"]

    played(story)


def test_a_revoked_token_is_told_before_a_stream_is_opened() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_FEDI_ACCESS_TOKEN"):
            await heard(make(listen="stream", token="revoked"), "", 1)

    played(story)


async def read(reply: Reply, *, allow_private: bool = True) -> list[tuple[str, str]]:
    """Return the events of a stream that is played."""
    async with ScriptedServer() as server:
        server.on("/stream", reply)
        address = server.url("/stream")
        async with open_event_stream(address, headers={}, allow_private=allow_private, silent_seconds=0.3) as events:
            return [(event.name, event.data) async for event in events]


def test_events_are_read_however_they_are_cut() -> None:
    async def pieces() -> object:
        for piece in (
            b":)\n\nev",
            b"ent: a\r\nda",
            "ta: ü".encode()[:5],
            "ü".encode()[1:],
            b"\ndata:2\n\n",
            b"data: x\n\n",
        ):
            yield piece
            await asyncio.sleep(0.01)

    assert asyncio.run(read(Reply(body=pieces))) == [("a", "ü\n2"), ("message", "x")]  # type: ignore[arg-type]


def test_a_stream_that_falls_silent_is_given_up() -> None:
    async def silence() -> object:
        yield b":)\n"
        await asyncio.sleep(5)

    with pytest.raises(SourceUnavailable):
        asyncio.run(read(Reply(body=silence)))  # type: ignore[arg-type]


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"data: " + b"x" * 65_536 + b"\n"])
def test_an_event_without_end_is_not_kept(piece: bytes) -> None:
    async def flood() -> object:
        for _ in range(2 * MAX_EVENT // len(piece)):
            yield piece

    with pytest.raises(SourceUnavailable, match="larger than 1 MiB"):
        asyncio.run(read(Reply(body=flood)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, SourceRefused),
        (401, SourceRefused),
        (404, SourceRefused),
        (429, SourceUnavailable),
        (503, SourceUnavailable),
    ],
)
def test_a_stream_that_is_not_opened_says_why(status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=str(status)):
        asyncio.run(read(Reply(status, {"Location": "http://127.0.0.1/"})))


def test_a_stream_goes_to_public_addresses_only() -> None:
    with pytest.raises(SourceRefused, match="not a public address"):
        asyncio.run(read(Reply(), allow_private=False))
