"""Rules of kinds and their options."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import FindingSource, PollingSource, ReceivingSource, SourceConfig, StreamingSource
from bot.sources.kinds.feed.source import FeedOptions
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import KINDS, about, build, load, secret_variables
from tests.bot.sources.scene import NOW
from tests.fakes.signing import key_file, keys, pem
from tests.harness.accounts import KEY

TOOLS = SourceTools(
    fetcher=Fetcher(Clock(lambda: NOW)),
    isolation=Isolation(),
    clock=Clock(lambda: NOW),
    accounts=Accounts(None, Seal.of(KEY), Clock(lambda: NOW), Ids()),
)
# What is a key has to be one.
KEYS = {"service_account": key_file(), "private_key": pem(keys()[1])}
EXAMPLES = [(kind, example) for kind in KINDS for example in about(kind).examples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options with every type that there is."""

    name: str
    count: int = 1
    share: float = 0.5
    loud: bool = False
    other: str | None = None


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_counts_each_unit_once_in_a_window_and_each_bucket_in_one_unit(kind: str) -> None:
    declared = load(kind).capabilities.budgets
    assert len({one.key for one in declared}) == len(declared)
    buckets = {bucket for one in declared for bucket in one.buckets or ()} | {""}
    assert all(len({one.unit for one in declared if one.counts(bucket)}) <= 1 for bucket in buckets)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_every_kind_is_built_from_its_own_examples_and_does_what_it_says(kind: str, example: str) -> None:
    loaded = load(kind)
    table = tomllib.loads(example)
    name = table.pop("name")
    assert table.pop("kind") == kind
    options = build_options(loaded.options, table)
    secrets = {field: KEYS.get(field, "whsec_c2VjcmV0IG9mIG91cnM=") for field in KINDS[kind].secrets}
    config = SourceConfig(name=name, kind=kind, options=options, secrets=secrets)
    source = build(config, TOOLS)
    assert source.capabilities == loaded.capabilities
    assert isinstance(source, PollingSource) == loaded.capabilities.polls
    assert isinstance(source, StreamingSource) == loaded.capabilities.streams
    assert isinstance(source, ReceivingSource) == loaded.capabilities.receives
    assert isinstance(source, FindingSource) == loaded.capabilities.finds
    assert (source.replies is not None) == loaded.capabilities.reply.by_api


def test_what_a_kind_says_of_itself_costs_no_import_of_it() -> None:
    code = (
        "import sys; from bot.sources.registry import KINDS, about; [about(one) for one in KINDS]; print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    loaded = [one for one in told if one.startswith("bot.sources.kinds.") and one.count(".") > 3]
    assert sorted(loaded) == sorted(f"bot.sources.kinds.{kind}.about" for kind in KINDS)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"kind: hackernews is not known; did you mean hacker_news\?"):
        load("hackernews")


def test_the_secret_of_a_hook_has_its_own_variable() -> None:
    assert secret_variables("webhook", "octo-lens.2") == {"secret": "DIBS_HOOK_OCTO_LENS_2_SECRET"}
    assert secret_variables("feed", "x") == {}


def test_an_unknown_key_names_the_nearest_of_its_own() -> None:
    with pytest.raises(OptionError, match=r"ulr: is not known; did you mean url\?"):
        build_options(FeedOptions, {"ulr": "x"})
    with pytest.raises(OptionError, match=r"zzz: is not known\."):
        build_options(FeedOptions, {"zzz": "60s"})


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, "name: is missing."),
        ({"name": 1}, "name: is text in quotes."),
        ({"name": "a", "count": "1"}, "count: is a whole number."),
        ({"name": "a", "count": True}, "count: is a whole number."),
        ({"name": "a", "count": 1.5}, "count: is a whole number."),
        ({"name": "a", "share": "x"}, "share: is a number."),
        ({"name": "a", "share": True}, "share: is a number."),
        ({"name": "a", "loud": 1}, "loud: is true or false."),
        ({"name": "a", "other": 1}, "other: is text in quotes."),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(Options, table)
    assert str(caught.value) == sentence


def test_right_values_are_taken() -> None:
    table = {"name": "a", "count": 2, "share": 1, "loud": True, "other": "o"}
    assert build_options(Options, table) == Options(name="a", count=2, share=1.0, loud=True, other="o")


@pytest.mark.parametrize("url", ["", "alerts", "ftp://a.example/", "javascript:alert(1)", "http://"])
def test_a_feed_has_a_web_address(url: str) -> None:
    with pytest.raises(OptionError):
        build_options(FeedOptions, {"url": url})
