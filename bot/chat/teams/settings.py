"""Teams' settings: who the bot is at Microsoft, in the environment. It is on when a TEAMS_* variable is set.

Without an app id nothing could tell a request of Microsoft's from anybody's, so that is refused, but for development:
Microsoft's own simulator sends no token, and then the bot listens to this machine alone and speaks to it alone.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from bot.chat.kit.emoji import read_emoji
from bot.chat.registry import PlatformSettings
from bot.chat.teams.emoji import REACTIONS, names
from bot.chat.teams.homes import read_home
from bot.toml.environment import Environment, Variable
from bot.toml.problems import INSTALL_THE_REST
from bot.toml.table import Table

KEYS = ("emoji",)
DECLARED = (
    Variable("TEAMS_APP_ID", "the Microsoft App ID of the Azure Bot, a GUID; switches Teams on"),
    Variable("TEAMS_APP_PASSWORD", "a client secret of its app registration"),
    Variable("TEAMS_TENANT_ID", "the directory (tenant) that may speak to the bot, a GUID; no other may"),
    Variable("TEAMS_CLOUD", "`public` or `government`; or the address of a simulator on this machine", "public"),
    Variable(
        "TEAMS_DEVELOPMENT",
        "`1` for Microsoft's simulator: no token is asked for, and Dibs listens to this machine alone. Not together "
        "with `TEAMS_APP_ID`",
    ),
)
VARIABLES = tuple(one.name for one in DECLARED)
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Nothing but a host and a path: what stands in a token and in a request is compared letter by letter.
_SERVICE = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:/[\w.~/-]*)?", re.ASCII | re.IGNORECASE)
_HERE = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?(?:/[\w.~/-]*)?", re.ASCII)
_LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where Microsoft lives: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication

    Attributes:
        login: Where our own token comes from, without a slash at its end.
        openid: The document that says where the keys are that Microsoft signs with.
        issuer: Who has to stand in a token as the one who issued it.
        scope: What our own token is for.
        services: The hosts that may be spoken to; those that begin with a dot stand for every host below.
        here: It is on this machine, as a simulator or a test is: plain http, and no other host.
    """

    login: str
    openid: str
    issuer: str
    scope: str
    services: tuple[str, ...] = ()
    here: bool = False

    def serves(self, address: str) -> bool:
        """Say whether ``address`` is one under which this cloud's Teams may be spoken to.

        It comes with each request, and our token is sent to it: https://learn.microsoft.com/azure/bot-service/bot-builder-security-guidelines
        """
        if len(address) > _LONGEST_ADDRESS:
            return False
        if self.here:
            return _HERE.fullmatch(address) is not None
        found = _SERVICE.fullmatch(address)
        host = found[1].lower() if found else ""
        return any(host.endswith(one) if one.startswith(".") else host == one for one in self.services)


PUBLIC = Cloud(
    login="https://login.microsoftonline.com",
    openid="https://login.botframework.com/v1/.well-known/openidconfiguration",
    issuer="https://api.botframework.com",
    scope="https://api.botframework.com/.default",
    services=("smba.trafficmanager.net", ".botframework.com", ".teams.microsoft.com"),
)
GOVERNMENT = Cloud(
    login="https://login.microsoftonline.us",
    openid="https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    issuer="https://api.botframework.us",
    scope="https://api.botframework.us/.default",
    services=("teams.microsoft.us", ".teams.microsoft.us"),
)


def cloud_here(address: str) -> Cloud:
    """Return the cloud that a simulator or a test plays at ``address`` on this machine."""
    base = address.rstrip("/")
    return Cloud(
        login=base,
        openid=f"{base}/v1/.well-known/openidconfiguration",
        issuer=PUBLIC.issuer,
        scope=PUBLIC.scope,
        here=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSettings:
    """Who the bot is at Microsoft.

    Attributes:
        app_id: Its GUID; empty in development only.
        password: The client secret that our own token is got with.
        tenant: The GUID of the one tenant that may speak to the bot; in development empty stands for any.
        development: No token is asked for and none is sent.
        emoji: The reaction of each verb that has one, by whichever of its names.
    """

    app_id: str
    password: str = field(default="", repr=False)
    tenant: str = ""
    cloud: Cloud = PUBLIC
    development: bool = False
    emoji: Mapping[str, str] = field(default_factory=lambda: REACTIONS)

    def knows(self, tenant: str) -> bool:
        """Say whether a tenant is ours."""
        return tenant.lower() == self.tenant.lower() if self.tenant else self.development


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_teams(table: Table, environment: Environment) -> TeamsSettings | None:
    """Read ``[teams]`` and the TEAMS_* variables; None when none of them is set."""
    table.only(KEYS)
    emoji = read_emoji(table.table("emoji"), REACTIONS, "1f64c_raisinghands", names)
    say = environment.problems.say
    app_id, password, tenant, cloud, flag = (environment.get(name) for name in VARIABLES)
    if not any((app_id, password, tenant, cloud, flag)):
        return None
    if not all(find_spec(one) for one in ("botbuilder", "botframework")):
        say(f"Teams is configured, but its packages are not installed. {INSTALL_THE_REST}")
    development = flag.lower() in ("1", "true", "yes", "on")
    if flag and not development and flag.lower() not in ("0", "false", "no", "off"):
        say("TEAMS_DEVELOPMENT is 1 or not set.")
    for name, value in (("TEAMS_APP_ID", app_id), ("TEAMS_TENANT_ID", tenant)):
        if value and not GUID.fullmatch(value):
            say(f"{name} is a GUID such as 00000000-0000-0000-0000-000000000000; copy it from the bot's page in Azure.")
    environment.judge_secret("TEAMS_APP_PASSWORD", password, "client secret")
    if development:
        _look_at_development(environment, app_id)
        here = cloud_here("http://127.0.0.1")
        return TeamsSettings(app_id="", tenant=tenant, cloud=here, development=True, emoji=emoji)
    missing = [name for name, value in zip(VARIABLES[:3], (app_id, password, tenant), strict=True) if not value]
    if missing:
        say(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, and without all three of "
            f"{', '.join(VARIABLES[:3])} nobody could tell Teams' requests from anybody's. They stand on the bot's "
            "page in Azure (Configuration; the password is a client secret of its app registration)."
        )
    return TeamsSettings(
        app_id=app_id.lower(),
        password=password,
        tenant=tenant.lower(),
        cloud=_cloud(environment, cloud),
        emoji=emoji,
    )


def _look_at_development(environment: Environment, app_id: str) -> None:
    """Complain where the open door of development could be reached from elsewhere."""
    say = environment.problems.say
    if app_id:
        say("TEAMS_DEVELOPMENT asks for no token, so it is not for a bot that has a TEAMS_APP_ID: unset one of them.")
    if not is_loopback(environment.get("DIBS_HOST", "127.0.0.1")):
        say("TEAMS_DEVELOPMENT lets in whoever knocks, so DIBS_HOST has to be 127.0.0.1.")
    public = environment.get("DIBS_PUBLIC_URL")
    if public and not _HERE.fullmatch(public):
        say("TEAMS_DEVELOPMENT lets in whoever knocks, so DIBS_PUBLIC_URL may only name this machine.")


def _cloud(environment: Environment, named: str) -> Cloud:
    if _HERE.fullmatch(named):
        return cloud_here(named)
    known = {"": PUBLIC, "public": PUBLIC, "government": GOVERNMENT}
    if named.lower() not in known:
        environment.problems.say(
            'TEAMS_CLOUD is "public" or "government", or the address of a simulator on this machine, '
            "such as http://127.0.0.1:9000."
        )
    return known.get(named.lower(), PUBLIC)


SETTINGS = PlatformSettings(keys=KEYS, variables=DECLARED, read=read_teams, home=read_home, types="@Dibs")
