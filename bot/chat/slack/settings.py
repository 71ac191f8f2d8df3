"""Slack's settings: its table in dibs.toml, its tokens in the environment. It is on when there is a bot token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.kit.emoji import read_emoji
from bot.chat.registry import PlatformSettings
from bot.chat.slack.emoji import names
from bot.toml.environment import Environment, Variable
from bot.toml.table import Table
from handlers.verbs import VERBS

API_URL = "https://slack.com/api/"
KEYS = ("posts_per_second", "emoji")

_OWN_EMOJI: Mapping[str, str] = {verb.name: verb.emoji for verb in VERBS if verb.emoji}
_NOT_A_BOT = {
    "xapp-": "an app-level token; that one belongs into SLACK_APP_TOKEN",
    "xoxp-": "a user token",
    "xoxe-": "a refresh token",
}
_NO_EAR = (
    "SLACK_BOT_TOKEN is set, but neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is, so that Dibs would hear nothing. "
    "At https://api.slack.com/apps, open your app: for Socket Mode, put an App-Level Token with connections:write "
    "(Basic Information, App-Level Tokens) into SLACK_APP_TOKEN; for HTTP, put the Signing Secret (Basic Information, "
    "App Credentials) into SLACK_SIGNING_SECRET."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How Slack is reached, and how fast.

    Attributes:
        bot_token: xoxb-…
        signing_secret: For HTTP; may be empty when there is an app token.
        app_token: xapp-…, for Socket Mode; empty means HTTP.
        api_url: Ends in a slash.
        posts_per_second: A channel; 0 = as fast as the answers come.
        emoji: The reaction, without colons, of each verb that has one.
    """

    bot_token: str = field(repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = API_URL
    posts_per_second: float = 1.0
    emoji: Mapping[str, str] = field(default_factory=lambda: _OWN_EMOJI)


def read_slack(table: Table, environment: Environment) -> SlackSettings | None:
    """Read ``[slack]`` and the SLACK_* variables; None without a bot token."""
    table.only(KEYS)
    settings = SlackSettings(
        bot_token=_secret(environment, "SLACK_BOT_TOKEN"),
        signing_secret=_secret(environment, "SLACK_SIGNING_SECRET"),
        app_token=_secret(environment, "SLACK_APP_TOKEN"),
        api_url=_api_url(environment),
        posts_per_second=table.number("posts_per_second", 1),
        emoji=read_emoji(table.table("emoji"), _OWN_EMOJI, "raised_hands", names),
    )
    if not settings.bot_token:
        return None
    for prefix, what in _NOT_A_BOT.items():
        if settings.bot_token.startswith(prefix):
            environment.problems.say(f"SLACK_BOT_TOKEN holds {what}; a bot token begins with xoxb-.")
    if settings.app_token.startswith("xox"):
        environment.problems.say("SLACK_APP_TOKEN holds another kind of token; an app-level token begins with xapp-.")
    if not settings.app_token and not settings.signing_secret:
        environment.problems.say(_NO_EAR)
    return settings


def _secret(environment: Environment, name: str) -> str:
    value = environment.get(name)
    environment.judge_secret(name, value, "token")
    return value


def _api_url(environment: Environment) -> str:
    url = environment.get("SLACK_API_URL", API_URL)
    if not re.fullmatch(r"https?://[^\s/?#@][^\s?#@]*", url):
        environment.problems.say(f"SLACK_API_URL is an http or https address such as {API_URL}.")
    return url.rstrip("/") + "/"


SETTINGS = PlatformSettings(
    keys=KEYS,
    variables=(
        Variable("SLACK_BOT_TOKEN", "the bot token (`xoxb-…`); switches Slack on"),
        Variable("SLACK_APP_TOKEN", "the app-level token (`xapp-…`); switches Socket Mode on"),
        Variable("SLACK_SIGNING_SECRET", "the signing secret; needed over HTTP"),
        Variable("SLACK_API_URL", "another address of Slack's Web API", API_URL),
    ),
    read=read_slack,
    types="/dibs",
)
