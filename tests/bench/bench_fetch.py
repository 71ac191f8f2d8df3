"""What a poll of a feed of 50 items costs the polling process: our client, beside bare httpcore, and beside httpx.

All three are asked by the same source in turns, for a feed that has not changed, which is what nearly every poll finds;
the feed is served by a process of its own. The client of httpx stands on the same guarded pool, by a transport that
bounds what comes back, and follows redirects: the least that could take the place of ours.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore
import httpx

from bot.net.client import MAX_BODY, MAX_REDIRECTS, TOTAL_SECONDS, Fetcher
from bot.net.errors import SourceUnavailable
from bot.net.fetching import Fetched, Fetches, Request
from bot.net.guard import GuardedBackend, resolve_host
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.feed.source import Feed, FeedOptions
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from tests.bench.bench_install import ROOT
from tests.end_to_end.feed_server import Item, rss
from tests.fakes.http import Reply, ScriptedServer

ITEMS = 50
ROUNDS = 20
POLLS = 50  # a round of one client; all rounds make a thousand
OURS = "our client"


class BareFetcher(Fetches):
    """httpcore as it stands: no guard, no bound, no redirects."""

    def __init__(self) -> None:
        self._bare = httpcore.AsyncConnectionPool(keepalive_expiry=4.0)

    async def fetch(self, request: Request) -> Fetched:
        """Fetch."""
        answer = await self._bare.request("GET", request.url, headers=list(request.headers.items()))
        headers = httpx.Headers(answer.headers)
        return Fetched(status=answer.status, headers=headers, body=answer.content, url=request.url)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._bare.aclose()


class HttpxFetcher(Fetches):
    """An ``httpx.AsyncClient`` that keeps no cookies, over ``GuardedTransport``."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(),
            headers={"accept-encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
        )

    async def fetch(self, request: Request) -> Fetched:
        """Fetch, within the time that ours has."""
        async with asyncio.timeout(TOTAL_SECONDS):
            answer = await self._client.get(request.url, headers=request.headers)
        return Fetched(status=answer.status_code, headers=answer.headers, body=answer.content, url=str(answer.url))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Our pool under httpx: each hop comes here, so each is judged."""

    def __init__(self) -> None:
        backend = GuardedBackend(resolve_host, lambda address: True)
        self._pool = httpcore.AsyncConnectionPool(keepalive_expiry=4.0, network_backend=backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = await self._pool.handle_async_request(
            httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=Bounded(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class Bounded(httpx.AsyncByteStream):
    """A body that ends with an error at our bound."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._answer.aiter_stream():
            size += len(chunk)
            if size > MAX_BODY:
                raise SourceUnavailable("The answer is too large.")
            yield chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._answer.aclose()


async def polled(url: str) -> dict[str, list[float]]:
    """Let the clients take turns; returns the microseconds of processor time of one poll, by round."""
    clock = Clock()
    bare, own, public = BareFetcher(), Fetcher(clock), HttpxFetcher()
    clients: dict[str, Fetches] = {"bare httpcore": bare, OURS: own, "httpx over the guarded pool": public}
    feeds = {name: _feed(url, client, clock) for name, client in clients.items()}
    checkpoint = (await feeds[OURS].poll("")).checkpoint
    taken: dict[str, list[float]] = {name: [] for name in clients}
    for number in range(ROUNDS + 1):
        for name, feed in feeds.items():
            begun = time.process_time()
            for _ in range(POLLS):
                await feed.poll(checkpoint)
            if number:  # the first round opens the connections
                taken[name].append((time.process_time() - begun) / POLLS * 1_000_000)
    for client in (bare, own, public):
        await client.aclose()
    return taken


def _feed(url: str, client: Fetches, clock: Clock) -> Feed:
    config = SourceConfig(name="feed", kind="feed", options=FeedOptions(url=url), allow_private=True)
    return Feed(config, SourceTools(fetcher=client, isolation=Isolation(), clock=clock))


async def serve() -> None:
    """Say the address of the feed, and serve it until the process is ended."""
    body = rss(Item(id=f"entry-{number}", text="Acme charged me twice. " * 20) for number in range(ITEMS))
    async with ScriptedServer() as server:
        server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
        sys.stdout.write(server.url("/feed\n"))
        sys.stdout.flush()
        await asyncio.Event().wait()


@contextmanager
def served() -> Iterator[str]:
    """Run the server, and return the address of the feed."""
    command = [sys.executable, "-m", "tests.bench.bench_fetch", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def main() -> None:
    """Print what a poll costs by each client, and how many times as much as by ours."""
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # as in `dibs run`: httpcore looks for it at each request
    with served() as url:
        taken = asyncio.run(polled(url))
    print(f"a poll of an unchanged feed of {ITEMS} items, processor time of the polling process, medians:")
    for name, rounds in taken.items():
        times = statistics.median(one / ours for one, ours in zip(rounds, taken[OURS], strict=True))
        print(f"    {name:28} {statistics.median(rounds):6,.0f} µs = {times:.2f} x ours", flush=True)


if __name__ == "__main__":
    asyncio.run(serve()) if "serve" in sys.argv else main()
