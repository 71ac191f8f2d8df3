"""Rules of credentials: what lets us in goes out by https, or to an intranet, and nowhere else."""

from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources import registry
from bot.sources.base import SourceConfig
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import NOW
from tests.fakes import google
from tests.fakes.youtube import US

CODE: dict[str, Any] = {"username": "acme", "repositories": ["acme/app"], "base_url": "http://code.acme.example/api/v3"}
FORUM: dict[str, Any] = {"username": "acme", "base_url": "http://forum.acme.example"}
PLACES: dict[str, Any] = {"locations": {"accounts/1/locations/2": "Berlin"}}
KEYED = {"api_key": "k"}


def made(kind: str, table: dict[str, Any], secrets: dict[str, str], *, allow_private: bool = False) -> None:
    clock = Clock(lambda: NOW)
    tools = SourceTools(fetcher=Fetcher(clock), isolation=Isolation(), clock=clock)
    options = build_options(registry.load(kind).options, table)
    config = SourceConfig(name="one", kind=kind, options=options, secrets=secrets, allow_private=allow_private)
    registry.build(config, tools)


@pytest.mark.parametrize(
    ("kind", "table", "secrets"),
    [
        ("github", CODE, {"token": "t"}),
        ("discourse", FORUM, KEYED),
        ("youtube", {"channel": US, "base_url": "http://www.googleapis.com"}, google.SECRETS),
        ("youtube", {"channel": US, "token_url": "HTTP://oauth2.googleapis.com/token"}, google.SECRETS),
        ("google_reviews", PLACES | {"token_url": "http://oauth2.googleapis.com/token"}, google.SECRETS),
    ],
)
def test_no_credential_goes_out_in_the_clear_but_in_an_intranet(
    kind: str, table: dict[str, Any], secrets: dict[str, str]
) -> None:
    with pytest.raises(OptionError, match="in the clear"):
        made(kind, table, secrets)
    made(kind, table, secrets, allow_private=True)


def test_a_forum_that_is_read_as_anybody_reads_it_may_be_asked_in_the_clear() -> None:
    made("discourse", FORUM, {})
