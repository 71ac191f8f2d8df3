"""Whatever lets us in somewhere goes out by https alone, at every kind that has an account."""

from dataclasses import replace
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig
from bot.sources.kinds.bluesky.source import Bluesky, BlueskyOptions
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.source import Facebook
from bot.sources.kinds.khoros.options import KhorosOptions
from bot.sources.kinds.khoros.source import Khoros
from bot.sources.kinds.linkedin.options import LinkedInOptions
from bot.sources.kinds.linkedin.source import LinkedIn
from bot.sources.kinds.mastodon.source import Mastodon, MastodonOptions
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.source import Reddit
from bot.sources.kinds.x.source import X, XOptions
from bot.sources.kit.options import OptionError
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools

OPEN = "http://sample.example"
HELD = ("password", "app_password", "access_token", "client_id", "client_secret", "refresh_token")
KINDS: dict[str, tuple[Any, Any]] = {
    "bluesky": (Bluesky, BlueskyOptions(query="acme", handle="acme.example")),
    "facebook": (Facebook, FacebookOptions(page="100200300400500")),
    "khoros": (Khoros, KhorosOptions(base_url="https://sample.example", username="acme")),
    "linkedin": (LinkedIn, LinkedInOptions(organization="1234567")),
    "mastodon": (Mastodon, MastodonOptions(base_url="https://sample.example", listen="hashtag", hashtag="acme")),
    "reddit": (Reddit, RedditOptions(query="acme", username="acme")),
    "x": (X, XOptions(username="acme")),
}


def made(kind: str, *, allow_private: bool = False, **options: str) -> object:
    source, known = KINDS[kind]
    tools = SourceTools(fetcher=Fetcher(Clock()), isolation=Isolation(), clock=Clock())
    config: SourceConfig[Any] = SourceConfig(
        name="here",
        kind=kind,
        options=replace(known, **options),
        secrets=dict.fromkeys(HELD, "sample-secret"),
        allow_private=allow_private,
    )
    return source(config, tools)


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_address_is_refused_where_something_lets_us_in(kind: str) -> None:
    with pytest.raises(OptionError, match="in the clear"):
        made(kind, base_url=OPEN)


@pytest.mark.parametrize("kind", ["bluesky", "facebook", "khoros", "linkedin", "mastodon", "reddit"])
def test_an_intranet_may_do_without(kind: str) -> None:
    made(kind, base_url=OPEN, allow_private=True)
    made(kind)


def test_the_address_at_which_linkedin_sells_tokens_counts_too() -> None:
    with pytest.raises(OptionError, match="in the clear"):
        made("linkedin", token_url=OPEN)


def test_the_address_at_which_reddit_sells_tokens_counts_too() -> None:
    with pytest.raises(OptionError, match="in the clear"):
        made("reddit", auth_url=OPEN)
