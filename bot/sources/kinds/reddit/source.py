"""Reddit: searches, subreddits and mentions of one account, and replies from that account.

Lists of Reddit come newest first, hold a thousand things at most, and a page *before* a thing is empty once that thing
was deleted, so they are walked: from the newest to where the last walk began, and an hour behind that, because posts
are indexed late and approved late. The first poll takes the newest page alone. A subreddit is heard in its posts and
in its comments, which are two lists.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.reddit.api import Query, RedditApi
from bot.sources.kinds.reddit.posts import COMMENT, LINK, created, is_gone, read_post, read_thing
from bot.sources.kinds.reddit.replies import MAX_CHARACTERS, RedditReplies
from bot.sources.kit.html import web_link
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.charter import ReplyRules
from handlers.base.events import Event, Posted

PAGE = 100
OVERLAP_SECONDS = 3_600.0
# The lists end here, says https://www.reddit.com/dev/api/#listings in practice; a longer walk brings nothing.
MOST_PAGES = 10
_NAME = re.compile(r"[A-Za-z0-9_-]{2,21}")
_COMMENTS = re.compile(
    r"(?:/(?:r|user|u)/[^/]+)?/comments/([a-z0-9]{1,12})(?:/[^/]*(?:/([a-z0-9]{1,12}))?)?/?", re.IGNORECASE
)
_SHORT = re.compile(r"/([a-z0-9]{1,12})/?", re.IGNORECASE)


class Listen(StrEnum):
    """What of Reddit is heard."""

    SEARCH = "search"
    SUBREDDIT = "subreddit"
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedditOptions:
    """Options: what is heard, and as whom we ask.

    Attributes:
        query: What to search for; all of Reddit, or within ``subreddit``.
        username: Our account, whose refresh token it is.
        base_url: The API.
        auth_url: Where tokens are bought.
    """

    username: str
    listen: Listen = Listen.SEARCH
    query: str = ""
    subreddit: str = ""
    base_url: str = "https://oauth.reddit.com"
    auth_url: str = "https://www.reddit.com"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.username.removeprefix("u/")):
            raise OptionError("username", 'is the name of our account, such as "acme_support".')
        if self.listen is Listen.SEARCH and not self.query.strip():
            raise OptionError("query", "is what to search for.")
        wanted = self.listen is Listen.SUBREDDIT
        if (self.subreddit or wanted) and not _NAME.fullmatch(self.subreddit.removeprefix("r/")):
            raise OptionError("subreddit", 'is the name of one subreddit, such as "acme".')
        for name in ("base_url", "auth_url"):
            if not web_link(getattr(self, name)):
                raise OptionError(name, "is an http or https address.")


@dataclass(frozen=True, slots=True)
class _Window:
    """Where one list stands; moments are seconds since 1970.

    Attributes:
        since: The newest that was seen when the last walk was at its end.
        newest: The newest seen by now.
        after: The full name after which the next page of the walk begins; empty when none is under way.
        pages: How many pages the walk has behind it.
        again: It is the second try of a walk that fell off the list: the thing behind which it went on was gone.
    """

    since: float = 0.0
    newest: float = 0.0
    after: str = ""
    pages: int = 0
    again: bool = False


class Reddit:
    """One list of Reddit that is polled, and answered on."""

    capabilities = Capabilities(polls=True, finds=True, reply=ReplyRules(by_api=True, limit=MAX_CHARACTERS))

    def __init__(self, config: SourceConfig[RedditOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: A credential is missing.
        """
        options = config.options
        variables = secret_variables(config.kind, config.name)
        secrets = {field: config.secrets.get(field, "").strip() for field in variables}
        for field, variable in variables.items():
            if not secrets[field]:
                raise OptionError(variable, "is not set; Reddit answers nobody without it.")
        self._api = RedditApi(
            (options.base_url, options.auth_url),
            options.username.removeprefix("u/"),
            secrets,
            variables,
            tools.fetcher,
            allow_private=config.allow_private,
        )
        self._lists = _lists(options)
        self.replies = RedditReplies(self._api)

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each list, oldest first; ``more`` says that a walk is not at its end.

        Raises:
            SourceUnavailable: Reddit is not well.
            SourceRefused: It does not take our credentials, or does not show us what we ask for.
        """
        windows = _read_checkpoint(checkpoint)
        walking = any(window.after for window in windows.values())
        events: list[tuple[float, Event]] = []
        for path, query in self._lists:
            window = windows.get(path, _Window())
            if walking and not window.after:
                continue
            things, after = await self._api.listing(
                path, [*query, *([("after", window.after)] if window.after else [])]
            )
            stamps = [created(thing) for thing in things]
            windows[path] = _moved(window, stamps, after)
            read = ((created(thing), read_thing(thing)) for thing in things)
            events += [(stamp, event) for stamp, event in read if event is not None]
        known = {path: asdict(windows[path]) for path, _ in self._lists if path in windows}
        more = any(window["after"] for window in known.values())
        ordered = [event for _, event in sorted(events, key=lambda pair: pair[0])]
        return Batch(events=tuple(ordered), checkpoint=json.dumps(known), more=more)

    async def find(self, url: str) -> Posted | None:
        """Return the post or comment at a permalink; None for other addresses, and for what is deleted.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link_id, comment_id = _ids_in(url)
        if not link_id:
            return None
        names = [f"{LINK}_{link_id}", *([f"{COMMENT}_{comment_id}"] if comment_id else [])]
        found = await self._api.info(*names)
        thing = found.get(names[-1])
        if thing is None or is_gone(thing):
            return None
        title = found.get(names[0], {}).get("title", "")
        return read_post({"link_title": title, **thing})


def _lists(options: RedditOptions) -> tuple[tuple[str, Query], ...]:
    """Return what is walked (https://www.reddit.com/dev/api/)."""
    limit = ("limit", str(PAGE))
    room = f"/r/{options.subreddit.removeprefix('r/')}" if options.subreddit else ""
    if options.listen is Listen.SUBREDDIT:
        return (f"{room}/new", [limit]), (f"{room}/comments", [limit])
    if options.listen is Listen.MENTIONS:
        return (("/message/mentions", [limit]),)
    within = [("restrict_sr", "true")] if room else []
    return ((f"{room}/search", [("q", options.query), ("sort", "new"), ("type", "link"), *within, limit]),)


def _moved(window: _Window, stamps: list[float], after: str) -> _Window:
    """Return the window after a page, whose things stand newest first."""
    newest = max([window.newest, window.since, *stamps])
    if window.after and not stamps and not window.again:
        return _Window(since=window.since, newest=newest, again=True)
    ended = not window.since or not after or not stamps or window.pages + 1 >= MOST_PAGES
    if ended or min(stamps) < window.since - OVERLAP_SECONDS:
        return _Window(since=newest or 1.0, newest=newest)  # never 0: a list that was empty at first is known, too
    return _Window(since=window.since, newest=newest, after=after, pages=window.pages + 1, again=window.again)


def _ids_in(url: str) -> tuple[str, str]:
    """Return the ids of the post and of the comment in an address of Reddit, or nothing."""
    try:
        parts = urlsplit(web_link(url))
    except ValueError:
        return "", ""
    host = (parts.hostname or "").lower()
    if host in ("redd.it", "www.redd.it"):
        found = _SHORT.fullmatch(parts.path)
        return (found[1].lower(), "") if found else ("", "")
    if host != "reddit.com" and not host.endswith(".reddit.com"):
        return "", ""
    found = _COMMENTS.fullmatch(parts.path)
    return (found[1].lower(), (found[2] or "").lower()) if found else ("", "")


def _read_checkpoint(checkpoint: str) -> dict[str, _Window]:
    """Read our own text; one that an older version wrote differently begins anew."""
    try:
        stored: Mapping[str, Mapping[str, object]] = json.loads(checkpoint)
        return {path: _window(**values) for path, values in stored.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _window(*, since: object, newest: object, after: object, pages: object, again: object) -> _Window:
    return _Window(float(str(since)), float(str(newest)), str(after), int(str(pages)), bool(again))
