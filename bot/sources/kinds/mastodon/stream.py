"""Streams of Mastodon over server-sent events (https://docs.joinmastodon.org/methods/streaming/).

A stream knows no past: it is opened first, then what was missed is paged from the checkpoint, then what comes is told;
what comes twice on the way is known by its id. The stream of our own account brings who speaks to it: its home
timeline, which comes along, is heard where a status names us.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote, urlsplit

from bot.net.sse import OpensStream, ServerEvent, open_event_stream
from bot.sources.kinds.mastodon.api import MastodonApi
from bot.sources.kinds.mastodon.posts import is_heard, mentioned_ids, read_status
from bot.sources.kit.build import deleted
from bot.sources.kit.json import mapping, string
from handlers.base.events import Event


class MastodonStream:
    """One stream: of a hashtag, or without one of our own account."""

    def __init__(self, api: MastodonApi, hashtag: str, opens: OpensStream = open_event_stream) -> None:
        """Take the instance; nothing is opened yet."""
        self._api = api
        self._hashtag = hashtag
        self._opens = opens
        self._me = ""

    async def address(self) -> str:
        """Return where the stream is; instances often have a host of its own for it.

        Raises:
            SourceUnavailable: The instance cannot be asked.
            SourceRefused: It does not take the token.
        """
        self._me = (await self._api.account()).id
        told = (await self._api.instance()).streaming
        # Our token goes nowhere unencrypted because an instance says so.
        weaker = urlsplit(self._api.base_url).scheme == "https" and not told.startswith("https://")
        base = self._api.base_url if weaker or not told else told
        if self._hashtag:
            return f"{base}/api/v1/streaming/hashtag?tag={quote(self._hashtag, safe='')}"
        return f"{base}/api/v1/streaming/user"

    async def events(self, received: AsyncIterator[ServerEvent]) -> AsyncGenerator[tuple[Event, str], None]:
        """Yield what is heard, each with the id by which the timeline is paged on, or without one."""
        async for event in received:
            found = self._read(event)
            if found is not None:
                yield found

    def open(self, address: str) -> AbstractAsyncContextManager[AsyncIterator[ServerEvent]]:
        """Open the stream at ``address``."""
        return self._opens(address, headers=self._api.headers, allow_private=self._api.allow_private)

    def _read(self, event: ServerEvent) -> tuple[Event, str] | None:
        if event.name == "delete":
            return (deleted(event.data), "") if event.data.strip() else None
        try:
            value = mapping(json.loads(event.data))
        except (ValueError, RecursionError):
            return None  # one broken event is no reason to lose the others
        if event.name == "notification" and not self._hashtag:
            status = mapping(value.get("status"))
            return self._post(status, string(value, "id")) if string(value, "type") == "mention" else None
        if event.name not in ("update", "status.update"):
            return None
        if not self._hashtag:
            return self._post(value, "") if self._me in mentioned_ids(value) else None
        return self._post(value, string(value, "id") if event.name == "update" else "")

    def _post(self, status: Mapping[str, Any], seen: str) -> tuple[Event, str] | None:
        if not string(status, "id") or not is_heard(status):
            return None
        return read_status(status, self._api.home, self._api.files), seen
