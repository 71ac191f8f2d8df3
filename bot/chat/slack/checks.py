"""What `dibs check` looks at on Slack, and how to mend what it finds. Nothing here changes anything."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.chat.base import DeliveryFailed, Finding, network_mend
from bot.chat.slack.directory import People
from bot.chat.slack.emoji import unknown
from bot.chat.slack.scopes import SCOPES
from bot.chat.slack.wire.channels import is_id, resolve
from bot.chat.slack.wire.client import Api, Json, Refused
from bot.chat.slack.wire.workspace import Workspace
from handlers.base.organisation import Organisation

SKEW_SECONDS = 60
_BY_ITSELF = "Nothing to do: while Dibs runs it looks the name up again, and its cards move there."
_APPS = "https://api.slack.com/apps"


async def check_token(api: Api, workspace: Workspace) -> list[Finding]:
    """See whether the bot token works; alone, because without it nothing else can be seen."""
    try:
        await workspace.learn(api)
    except Refused as refused:
        mend = f"Install the app again at {_APPS} (OAuth & Permissions) and copy the Bot User OAuth Token."
        return [Finding(False, "Slack token", refused.reason, mend)]
    except DeliveryFailed as failure:
        return [Finding(False, "Slack", failure.reason, network_mend("slack.com"))]
    return [Finding(True, "Slack token", f"It belongs to {workspace.url or workspace.team}.")]


def check_clock(workspace: Workspace, now: datetime) -> list[Finding]:
    """See whether our clock agrees with Slack's: signatures older than five minutes are refused."""
    try:
        skew = abs((parsedate_to_datetime(workspace.clock_date) - now).total_seconds())
    except ValueError:
        return []
    if skew <= SKEW_SECONDS:
        return [Finding(True, "Clock", "It agrees with Slack's.")]
    sentence = f"It is {int(skew)} seconds away from Slack's; from 300 on every gesture is refused."
    return [Finding(False, "Clock", sentence, "Let the machine take its time from the network (NTP).")]


def check_scopes(workspace: Workspace) -> list[Finding]:
    """Name each scope that is missing, and what is off without it."""
    missing = [scope for scope in SCOPES if workspace.lacks(scope.name)]
    mend = f"Add it at {_APPS} (OAuth & Permissions, Bot Token Scopes) and install the app again."
    return [
        Finding(False, f"Scope {one.name}", f"It is missing, so this is off: {one.feature}.", mend) for one in missing
    ] or [Finding(True, "Scopes", "All are granted.")]


def check_emoji(called: Iterable[str]) -> list[Finding]:
    """Warn of reactions that Slack itself does not have: a workspace may have made them, or nobody can set them."""
    mend = "Mend the name in [slack.emoji], or leave it if it is one of your own."
    return [Finding(True, "Emoji", sentence, mend) for sentence in unknown(called)]


async def check_app_token(api: Api) -> list[Finding]:
    """See whether Socket Mode may open a socket."""
    try:
        await api.call("apps.connections.open")
    except Refused as refused:
        mend = f"At {_APPS}: switch Socket Mode on, and make an App-Level Token with connections:write."
        return [Finding(False, "Slack app token", refused.reason, mend)]
    except DeliveryFailed as failure:
        return [Finding(False, "Slack app token", failure.reason, network_mend("slack.com"))]
    return [Finding(True, "Slack app token", "Socket Mode may be used.")]


async def check_homes(api: Api, organisation: Organisation, kept: Mapping[str, str]) -> list[Finding]:
    """See whether each home channel is there, open, and one that the bot is or can be in.

    ``kept``: the ids by name that were resolved before.
    """
    findings = []
    for one in organisation.departments:
        if written := one.homes.get("slack"):
            name = one.home_names.get("slack") or written
            subject = f"Channel {name} of {one.name}"
            channel = written if is_id(written) else kept.get(written) or await _find(api, written)
            findings.append(await _check_home(api, subject, channel, name))
    return findings


async def _find(api: Api, name: str) -> str:
    try:
        return (await resolve(api, [name])).ids.get(name, "")
    except DeliveryFailed:
        return ""


async def _check_home(api: Api, subject: str, channel: str, name: str) -> Finding:
    if not channel:
        mend = "Mend the name in dibs.toml; into a private channel invite the bot first: /invite @Dibs."
        return Finding(False, subject, "Slack shows us no such channel.", mend)
    try:
        info: Json = (await api.call("conversations.info", channel=channel)).get("channel") or {}
    except Refused as refused:
        if successor := await _successor(api, channel, name):
            return Finding(True, subject, f"{refused.reason} {successor}", _BY_ITSELF)
        mend = "If it is private, type /invite @Dibs in it; if it is gone, name another one in dibs.toml."
        return Finding(False, subject, refused.reason, mend)
    except DeliveryFailed as failure:
        return Finding(False, subject, failure.reason, "Try again.")
    if info.get("is_archived"):
        if successor := await _successor(api, channel, name):
            return Finding(True, subject, f"It is archived. {successor}", _BY_ITSELF)
        return Finding(False, subject, "It is archived.", "Unarchive it, or name another one in dibs.toml.")
    if info.get("is_private") and not info.get("is_member"):
        return Finding(False, subject, "It is private and the bot is not in it.", "Type /invite @Dibs in it.")
    if name.startswith("#") and info.get("name") != name[1:]:
        return await _check_name(api, subject, channel, name, str(info.get("name")))
    joined = "The bot is in it." if info.get("is_member") else "The bot will join it."
    return Finding(True, subject, joined)


async def _successor(api: Api, channel: str, name: str) -> str:
    """Say which other channel bears the name of a home whose own one is gone, or nothing."""
    other = "" if is_id(name) else await _find(api, name)
    return f"Another channel is called {name} by now: {other}." if other and other != channel else ""


async def _check_name(api: Api, subject: str, channel: str, name: str, now: str) -> Finding:
    """A channel that was renamed is harmless, unless another one bears its name by now."""
    try:
        other = (await resolve(api, [name])).ids.get(name, channel)
    except DeliveryFailed as failure:
        return Finding(False, subject, failure.reason, "Try again.")
    if other == channel:
        return Finding(True, subject, f"It is called #{now} by now, which does no harm.")
    sentence = f"Cards go to #{now}, which had this name when it was first seen; by now another channel is called so."
    return Finding(False, subject, sentence, f"Write {other} or {channel}, the one that is meant, into dibs.toml.")


async def check_groups(people: People, organisation: Organisation) -> list[Finding]:
    """See whether the user groups that dibs.toml names are there."""
    if not any(entry.startswith("@") for one in organisation.departments for entry in one.members):
        return []
    try:
        await people.read_groups()
    except DeliveryFailed as failure:
        return [Finding(False, "User groups", failure.reason, "Try again.")]
    if why := people.off.get("user groups"):
        mend = "Grant usergroups:read; user groups need a paid plan, without one list e-mail addresses."
        return [Finding(False, "User groups", f"Slack does not tell of them: {why}.", mend)]
    unknown = people.unknown_groups()
    if not unknown:
        return [Finding(True, "User groups", "All that dibs.toml names are there.")]
    names = ", ".join(f"@{name}" for name in unknown)
    return [Finding(False, "User groups", f"Slack knows none called {names}.", "Mend the name in members.")]
