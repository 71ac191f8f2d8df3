"""The kinds of sources: one explicit table, whose modules are imported when a source of that kind is configured.

``bot/sources/kinds/README.md`` says how to add one. For each ``[[sources]]``, settings makes the options of
``load(kind)`` from its table and reads the variables that ``secret_variables(kind, name)`` names; both stand in a
SourceConfig, from which the composition root makes the source: ``build(config, tools)``.
"""

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sources.base import Capabilities, Source, SourceConfig
from bot.sources.kit.about import About
from bot.sources.kit.options import OptionError, unknown_key
from bot.sources.kit.sign_in import SignIn
from bot.sources.kit.tools import SourceTools


@dataclass(frozen=True, slots=True, kw_only=True)
class KindEntry:
    """Where a kind lives, and the names of the secrets that it wants; ``hook`` kinds are called by others.

    Attributes:
        sign_in: What makes its ``SignIn`` of its options, where an account is let in by OAuth 2.
        unmatched: What becomes of posts that no topic recognises, unless dibs.toml says otherwise: "fallback" for
            what was searched for or chosen, "drop" for streams and timelines. Options of which it depends say it
            themselves, by a property of this name; so do those that know our account, or its server
            (``SourceRules.account``, ``own_accounts`` and ``instance``).
    """

    source: str
    options: str
    secrets: tuple[str, ...] = ()
    hook: bool = False
    unmatched: str = "fallback"
    sign_in: str = ""


KINDS: Mapping[str, KindEntry] = {
    "app_store": KindEntry(
        source="bot.sources.kinds.app_store.source:AppStore",
        options="bot.sources.kinds.app_store.source:AppStoreOptions",
        secrets=("private_key",),
    ),
    "bluesky": KindEntry(
        source="bot.sources.kinds.bluesky.source:Bluesky",
        options="bot.sources.kinds.bluesky.source:BlueskyOptions",
        secrets=("app_password",),
    ),
    "discourse": KindEntry(
        source="bot.sources.kinds.discourse.source:Discourse",
        options="bot.sources.kinds.discourse.options:DiscourseOptions",
        secrets=("api_key", "webhook_secret"),
    ),
    "facebook": KindEntry(
        source="bot.sources.kinds.facebook.source:Facebook",
        options="bot.sources.kinds.facebook.options:FacebookOptions",
        secrets=("access_token", "app_secret", "verify_token"),
    ),
    "feed": KindEntry(source="bot.sources.kinds.feed.source:Feed", options="bot.sources.kinds.feed.source:FeedOptions"),
    "github": KindEntry(
        source="bot.sources.kinds.github.source:GitHub",
        options="bot.sources.kinds.github.options:GitHubOptions",
        secrets=("token", "webhook_secret"),
    ),
    "google_play": KindEntry(
        source="bot.sources.kinds.google_play.source:GooglePlay",
        options="bot.sources.kinds.google_play.source:GooglePlayOptions",
        secrets=("service_account",),
    ),
    "google_reviews": KindEntry(
        source="bot.sources.kinds.google_reviews.source:GoogleReviews",
        options="bot.sources.kinds.google_reviews.options:GoogleReviewsOptions",
        secrets=("client_id", "client_secret", "refresh_token"),
        sign_in="bot.sources.kinds.google_reviews.account:sign_in",
    ),
    "hacker_news": KindEntry(
        source="bot.sources.kinds.hacker_news.source:HackerNews",
        options="bot.sources.kinds.hacker_news.source:HackerNewsOptions",
    ),
    "instagram": KindEntry(
        source="bot.sources.kinds.instagram.source:Instagram",
        options="bot.sources.kinds.instagram.options:InstagramOptions",
        secrets=("access_token", "client_id", "client_secret", "app_secret", "verify_token"),
        sign_in="bot.sources.kinds.instagram.options:sign_in",
    ),
    "khoros": KindEntry(
        source="bot.sources.kinds.khoros.source:Khoros",
        options="bot.sources.kinds.khoros.options:KhorosOptions",
        secrets=("password",),
    ),
    "lemmy": KindEntry(
        source="bot.sources.kinds.lemmy.source:Lemmy",
        options="bot.sources.kinds.lemmy.options:LemmyOptions",
        secrets=("password",),
    ),
    "linkedin": KindEntry(
        source="bot.sources.kinds.linkedin.source:LinkedIn",
        options="bot.sources.kinds.linkedin.options:LinkedInOptions",
        secrets=("client_id", "client_secret", "refresh_token"),
        sign_in="bot.sources.kinds.linkedin.options:sign_in",
    ),
    "mastodon": KindEntry(
        source="bot.sources.kinds.mastodon.source:Mastodon",
        options="bot.sources.kinds.mastodon.source:MastodonOptions",
        secrets=("access_token",),
    ),
    "reddit": KindEntry(
        source="bot.sources.kinds.reddit.source:Reddit",
        options="bot.sources.kinds.reddit.options:RedditOptions",
        secrets=("client_id", "client_secret", "refresh_token"),
    ),
    "stack_exchange": KindEntry(
        source="bot.sources.kinds.stack_exchange.source:StackExchange",
        options="bot.sources.kinds.stack_exchange.source:StackExchangeOptions",
        secrets=("key",),
    ),
    "threads": KindEntry(
        source="bot.sources.kinds.threads.source:Threads",
        options="bot.sources.kinds.threads.options:ThreadsOptions",
        secrets=("client_id", "client_secret", "access_token", "app_secret", "verify_token"),
        sign_in="bot.sources.kinds.threads.options:sign_in",
    ),
    "webhook": KindEntry(
        source="bot.sources.kinds.webhook.source:Webhook",
        options="bot.sources.kinds.webhook.options:WebhookOptions",
        secrets=("secret",),
        hook=True,
    ),
    "wordpress": KindEntry(
        source="bot.sources.kinds.wordpress.source:WordPress",
        options="bot.sources.kinds.wordpress.source:WordPressOptions",
        secrets=("user", "application_password"),
    ),
    "x": KindEntry(
        source="bot.sources.kinds.x.source:X",
        options="bot.sources.kinds.x.source:XOptions",
        secrets=("client_id", "client_secret", "refresh_token", "consumer_secret"),
        sign_in="bot.sources.kinds.x.source:sign_in",
    ),
    "youtube": KindEntry(
        source="bot.sources.kinds.youtube.source:YouTube",
        options="bot.sources.kinds.youtube.options:YouTubeOptions",
        secrets=("client_id", "client_secret", "refresh_token"),
        sign_in="bot.sources.kinds.youtube.account:sign_in",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedKind:
    """A kind whose module was imported."""

    make: Callable[[SourceConfig[Any], SourceTools], Source]
    options: type[Any]
    capabilities: Capabilities


def load(kind: str) -> LoadedKind:
    """Import what ``kind`` needs.

    Raises:
        OptionError: There is no such kind.
    """
    entry = _entry(kind)
    source = _named(entry.source)
    return LoadedKind(make=source, options=_named(entry.options), capabilities=source.capabilities)


def build(config: SourceConfig[Any], tools: SourceTools) -> Source:
    """Make the source that ``config`` describes.

    Raises:
        OptionError: A secret is missing or unusable; its key is the environment variable.
    """
    return load(config.kind).make(config, tools)


def about(kind: str) -> About:
    """Return what ``kind`` says of itself; nothing else of it is imported."""
    _entry(kind)
    said: About = _named(f"bot.sources.kinds.{kind}.about:ABOUT")
    return said


def sign_in(config: SourceConfig[Any]) -> SignIn | None:
    """Return how the account of a source is let in; None where nobody signs in there by ``dibs source login``."""
    entry = _entry(config.kind)
    if not entry.sign_in:
        return None
    declared: SignIn = _named(entry.sign_in)(config.options)
    return declared


def secret_variables(kind: str, name: str) -> dict[str, str]:
    """Return, for each secret of ``kind``, the environment variable that holds it for the source ``name``.

    ``{"secret": "DIBS_HOOK_OCTOLENS_SECRET"}`` for hooks, ``DIBS_SOURCE_<SOURCE>_<FIELD>`` for the rest.
    """
    entry = _entry(kind)
    return {field: _variable(entry, name, field) for field in entry.secrets}


def _variable(entry: KindEntry, name: str, field: str) -> str:
    own = re.sub(r"[^A-Z0-9]", "_", name.upper())
    return f"DIBS_{'HOOK' if entry.hook else 'SOURCE'}_{own}_{field.upper()}"


def _entry(kind: str) -> KindEntry:
    if kind not in KINDS:
        wrong = unknown_key(kind, KINDS)
        raise OptionError("kind", f"{kind} {wrong.sentence}")
    return KINDS[kind]


def _named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)
