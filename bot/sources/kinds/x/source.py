"""X: the mentions of our account, a search where it is paid for, and replies from that account.

Mentions are the cheap way to hear: X asks a thousandth of a dollar for each where the application belongs to the same
account, and five times as much for what a search finds or a webhook brings. So they are asked for, and a webhook, where
somebody wants one, is a bell. An empty answer costs nothing.

Lists come newest first, and are walked down to the newest post of the last walk (``since_id``); one that is younger
than five minutes is shown again, which costs nothing more on that day, since things are listed late at times.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from bot.sources.base import Batch, Capabilities, Delivered, Greeting, HookRefused, SourceConfig
from bot.sources.kinds.x.api import OWN, POST, XApi
from bot.sources.kinds.x.posts import HOSTS, Me, Post, Shown, id_in, is_public, number, read_post
from bot.sources.kinds.x.replies import RULES, XReplies
from bot.sources.kinds.x.verdicts import SCOPES, VERDICTS
from bot.sources.kit.handshakes import crc
from bot.sources.kit.json import mapping, string
from bot.sources.kit.oauth2 import signed_in
from bot.sources.kit.options import AN_ACCOUNT, Like, NamedAccount, OptionError, WebAddress
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.rest import Query
from bot.sources.kit.sign_in import ClientBy, SignIn, Who
from bot.sources.kit.signatures import Encoding, HmacRule, signed_object
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.budget import USD, Budget, Window
from handlers.base.events import Event, Posted

LATE = timedelta(minutes=5)
# A search knows seven days, and refuses to be asked for what is before them.
SEARCHED = timedelta(days=7) - timedelta(minutes=5)
LONGEST_QUERY = 512
# A page may be empty, and others follow.
EMPTY_PAGES = 5
# Ids hold the milliseconds since this one in their upper bits.
_EPOCH_MS = 1_288_834_974_657
Ask = Callable[[Query], Awaitable[Shown]]
_SIGNED = HmacRule(header="X-Twitter-Webhooks-Signature", encoding=Encoding.BASE64, prefix="sha256=")
_NO_HOOK = "No hook was agreed with X here."


@dataclass(frozen=True, slots=True, kw_only=True)
class XOptions(NamedAccount):
    """Options: as whom we listen and answer, and what else is searched for.

    Attributes:
        username: Our account.
        query: What to search for beside the mentions; nothing = no search.
        owns_app: The application belongs to this account, so that X asks less for its mentions.
    """

    username: Annotated[str, Like("@?[A-Za-z0-9_]{1,15}", AN_ACCOUNT)]
    query: str = ""
    owns_app: bool = True
    base_url: WebAddress = "https://api.x.com"

    @property
    def search(self) -> str:
        """What is searched for: what was said by others, once."""
        return f"({self.query.strip()}) -is:retweet -from:{self.name}"

    def __post_init__(self) -> None:
        NamedAccount.__post_init__(self)
        if self.query.strip() and len(self.search) > LONGEST_QUERY:
            most = LONGEST_QUERY - len(self.search) + len(self.query.strip())
            raise OptionError("query", f"is longer than the {most} characters that X takes.")


def sign_in(options: XOptions) -> SignIn:
    """Return how X lets applications in."""
    base = options.base_url.rstrip("/")
    return SignIn(
        network="X",
        authorize="https://x.com/i/oauth2/authorize",
        token=f"{base}/2/oauth2/token",
        scopes=SCOPES,
        client_by=ClientBy.BASIC,
        rotates=True,
        who=Who(f"{base}/2/users/me", ("data", "username")),
    )


class X:
    """One account of X that is listened to, and answered with."""

    capabilities = Capabilities(
        polls=True,
        receives=True,
        finds=True,
        reply=RULES,
        network="X",
        hosts=HOSTS,
        budgets=(Budget(unit=USD, most=USD.parts_of("10"), window=Window.MONTH, for_replies=0.2),),
    )

    def __init__(self, config: SourceConfig[XOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep its tokens.
        """
        options = config.options
        variables = secret_variables(config.kind, config.name)
        rest = signed_in(options.base_url, sign_in(options), VERDICTS, config, tools, variables)
        self._options = options
        self._secrets = config.secrets.get("consumer_secret", "").split()
        self._clock = tools.clock
        self._api = XApi(rest, options.name, OWN if options.owns_app else POST, tools.clock)
        self._lists = {"mentions": self._mentions} | ({"search": self._found} if options.query.strip() else {})
        # 1: a list that was empty at first is known, too. Tokens end, and the page behind one is empty then.
        self._walk = NewestFirst(1, lambda since: min(since, self._id_before(LATE)), cursor_may_die=True)
        self.replies = OwnReplies(XReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each list, oldest first; ``more`` says that a walk is not at its end.

        Raises:
            SourceUnavailable: X is not well, or the budget is spent.
            SourceRefused: It does not take our account.
        """
        return await self._walk.poll(checkpoint, self._lists)

    async def prove(self) -> Proof:
        """Ask as whom we are let in; what for was granted when somebody signed in.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return Proof(who=f"@{(await self._api.me()).username}")

    async def find(self, url: str) -> Posted | None:
        """Return the post at an address; None for other addresses, and for what is gone or not public.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        if not (post_id := id_in(url)):
            return None
        me, shown = await self._api.me(), await self._api.current(post_id)
        return read_post(shown.posts[0], shown, me) if shown is not None else None

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Prove to X that we know the secret of the application.

        Raises:
            HookRefused: No hook was agreed.
        """
        if not self._secrets:
            raise HookRefused(403, _NO_HOOK)
        return crc(query, self._secrets[0])

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Take a ring: that something was said is told, and what it was is asked for.

        Raises:
            HookRefused: 401 where it is not signed by X, or no hook was agreed.
        """
        told = signed_object(headers, raw, self._secrets, now, _SIGNED, unset=_NO_HOOK)
        event = string(mapping(told.get("data")), "event_type")
        return Delivered(poll_now=event.startswith("post.") and event.endswith(".create"))

    async def _mentions(self, cursor: str, since: int) -> Page[int]:
        path = f"/2/users/{(await self._api.me()).id}/mentions"
        ask = partial(self._api.shown, path, bucket="mentions", price=self._api.own)
        return await self._page(ask, [], "pagination_token", cursor, since)

    async def _found(self, cursor: str, since: int) -> Page[int]:
        ask = partial(self._api.shown, "/2/tweets/search/recent", bucket="search", price=POST)
        since = max(since, self._id_before(SEARCHED)) if since else 0
        return await self._page(ask, [("query", self._options.search)], "next_token", cursor, since)

    async def _page(self, ask: Ask, query: Query, token: str, cursor: str, since: int) -> Page[int]:
        """Take a page; its cursor is a token, and where the walk ends, which stays as it was when the walk began."""
        me, (following, _, end) = await self._api.me(), cursor.partition(" ")
        end = end or str(since)
        for _ in range(EMPTY_PAGES):
            since_id = [("since_id", end)] if end != "0" else []
            shown = await ask([*query, *since_id, *([(token, following)] if following else [])])
            following = shown.following
            if shown.posts or not following:
                break
        entries = [
            (number(one), read_post(one, shown, me) if _is_heard(one, shown, me) else None) for one in shown.posts
        ]
        return Page(entries, f"{following} {end}" if following else "")

    def _id_before(self, span: timedelta) -> int:
        """Return an id as old as that."""
        return max(int((self._clock.now() - span).timestamp() * 1_000) - _EPOCH_MS, 1) << 22


def _is_heard(one: Post, shown: Shown, me: Me) -> bool:
    """Say whether a post is for our ears: public, and by somebody else."""
    return is_public(one, shown) and string(one, "author_id") != me.id
