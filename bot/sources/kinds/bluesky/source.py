"""Bluesky: a search, our notifications, or everything that is written there; and replies from our account.

A search and our notifications are walked page by page (``.walk``). The stream needs no account (``.jetstream``); with
one, and with ``query``, what it missed while Dibs was away for long is searched for. Answering needs an account,
whatever is heard (``.replies``).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from bot.net.errors import SourceRefused
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.bluesky.api import BlueskyApi
from bot.sources.kinds.bluesky.jetstream import Gap, listen
from bot.sources.kinds.bluesky.posts import DID, HANDLE, at_uri, named_in, read_view
from bot.sources.kinds.bluesky.replies import RULES, BlueskyReplies
from bot.sources.kinds.bluesky.walk import BlueskyPages, iso
from bot.sources.kit.json import objects, string
from bot.sources.kit.options import WHAT_TO_SEARCH, Like, OptionError, Options, Wanted, WebAddress, not_in_the_clear
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event, Posted

GAP_PAGES = 20
# How long one poll of a stream waits for something to be written.
LISTEN_SECONDS = 10.0
# All posts of the network are some dozens a second.
LONGEST_SILENCE = 75.0

log = logging.getLogger("dibs.sources")


Listen = Literal["stream", "search", "notifications"]


_HANDLE = Like(f"|{HANDLE.pattern}|{DID.pattern}", 'is an account such as "acme.example", without "@".')
_STREAM = Like(r"(?i)wss?://[^/?#:\s][^/?#\s]*(?:[/?#].*)?", "is a ws or wss address.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueskyOptions(Options):
    """Options: what is heard, as which account, and where.

    Attributes:
        query: What to search for; of a stream, what to search for when it has a gap.
        handle: Our account, such as "acme.example"; the stream alone works without one.
        base_url: The service of the account.
        jetstream_url: Any Jetstream.
    """

    listen: Listen = "search"
    query: Annotated[str, Wanted("listen", "search", WHAT_TO_SEARCH)] = ""
    handle: Annotated[str, _HANDLE] = ""
    base_url: WebAddress = "https://bsky.social"
    jetstream_url: Annotated[str, _STREAM] = "wss://jetstream2.us-east.bsky.network/subscribe"

    @property
    def unmatched(self) -> str:
        """What becomes of posts that no topic recognises, unless dibs.toml says otherwise."""
        return "drop" if self.listen == "stream" else "fallback"

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"@{self.handle}" if self.handle and not DID.fullmatch(self.handle) else ""

    @property
    def stream_address(self) -> str:
        """Where it listens, where that is not the service of the account."""
        return self.jetstream_url if self.listen == "stream" else ""

    def __post_init__(self) -> None:
        Options.__post_init__(self)
        if self.listen != "stream" and not self.handle:
            raise OptionError("handle", "is our account there; only the stream works without one.")


class Bluesky:
    """Bluesky, listened to in one of three ways, and answered on."""

    capabilities = Capabilities(
        polls=True, streams=True, finds=True, reply=RULES, network="Bluesky", hosts=("bsky.app",)
    )

    def __init__(self, config: SourceConfig[BlueskyOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: There is an account and no app password, or it would go out in the clear.
        """
        self._options = options = config.options
        self._name = config.name
        self._allow_private = config.allow_private
        variable = secret_variables(config.kind, config.name)["app_password"]
        password = config.secrets.get("app_password", "").strip()
        if options.handle and not password:
            raise OptionError(variable, f"is not set; it is the app password of {options.handle}.")
        if options.handle:
            not_in_the_clear("base_url", options.base_url, allow_private=config.allow_private)
        self._api = BlueskyApi(options.base_url, options.handle, password, variable, config, tools)
        # A stream of few people may well be silent; its connection is proved by pings.
        narrow = "wantedDids" in parse_qs(urlsplit(options.jetstream_url).query)
        self.longest_silence = None if narrow else LONGEST_SILENCE
        self._pages = BlueskyPages(self._api, config.name)
        self.replies = BlueskyReplies(self._api, tools.clock)

    @property
    def streaming(self) -> bool:
        """Whether it is configured to keep a connection open."""
        return self._options.listen == "stream"

    async def prove(self) -> Proof | None:
        """Ask who we are; a stream without an account is nobody.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove() if self._api.logged_in else None

    # --- listening ---

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the walk is not at its end. Of a stream: what comes next.

        Raises:
            SourceUnavailable: Bluesky is not well, asks for a rest, or answers something else.
            SourceRefused: It does not take the app password, or the query.
        """
        if self._options.listen == "search":
            return await self._pages.walk_search(self._options.query, checkpoint)
        if self._options.listen == "notifications":
            return await self._pages.walk_notifications(checkpoint)
        events: list[Event] = []
        reached = checkpoint
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_SECONDS), aclosing(self.stream(checkpoint)) as batches:
                async for batch in batches:
                    events += batch.events
                    reached = batch.checkpoint
                    if events and reached != checkpoint:
                        break
        return Batch(events=tuple(events), checkpoint=reached)

    async def stream(self, checkpoint: str) -> AsyncGenerator[Batch, None]:
        """Yield what is written, a second or 100 posts at a time, and what was missed since ``checkpoint`` before it.

        The very first batch is empty: it stands for the history, which is no news, so that all that follows is.

        Raises:
            SourceUnavailable: The connection was lost, or what was missed cannot be searched for now.
            SourceRefused: The server does not let us in.
        """
        heard = listen(self._options.jetstream_url, checkpoint, allow_private=self._allow_private)
        async with aclosing(heard):
            async for one in heard:
                if isinstance(one, Batch):
                    yield one
                    continue
                async for posts in self._missed(one):
                    yield Batch(events=posts, checkpoint=checkpoint)

    async def _missed(self, gap: Gap) -> AsyncGenerator[tuple[Event, ...], None]:
        """Search for what was written between two moments; say so where that is not possible."""
        since, until = gap.since_us // 1_000, gap.until_us // 1_000 + 1
        between, extra = f"between {iso(since)} and {iso(until)}", {"source": self._name}
        if not self._api.logged_in or not self._options.query.strip():
            wanted = "a handle and a query would let Dibs search for it"
            log.warning("The stream no longer has what was written %s; %s.", between, wanted, extra=extra)
            return
        found, cursor = 0, ""
        try:
            for _ in range(GAP_PAGES):
                page = await self._pages.search(self._options.query, since, until=until, cursor=cursor)
                posts = tuple(post for _, post in reversed(page.entries) if post is not None)
                found, cursor = found + len(posts), page.cursor
                yield posts
                if not cursor or not posts:
                    break
        except SourceRefused as error:  # it must not stop the stream, which needs no account
            log.warning("What was written %s could not be searched for: %s", between, error.reason, extra=extra)
            return
        rest = ", and there is more than a search shows" if cursor else ""
        log.info("Searched for what was written %s: %d found%s.", between, found, rest, extra=extra)

    # --- one post ---

    async def find(self, url: str) -> Posted | None:
        """Return the post at an address of bsky.app; None when it is none, is gone, or we have no account to ask with.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: Bluesky does not take the app password.
        """
        named = named_in(url)
        if named is None or not self._api.logged_in:
            return None
        actor, rkey = named
        if not DID.fullmatch(actor):
            answer = await self._api.query("com.atproto.identity.resolveHandle", [("handle", actor)])
            actor = string(answer.object, "did") if answer.ok else ""
        if not DID.fullmatch(actor):
            return None
        uri = at_uri(actor, rkey)
        answer = await self._api.query("app.bsky.feed.getPosts", [("uris", uri)])
        if not answer.ok:
            return None
        return next((read_view(view) for view in objects(answer.object.get("posts")) if view.get("uri") == uri), None)
