"""The app package: what Teams has to know of the bot, made from the verbs' own table, and its two pictures, in a zip.

Rules and lengths: https://learn.microsoft.com/microsoft-365/extensibility/schema/ (version 1.30 of the manifest).

It asks for as little as there is. In a channel the bot hears only what is said to it, and it is told who is in a team
without a permission of its own (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context), so
there is no resource-specific consent. It shows no page inside Teams, so no domain is named. It can be added to teams
and to one person's chat, the two places where it has something to say.
"""

import io
import json
import zipfile
from typing import Any

from bot.chat.kit.icons import ACCENT, colour_icon, outline_icon
from bot.chat.kit.manifest import Manifest, Wanted
from bot.chat.teams.settings import GUID
from bot.runtime.version import our_version
from handlers.verbs import HINT, OTHERS

FILE = "dibs-teams.zip"
SCHEMA = "1.30"
SCOPES = ("team", "personal")
# The schema takes twelve by now, clients of an earlier one ten; and they cut what is longer than this.
MOST_COMMANDS = 10
LONGEST_TITLE = 32
LONGEST_DESCRIPTION = 128
_EXAMPLE = "https://dibs.acme.example"
# The earliest that a zip can say: what is packed twice from the same is the same.
_DATE = (1980, 1, 1, 0, 0, 0)


def manifest(app_id: str, public_url: str) -> dict[str, Any]:
    """Return the manifest; ``public_url`` stands in for the addresses about who runs the bot."""
    address = public_url or _EXAMPLE
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": our_version(),
        "id": app_id,
        "developer": {
            "name": "Dibs, run by ourselves",
            "websiteUrl": address,
            "privacyUrl": address,
            "termsOfUseUrl": address,
        },
        "name": {"short": "Dibs", "full": "Dibs: who answers what is said about us"},
        "description": {
            "short": "Anybody in the company can look after what customers say in public.",
            "full": (
                "Dibs hears what people say in public about our company and puts each new mention as a card into the "
                "channel of the department that can help. Any employee can call dibs on it with one press, or draft "
                "the reply; what has to be seen to before it goes out is seen to. Everybody sees who has what.\n\n"
                "Nothing that is written in Teams becomes public: only a draft does, by the press of somebody who may "
                "publish it. In a channel Dibs hears only what is said to it by @Dibs."
            ),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [
            {
                "botId": app_id,
                "scopes": list(SCOPES),
                "commandLists": [{"scopes": [scope], "commands": _commands()} for scope in SCOPES],
                "isNotificationOnly": False,
                "supportsFiles": False,
            }
        ],
        "defaultInstallScope": "team",
        "defaultGroupCapability": {"team": "bot"},
        "validDomains": [],
    }


def _commands() -> list[dict[str, str]]:
    """Return what the menu at @Dibs offers: what is done daily, what else needs no card, as many as there is room for.

    A press on one types its name alone, so no name stands here with what has to be typed behind it.
    """
    return [
        {"title": verb.name[:LONGEST_TITLE], "description": verb.help[:LONGEST_DESCRIPTION]}
        for verb in list({one.name: one for one in (*HINT, *OTHERS)}.values())[:MOST_COMMANDS]
    ]


def package(app_id: str, public_url: str) -> bytes:
    """Return the zip, the same bytes for the same app."""
    told = json.dumps(manifest(app_id, public_url), indent=2, ensure_ascii=False) + "\n"
    parts = {"manifest.json": told.encode(), "color.png": colour_icon(), "outline.png": outline_icon()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            file.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def offer(wanted: Wanted) -> Manifest:
    """Return the package for `dibs manifest`, and what is to be done with it; it has to say which bot it is."""
    app_id = wanted.environment.get("TEAMS_APP_ID").lower()
    if not GUID.fullmatch(app_id):
        what = "is not set" if not app_id else "is no GUID such as 00000000-0000-0000-0000-000000000000"
        wanted.environment.problems.say(
            f"TEAMS_APP_ID {what}, and the app has to say which bot it is. It is the Microsoft App ID on the "
            "Configuration page of your Azure Bot."
        )
        return Manifest(content=b"")
    shown = wanted.public_url if wanted.public_url.startswith("https://") else ""
    where = f"the address of your desk ({shown})" if shown else f"an example ({_EXAMPLE})"
    return Manifest(
        content=package(app_id, shown),
        file=FILE,
        steps=(
            f"In its manifest.json, developer names {where} as website, privacy statement and terms of use. Put your "
            "own there if you have them, and pack the three files again.",
            "Upload it at https://admin.teams.microsoft.com (Teams apps, Manage apps, Upload new app), or try it in "
            "one team: in Teams choose Apps, Manage your apps, Upload an app.",
            "Then add Dibs to the teams of your departments, and run: dibs check",
        ),
    )
