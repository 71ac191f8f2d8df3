"""FakeSlack: the whole of it, started, asked and stopped from a test."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from tests.fakes.slack.api import Request, WebApi
from tests.fakes.slack.faults import Fault, Faults, Hook, Moment
from tests.fakes.slack.gestures import Ack, Sender
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.looking import Looking
from tests.fakes.slack.methods import DEFAULT_SCOPES
from tests.fakes.slack.payloads import Gesture, Payloads
from tests.fakes.slack.people import Gestures
from tests.fakes.slack.records import Channel, Message
from tests.fakes.slack.socketmode import SocketHub
from tests.fakes.slack.workspace import Workspace, as_id
from tests.harness.loops import loop_in_thread, run_in
from tests.harness.patience import HANG_SECONDS

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
SIGNING_SECRET = "acme-signing-secret"

_T = TypeVar("_T")


class FakeSlack(Gestures, Looking):
    """A Slack on loopback. Use ``FakeSlack.run()`` in a test, or ``async with FakeSlack()`` inside a loop.

    Args:
        scopes: What the app was granted; ``DEFAULT_SCOPES`` minus or plus what a test is about.
        posts_per_second: A channel's pace; 0 switches off every rate limit, for benchmarks.
        burst: How many posts may come at once before the pace counts.
        tiers: Whether the limits of the other methods count.
        newer_blocks: Whether blocks that not every workspace knows (data_table, …) are taken.
        tell_joins: Whether the bot is told, by an event, that it joined a channel by ``conversations.join``.
    """

    def __init__(
        self,
        *,
        scopes: Collection[str] = DEFAULT_SCOPES,
        posts_per_second: float = 1.0,
        burst: int = 2,
        tiers: bool = True,
        newer_blocks: bool = False,
        tell_joins: bool = True,
    ) -> None:
        self.workspace = Workspace()
        self.faults = Faults()
        self.limits = Limits(posts_per_second=posts_per_second, burst=burst, tiers=tiers)
        self.hub = SocketHub()
        self.api = WebApi(
            workspace=self.workspace,
            limits=self.limits,
            faults=self.faults,
            hub=self.hub,
            scopes=frozenset(scopes),
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            newer_blocks=newer_blocks,
            on_join=self._tell_join if tell_joins else lambda channel: None,
        )
        self.build: Payloads
        self.sender: Sender
        self.loop: asyncio.AbstractEventLoop
        self._runner: web.AppRunner
        self._background: set[asyncio.Task[None]] = set()

    # Starting and stopping

    @classmethod
    @contextmanager
    def run(cls, *, allow: Collection[str] = (), **options: Any) -> Iterator[Self]:
        """Serve in a thread of its own. ``allow`` names violations that do not fail the test, ``late`` among them.

        ``options`` are those of the class.
        """
        slack = cls(**options)
        with loop_in_thread("fake-slack") as loop:
            run_in(loop, slack.start())
            try:
                yield slack
                slack.check(allow)
            finally:
                run_in(loop, slack.stop())

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self.loop = asyncio.get_running_loop()
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_route("*", "/api/{method}", self.api.serve)
        app.router.add_post("/response/{token}", self.api.respond)
        app.router.add_get("/link/", self.hub.accept)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api.base_url = self.base_url
        self.build = Payloads(self.workspace, self.base_url)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=HANG_SECONDS))
        self.sender = Sender(self.workspace, self.hub, SIGNING_SECRET, session)

    async def stop(self) -> None:
        """Close everything; requests that hang are cut."""
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.hub.close()
        await self.sender.session.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def check(self, allow: Collection[str] = ()) -> None:
        """Fail when an acknowledgement was late or the bot did what a good bot never does."""
        late = [] if "late" in allow else [f"{ack.gesture.name}: {ack.seconds:.2f} s" for ack in self.late]
        assert not late, f"acknowledged later than 3 s: {late}"
        bad = [violation for violation in self.violations if violation.kind not in allow]
        assert not bad, f"a good bot never does this: {bad}"

    def env(self, *, socket: bool = False) -> dict[str, str]:
        """Return the environment of a bot that talks to this Slack, over HTTP or Socket Mode."""
        env = {
            "SLACK_API_URL": f"{self.base_url}/api/",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }
        return env | ({"SLACK_APP_TOKEN": APP_TOKEN} if socket else {})

    # Where the bot is, and sending to it

    @property
    def bot_url(self) -> str:
        """Where the bot listens, as ``http://127.0.0.1:8484``."""
        return self.sender.url.removesuffix("/slack/events")

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.sender.url = f"{url.rstrip('/')}/slack/events"

    def send(self, gesture: Gesture, *, repeat: int = 1, at_once: bool = False, fresh_ids: bool = False) -> Ack:
        """Send a gesture to the bot and wait for its acknowledgement.

        ``repeat`` sends the very same gesture so many times, one after another or ``at_once``, events with
        x-slack-retry-num; with ``fresh_ids`` instead as Slack also does it: other event ids and no such header.
        """
        return self._wait(self.sender.send(gesture, repeat=repeat, at_once=at_once, fresh_ids=fresh_ids))

    def gather(self, gestures: Sequence[Gesture]) -> list[Ack]:
        """Send different gestures (made by ``build``) at the same moment; the acks come in their order."""
        return self._wait(self.sender.gather(gestures))

    async def asend(self, gesture: Gesture, *, repeat: int = 1, at_once: bool = False, fresh_ids: bool = False) -> Ack:
        """Send a gesture from inside the server's loop."""
        return await self.sender.send(gesture, repeat=repeat, at_once=at_once, fresh_ids=fresh_ids)

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send raw bytes to the bot and return status and body: for what is unsigned, stale or broken."""
        return self._wait(self.sender.post(body, headers))

    def sign(self, body: bytes, timestamp: int | str | None = None) -> dict[str, str]:
        """Return the headers that sign a body, now or at ``timestamp`` (Unix seconds)."""
        return self.sender.sign(body, timestamp)

    def refresh_sockets(self, reason: str = "refresh_requested", *, close: bool = True) -> None:
        """Tell every socket to reconnect."""
        self._wait(self.hub.disconnect(reason, close=close))

    # Breaking

    def fault(
        self,
        method: str,
        *,
        channel: Channel | str | None = None,
        skip: int = 0,
        times: int = 1,
        retry_after: int | None = None,
        status: int | None = None,
        error: str | None = None,
        cut: bool = False,
        hang: float | None = None,
        slow: float = 0.0,
        deaf: float | None = None,
        accepted: bool = False,
    ) -> None:
        """Break the next ``times`` calls of a method, after letting ``skip`` of them pass.

        ``retry_after``: 429 with so many seconds · ``status``: that HTTP status · ``error``: that error code · ``cut``:
        the connection is cut · ``hang``: no answer for so long, then what else was named, else 503 (or, accepted, the
        true answer) · ``slow``: so long before anything happens · ``deaf``: stop reading for so long, then cut.
        ``accepted``: the call takes effect first. The method ``response_url`` names those.
        """
        self.faults.add(
            Fault(
                method=method,
                channel=as_id(channel) if channel is not None else None,
                skip=skip,
                times=times,
                retry_after=retry_after,
                status=status,
                error=error,
                cut=cut,
                hang=hang,
                slow=slow,
                deaf=deaf,
                accepted=accepted,
            )
        )

    def on_request(
        self,
        method: str,
        callback: Callable[[Request], object],
        *,
        when: Moment = "arrived",
        channel: Channel | str | None = None,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Call back the moment a request arrived, or was accepted and not yet answered; it waits meanwhile.

        The callback runs in a thread of its own; it may kill the bot, and may return ``"cut"``.
        """
        place = as_id(channel) if channel is not None else None
        hook = Hook(method=method, moment=when, callback=callback, channel=place, skip=skip, times=times)
        self.faults.hook(hook)

    def close_edit_window(self, message: Message) -> None:
        """Let every update of a message be refused with edit_window_closed."""
        with self.workspace.lock:
            self.workspace.channels[message.channel].messages[message.ts].editable = False

    def _wait(self, job: Coroutine[Any, Any, _T]) -> _T:
        return run_in(self.loop, job)

    def _tell_join(self, channel: Channel) -> None:
        task = self.loop.create_task(self._join_event(self.build.join_channel(channel)))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _join_event(self, gesture: Gesture) -> None:
        for _ in range(100):
            if self.sender.url or self.hub.connected:
                ack = await self.sender.send(gesture)
                if ack.ok:
                    return
            await asyncio.sleep(0.5)
