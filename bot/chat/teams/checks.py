"""What `dibs check` looks at in Teams, and how to mend what it finds. Nothing here changes anything.

Where the bot is installed is known from what Teams told while `dibs run` was running; whether that is still so, and
which channels a team has, is asked of Teams now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.base import DeliveryFailed, Finding, PlaceRefused, PlatformRefused, TryLater, network_mend
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.settings import GOVERNMENT, TeamsSettings
from bot.chat.teams.wire.connector import Member
from bot.chat.teams.wire.request import PATH
from handlers.base.organisation import DepartmentConfig, Organisation
from storage.tables.states import RoomKind

HOME = "teams"
_AZURE = "the bot's page at https://portal.azure.com"
_ADD = (
    "Add the app to that team while `dibs run` is running, since Teams tells of it once. If it is there already, type "
    '"@Dibs help" in the channel.'
)


@dataclass(slots=True)
class Listed:
    """What Teams told of the teams where the bot is.

    Attributes:
        channels: What each channel is called, with its team, by its id.
        silent: Why a team was not told of, by its id.
    """

    channels: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)


async def check_teams(
    wall: Wall, rooms: Rooms, settings: TeamsSettings, organisation: Organisation, public_url: str
) -> list[Finding]:
    """Look at everything; what needs a token is left out when there is none."""
    findings = [*check_address(settings, public_url), *await check_token(wall, settings)]
    if findings[-1].ok:
        findings += await check_homes(wall, rooms, organisation)
        findings += await check_people(wall, rooms)
    return findings


def check_address(settings: TeamsSettings, public_url: str) -> list[Finding]:
    """See whether Teams can reach us; say in which mode it does."""
    if settings.development:
        sentence = "Development mode: no token is asked for, and whoever is on this machine may speak as anybody."
        mend = "Outside of a simulator unset TEAMS_DEVELOPMENT, and set TEAMS_APP_ID, _PASSWORD and TEAMS_TENANT_ID."
        return [Finding(True, "Teams mode", sentence, mend)]
    findings = []
    if settings.cloud.here:
        sentence = "TEAMS_CLOUD names a simulator on this machine."
        findings.append(Finding(True, "Teams mode", sentence, "Unset it to speak to Microsoft."))
    if public_url.startswith("https://"):
        sentence = f"The messaging endpoint on the bot's page in Azure has to be {public_url}{PATH}"
        return [*findings, Finding(True, "Teams address", sentence)]
    what = f"DIBS_PUBLIC_URL is {public_url}" if public_url else "DIBS_PUBLIC_URL is not set"
    mend = (
        f"Set it to the address that your proxy passes on to Dibs; the same with {PATH} behind it is the messaging "
        f"endpoint on {_AZURE} (Configuration)."
    )
    return [*findings, Finding(False, "Teams address", f"Teams reaches only https addresses, and {what}.", mend)]


async def check_token(wall: Wall, settings: TeamsSettings) -> list[Finding]:
    """See whether Microsoft gives us a token: app id, password and tenant belong together."""
    if settings.development:
        return [Finding(True, "Teams token", "None is needed in development mode.")]
    if failure := await wall.probe():
        wrong = (
            f"Compare the Microsoft App ID and the App Tenant ID on {_AZURE} (Configuration), and make a new client "
            "secret there (Manage Password) if the old one has expired."
        )
        mend = network_mend("login.microsoftonline.com") if isinstance(failure, TryLater) else wrong
        return [Finding(False, "Teams token", failure.reason, mend)]
    cloud = ", in the government cloud" if settings.cloud == GOVERNMENT else ""
    sentence = f"Microsoft gives one to the app {settings.app_id} in the tenant {settings.tenant}{cloud}."
    return [Finding(True, "Teams token", sentence)]


async def check_homes(wall: Wall, rooms: Rooms, organisation: Organisation) -> list[Finding]:
    """See whether each home is a channel of a team where the bot is, and name the departments that have none."""
    departments = organisation.departments
    at_home = [one for one in departments if one.homes.get(HOME)]
    if not at_home:
        mend = 'Write teams = "…" below a department in dibs.toml: the link of its channel, as Teams copies it.'
        return [Finding(True, "Teams homes", "No department has one, so no card will stand in Teams.", mend)]
    listed = await _list(wall, rooms)
    findings = [await _check_home(rooms, listed, one) for one in at_home]
    if elsewhere := [one.name for one in departments if one not in at_home]:
        sentence = f"Without a home in Teams: {', '.join(elsewhere)}. Their mentions have no card there."
        homeless = [one.name for one in departments if not one.homes]
        mend = f"Write teams = below {', '.join(homeless)} in dibs.toml." if homeless else ""
        findings.append(Finding(True, "Teams homes", sentence, mend))
    return findings


async def check_people(wall: Wall, rooms: Rooms) -> list[Finding]:
    """Count who is in the teams where the bot is, and who cannot be joined with what we know of them elsewhere."""
    teams = await rooms.teams()
    found: dict[str, Member] = {}
    for team in teams:
        try:
            found |= {one.aad: one for one in await wall.members(team) if one.aad}
        except DeliveryFailed as failure:
            return [_failed("Teams people", failure)]
    if not teams:
        sentence = "Teams has not told us of any team where the bot is."
        return [Finding(False, "Teams people", sentence, "Add the app to a team while `dibs run` is running.")]
    nameless = sum(not one.email for one in found.values())
    sentence = f"{len(found)} people in {len(teams)} {'team' if len(teams) == 1 else 'teams'}"
    if not nameless:
        return [Finding(True, "Teams people", f"{sentence}, each with an e-mail address.")]
    sentence += f"; of {nameless} Teams tells no e-mail address, so who they are elsewhere is not known."
    return [
        Finding(True, "Teams people", sentence, "Give them one in the directory, if they act on Slack or the desk.")
    ]


async def _list(wall: Wall, rooms: Rooms) -> Listed:
    """Ask every team where the bot is for its channels."""
    listed = Listed()
    known = {one.external_id: one.name for one in await rooms.all_rooms() if one.kind == RoomKind.TEAM}
    for team in await rooms.teams():
        called = known.get(team.id) or "a team"
        try:
            channels = await wall.channels(team)
        except DeliveryFailed as failure:
            listed.silent[team.id] = failure.reason
            continue
        listed.channels |= {one.id: f"{one.name or 'General'} of {called}" for one in channels}
    return listed


async def _check_home(rooms: Rooms, listed: Listed, department: DepartmentConfig) -> Finding:
    channel = department.homes[HOME]
    subject = f"Teams channel of {department.name}"
    try:
        await rooms.conversation(channel)
    except PlaceRefused as refused:
        return Finding(False, subject, refused.reason, "Or name another channel in dibs.toml.")
    except DeliveryFailed as failure:
        return Finding(False, subject, failure.reason, _ADD)
    if name := listed.channels.get(channel):
        return Finding(True, subject, f"The bot is in it: {name}.")
    if (why := await _silence(rooms, listed, channel)) is not None:
        sentence = f"Teams told of it before, and could not be asked now. {why}"
        return Finding(True, subject, sentence, "Try again.")
    sentence = f"No team where the bot is has a standard channel {channel}."
    return Finding(False, subject, sentence, f"{_ADD} It is not for private and shared channels.")


async def _silence(rooms: Rooms, listed: Listed, channel: str) -> str | None:
    """Return why a channel that is known could not be asked about; None where that is not so."""
    known: Mapping[str, str] = {one.external_id: one.parent or one.external_id for one in await rooms.all_rooms()}
    return listed.silent.get(known.get(channel, ""))


def _failed(subject: str, failure: DeliveryFailed) -> Finding:
    refused = isinstance(failure, PlatformRefused | PlaceRefused)
    return Finding(False, subject, failure.reason, "Is the app still in that team?" if refused else "Try again.")
