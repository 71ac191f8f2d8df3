"""The app's manifest, made from the verbs' own table. https://docs.slack.dev/reference/app-manifest"""

import json
from typing import Any

from bot.chat.kit.icons import ACCENT
from bot.chat.kit.manifest import Manifest, Wanted
from bot.chat.slack.scopes import EVENTS, SCOPES
from bot.chat.slack.settings import SETTINGS
from bot.chat.slack.wire.payloads import SHORTCUT
from handlers.base.verb import On
from handlers.verbs import HINT, VERBS

PATH = "/slack/events"


def manifest(public_url: str, *, socket_mode: bool) -> dict[str, Any]:
    """Return the manifest; over HTTP Slack sends to ``public_url`` (https), in Socket Mode there is no address."""
    address = {} if socket_mode else {"request_url": public_url.rstrip("/") + PATH}
    return {
        "display_information": {
            "name": "Dibs",
            "description": "Anybody in the company can look after what customers say in public.",
            "background_color": ACCENT,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Dibs", "always_online": True},
            "shortcuts": [
                {
                    "name": verb.shortcut.name,
                    "type": "message",
                    "callback_id": f"{SHORTCUT}{verb.name}",
                    "description": verb.shortcut.description,
                }
                for verb in VERBS
                if verb.shortcut
            ],
            "slash_commands": [_slash(address.get("request_url", ""))],
        },
        "oauth_config": {"scopes": {"bot": [scope.name for scope in SCOPES]}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": [name for name, _ in EVENTS]},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def render(public_url: str | None, *, socket_mode: bool) -> str:
    """Return the manifest as the JSON that https://api.slack.com/apps takes."""
    return json.dumps(manifest(public_url or "", socket_mode=socket_mode), indent=2)


def offer(wanted: Wanted) -> Manifest:
    """Return it for `dibs manifest`; over HTTP it has to say where Dibs is."""
    if wanted.http and not wanted.public_url:
        wanted.environment.problems.say("HTTP mode needs DIBS_PUBLIC_URL, the address under which Slack reaches Dibs.")
    return Manifest(content=render(wanted.public_url, socket_mode=not wanted.http).encode() + b"\n")


def _slash(url: str) -> dict[str, Any]:
    about = {On.MENTION: " #ref", On.POST: " URL", On.NOTHING: ""}
    command = {
        "command": SETTINGS.types,
        "description": "Own a mention, or see who does",
        "usage_hint": " · ".join(f"{verb.name}{about[verb.on]}" for verb in HINT),
        "should_escape": True,
    }
    return command | ({"url": url} if url else {})
