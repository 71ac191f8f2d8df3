"""Rules of whose posts are never mentions: what dibs.toml says, and what a kind knows by itself."""

import tomllib

from bot.settings.sources import read_sources
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table

CHANNEL = "UCacmeacmeacmeacmeacmeac"
TOML = f"""
[[sources]]
name = "tube"
kind = "youtube"
channel = "{CHANNEL}"
own_accounts = ["@AcmeHelp"]
"""


def test_a_channel_is_ours_without_a_word_of_it_beside_those_that_dibs_toml_names() -> None:
    problems = Problems()
    (found,) = read_sources(Table(problems, (), "", tomllib.loads(TOML)), Environment({}, problems))
    assert found.rules.own_accounts == {CHANNEL.casefold(), "acmehelp"}
