"""A Jetstream on loopback: events kept in order, replayed from a cursor, then live.

The cursor is inclusive; one that is older than what is kept begins at the oldest, without a word. Identity and account
events come whatever collections are asked for. Events larger than ``maxMessageSizeBytes`` are left out.
"""

import asyncio
import json
from typing import Any

from aiohttp import web

Event = dict[str, Any]


class FakeJetstream:
    """The server; ``asked`` are the queries of its subscribers, ``cut`` ends all that listen."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.raw: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.port = 0
        self._listening: list[asyncio.Queue[Event | None]] = []
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it is subscribed to."""
        return f"ws://127.0.0.1:{self.port}/subscribe"

    async def __aenter__(self) -> "FakeJetstream":
        application = web.Application()
        application.router.add_get("/subscribe", self._subscribe)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self.cut()
        await self._runner.cleanup()

    def tell(self, *events: Event) -> None:
        """Keep events, and send them to who listens."""
        for event in events:
            self.events.append(event)
            for queue in self._listening:
                queue.put_nowait(event)

    def cut(self) -> None:
        """End every connection."""
        for queue in self._listening:
            queue.put_nowait(None)

    async def heard(self, listeners: int = 1) -> None:
        """Wait until so many listen."""
        while len(self._listening) < listeners:
            await asyncio.sleep(0.005)

    async def _subscribe(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        cursor = int(request.query.get("cursor", "0"))
        for event in self.events if cursor else []:
            if event["time_us"] >= cursor:
                queue.put_nowait(event)
        self._listening.append(queue)
        try:
            for line in self.raw:
                await connection.send_str(line)
            while (next_event := await queue.get()) is not None and not connection.closed:
                await self._send(connection, next_event, request)
        finally:
            self._listening.remove(queue)
        await connection.close()
        return connection

    async def _send(self, connection: web.WebSocketResponse, event: Event, request: web.Request) -> None:
        wanted = request.query.getall("wantedCollections", [])
        if event["kind"] == "commit" and wanted and event["commit"]["collection"] not in wanted:
            return
        line = json.dumps(event)
        largest = int(request.query.get("maxMessageSizeBytes", "0"))
        if not largest or len(line) <= largest:
            await connection.send_str(line)


def commit(did: str, time_us: int, text: str | None, *, rkey: str = "3k", operation: str = "create") -> Event:
    """Write the event of a post; ``text`` None = its deletion."""
    body: Event = {"rev": "3k", "operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey}
    if text is None:
        body["operation"] = "delete"
    else:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-04T05:00:00Z", "langs": ["en"]}
        body |= {"record": record, "cid": "bafy"}
    return {"did": did, "time_us": time_us, "kind": "commit", "commit": body}


def account(did: str, time_us: int, *, status: str = "", active: bool = False) -> Event:
    """Write the event of an account that changed."""
    told = {"active": active, "did": did, "seq": 1, "time": "2026-03-04T05:00:00Z"} | (
        {"status": status} if status else {}
    )
    return {"did": did, "time_us": time_us, "kind": "account", "account": told}


def identity(did: str, time_us: int) -> Event:
    """Write the event of a name that changed."""
    return {"did": did, "time_us": time_us, "kind": "identity", "identity": {"did": did, "seq": 1}}
