"""What a start may load: one import at the top of a module can cost the seconds and megabytes that design promises."""

import subprocess
import sys

import pytest

WAITS = {
    "alembic": "an upgrade",
    "botbuilder": "a Teams that is configured",
    "botframework": "a Teams that is configured",
    "cryptography": "an account that is kept",
    "jwt": "a Teams that is configured, or a key that signs",
    "msal": "a Teams that is configured",
    "msrest": "a Teams that is configured",
    "requests": "a Teams that is configured",
    "feedparser": "the process that reads feeds",
    "jinja2": "the first page of the desk",
    "slack_bolt": "the first gesture",
    "slack_sdk": "the first gesture",
    "typer": "a command line that is more than `dibs run`",
    "sqlalchemy.dialects.postgresql": "a database that is PostgreSQL",
}
LOADED = """
import sys
import bot.__main__, bot.app, bot.chat.slack.platform, bot.chat.teams.sdk.client, bot.chat.desk.platform
from bot.sources.registry import KINDS, load
for kind in KINDS:
    load(kind)
print(*sys.modules)
"""


@pytest.mark.process
def test_what_waits_for_its_first_use_is_not_loaded_by_a_start() -> None:
    process = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = set(process.stdout.split())
    assert "bot.chat.slack.platform" in loaded
    assert {name: first for name, first in WAITS.items() if name in loaded} == {}
