"""Homes in Teams: a channel is named by its id, or by the link that Teams copies, which holds the id.

A name would not do: a bot sees the channels of the teams that it is in, and each of them has a General.
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams
"""

import re
from urllib.parse import unquote, urlsplit

from bot.toml.table import Table

HOSTS = ("teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us", "dod.teams.microsoft.us")
_CHANNEL = re.compile(r"19:[A-Za-z0-9_.-]{1,150}@thread\.(?:tacv2|skype)", re.ASCII)
_LINK = re.compile(r"/l/channel/([^/]{1,300})(?:/[^/]*)?", re.ASCII)


def read_home(table: Table, key: str) -> str:
    """Return the id of the channel that a department names; what is none is complained about."""
    written = table.text(key)
    channel = channel_of(written)
    if written and not channel:
        table.wrong(
            key,
            'is the id of a channel, such as "19:…@thread.tacv2", or its link: in Teams, choose "Copy link" in the '
            "menu beside the channel's name, and paste it here.",
        )
    return channel


def channel_of(written: str) -> str:
    """Return the id of a channel from its link, or from itself; nothing for anything else."""
    if _CHANNEL.fullmatch(written):
        return written
    try:
        parts = urlsplit(written)
        host = parts.hostname
    except ValueError:
        return ""
    found = _LINK.fullmatch(parts.path)
    if parts.scheme != "https" or host not in HOSTS or not found:
        return ""
    channel = unquote(found[1])
    return channel if _CHANNEL.fullmatch(channel) else ""
