"""Teams' settings: on when a variable is set, complete or refused, and never an open door to the world."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from bot.chat.teams.emoji import REACTIONS
from bot.chat.teams.homes import channel_of
from bot.chat.teams.settings import GOVERNMENT, PUBLIC, Cloud, TeamsSettings, cloud_here, read_teams
from bot.toml.environment import Environment
from bot.toml.problems import Problems, SettingsError
from bot.toml.table import Table

APP, TENANT = "11111111-2222-3333-4444-5555555555AA", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
GOOD = {"TEAMS_APP_ID": APP, "TEAMS_APP_PASSWORD": "s~cr.t", "TEAMS_TENANT_ID": TENANT}


def read(environ: dict[str, str], **written: object) -> tuple[TeamsSettings | None, str]:
    """Return the settings, and all complaints."""
    complaints = Problems()
    settings = read_teams(Table(complaints, ("teams",), "[teams]", written), Environment(environ, complaints))
    try:
        complaints.finish()
    except SettingsError as error:
        return settings, str(error)
    return settings, ""


def test_without_a_variable_of_its_own_teams_is_off() -> None:
    assert read({"SLACK_BOT_TOKEN": "xoxb-1"}) == (None, "")


def test_three_variables_are_a_bot_of_the_public_cloud() -> None:
    settings, said = read(GOOD)
    assert said == ""
    assert settings == TeamsSettings(app_id=APP.lower(), password="s~cr.t", tenant=TENANT, cloud=PUBLIC)
    assert "s~cr.t" not in repr(settings)


def test_teams_without_its_packages_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botbuilder", None)
    assert "pip install --require-hashes -r requirements-image.lock" in read(GOOD)[1]
    assert read({})[1] == ""


@pytest.mark.parametrize("missing", GOOD)
def test_a_bot_that_lacks_one_of_them_is_refused_and_told_which(missing: str) -> None:
    _, said = read({name: value for name, value in GOOD.items() if name != missing})
    assert said.startswith(f"{missing} is not set")


def test_an_app_id_that_is_empty_is_refused_though_a_cloud_or_nothing_else_is_set() -> None:
    for environ in ({"TEAMS_CLOUD": "public"}, {"TEAMS_APP_PASSWORD": "x"}, {"TEAMS_DEVELOPMENT": "0"}):
        assert "TEAMS_APP_ID" in read(environ)[1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TEAMS_APP_ID": "acme"}, "TEAMS_APP_ID is a GUID"),
        ({"TEAMS_TENANT_ID": "acme.onmicrosoft.example"}, "TEAMS_TENANT_ID is a GUID"),
        ({"TEAMS_APP_PASSWORD": "with space"}, "TEAMS_APP_PASSWORD holds characters"),
        ({"TEAMS_CLOUD": "sky"}, "TEAMS_CLOUD is"),
        ({"TEAMS_CLOUD": "https://evil.example"}, "TEAMS_CLOUD is"),
        ({"TEAMS_CLOUD": "http://10.0.0.1:80"}, "TEAMS_CLOUD is"),
        ({"TEAMS_DEVELOPMENT": "perhaps"}, "TEAMS_DEVELOPMENT is"),
        ({"TEAMS_DEVELOPMENT": "1"}, "unset one of them"),
    ],
)
def test_what_is_wrong_is_said_and_no_secret_with_it(changes: dict[str, str], words: str) -> None:
    _, said = read(GOOD | changes)
    assert words in said
    assert GOOD["TEAMS_APP_PASSWORD"] not in said
    assert "with space" not in said


def test_development_needs_no_app_id_and_listens_to_this_machine_alone() -> None:
    settings, said = read({"TEAMS_DEVELOPMENT": "1"})
    assert said == ""
    assert settings is not None
    assert (settings.development, settings.app_id, settings.cloud.here) == (True, "", True)
    assert settings.knows("any")


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        ({"DIBS_HOST": "0.0.0.0"}, True),
        ({"DIBS_HOST": "::"}, True),
        ({"DIBS_HOST": "192.168.0.7"}, True),
        ({"DIBS_HOST": "dibs.acme.example"}, True),
        ({"DIBS_HOST": "127.0.0.1"}, False),
        ({"DIBS_HOST": "::1"}, False),
        ({"DIBS_HOST": "localhost"}, False),
        ({"DIBS_PUBLIC_URL": "https://tunnel.example"}, True),
        ({"DIBS_PUBLIC_URL": "http://127.0.0.1:8484"}, False),
    ],
)
def test_development_is_refused_where_others_could_knock(environ: dict[str, str], refused: bool) -> None:
    _, said = read(environ | {"TEAMS_DEVELOPMENT": "1"})
    assert bool(said) is refused
    assert ("lets in whoever knocks" in said) is refused


@pytest.mark.parametrize("environ", [GOOD, {"TEAMS_DEVELOPMENT": "1"}])
def test_a_reaction_of_ones_own_takes_the_place_of_the_verbs(environ: dict[str, str]) -> None:
    settings, said = read(environ, emoji={"claim": ":like:", "release": "1f44b_wavinghand"})
    assert said == ""
    assert settings is not None
    assert settings.emoji == {**REACTIONS, "claim": "like", "release": "1f44b_wavinghand"}


def test_a_wrong_reaction_is_told_though_teams_is_off() -> None:
    assert read({}, emoji={"claim": "two words"})[1].endswith('such as "1f64c_raisinghands".')


@pytest.mark.parametrize(
    "same", ["1f440_eyes", "1f440", "eyes", "👀", ":eyes:"], ids=["whole", "points", "name", "itself", "colons"]
)
def test_two_verbs_share_no_reaction_by_whichever_name(same: str) -> None:
    assert 'has the same emoji as "claim"' in read(GOOD, emoji={"dismiss": same})[1]


@pytest.mark.parametrize(
    "written",
    [
        "19:0123abcd@thread.tacv2",
        "19:0123abcd@thread.skype",
        "19:Abc-_d1@thread.tacv2",
        "https://teams.microsoft.com/l/channel/19%3a0123abcd%40thread.tacv2/General?groupId=a&tenantId=b",
        "https://teams.cloud.microsoft/l/channel/19%3A0123abcd%40thread.tacv2/Pflege%20%26%20Hilfe?groupId=a",
        "https://teams.microsoft.com/l/channel/19:0123abcd@thread.tacv2/",
    ],
)
def test_a_home_is_the_id_of_a_channel_or_its_link(written: str) -> None:
    found = channel_of(written)
    assert re.fullmatch(r"19:[\w-]+@thread\.(tacv2|skype)", found)
    assert channel_of(found) == found


@pytest.mark.parametrize(
    "written",
    [
        "#support",
        "Support",
        "19:…@thread.tacv2",
        "19:0123abcd@thread.v2",
        "19:0123abcd@unq.gbl.spaces",
        "19:a/../b@thread.tacv2",
        "19:a@thread.tacv2;messageid=17",
        "@aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "https://teams.microsoft.com/l/team/19%3A0123abcd%40thread.tacv2/conversations?groupId=a",
        "https://teams.microsoft.com/l/message/19%3A0123abcd%40thread.tacv2/1700000000000",
        "https://teams.microsoft.com.evil.example/l/channel/19%3A0123abcd%40thread.tacv2/General",
        "http://teams.microsoft.com/l/channel/19%3A0123abcd%40thread.tacv2/General",
        "https://[",
        "",
    ],
)
def test_what_names_no_channel_is_no_home(written: str) -> None:
    assert channel_of(written) == ""


def test_only_the_one_tenant_is_ours() -> None:
    settings, _ = read(GOOD)
    assert settings is not None
    assert settings.knows(TENANT.upper())
    assert not settings.knows("")
    assert not settings.knows(APP)


@pytest.mark.parametrize(
    ("cloud", "address", "served"),
    [
        (PUBLIC, "https://smba.trafficmanager.net/emea/", True),
        (PUBLIC, "https://SMBA.trafficmanager.net/emea/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/", True),
        (PUBLIC, "https://europe.botframework.com", True),
        (PUBLIC, "https://smba.infra.teams.microsoft.com/amer/", True),
        (PUBLIC, "https://smba.infra.gov.teams.microsoft.us/gcch", False),
        (GOVERNMENT, "https://smba.infra.gov.teams.microsoft.us/gcch", True),
        (GOVERNMENT, "https://smba.trafficmanager.net/emea/", False),
        (PUBLIC, "https://trafficmanager.net/", False),
        (PUBLIC, "https://acme.trafficmanager.net/", False),
        (PUBLIC, "https://smba.trafficmanager.net./", False),
        (PUBLIC, "https://smba.trafficmanager.net\\@evil.example/", False),
        (PUBLIC, "https://smba.trafficmanager.net\n/", False),
        (PUBLIC, "https://smba.trafficmanager.net/" + "x" * 600, False),
        (PUBLIC, "http://127.0.0.1:56150/", False),
        (cloud_here("http://127.0.0.1:9"), "http://127.0.0.1:56150/_connector", True),
        (cloud_here("http://127.0.0.1:9"), "http://localhost:56150/_connector", True),
        (cloud_here("http://127.0.0.1:9"), "http://localhost.evil.example/", False),
        (cloud_here("http://127.0.0.1:9"), "https://smba.trafficmanager.net/emea/", False),
    ],
)
def test_our_token_goes_to_the_hosts_of_our_cloud_alone(cloud: Cloud, address: str, served: bool) -> None:
    assert cloud.serves(address) is served


def test_the_clouds_say_the_same_of_themselves_in_the_sdk() -> None:
    from botframework.connector.auth import AuthenticationConstants, GovernmentConstants

    for cloud, constants in ((PUBLIC, AuthenticationConstants), (GOVERNMENT, GovernmentConstants)):
        assert cloud.openid == constants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL
        assert cloud.issuer == constants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
        assert cloud.scope == f"{constants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE}/.default"
        assert f"{cloud.login}/" == constants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX
    assert {one.name for one in fields(Cloud)} == {"login", "openid", "issuer", "scope", "services", "here"}


@pytest.mark.process
def test_who_has_no_teams_loads_nothing_of_it_but_its_settings() -> None:
    said = (
        "import sys; from bot.chat.registry import declared_settings; declared_settings('teams'); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split()
    own = {name.rpartition(".")[2] for name in loaded if name.startswith("bot.chat.teams.")}
    assert own == {"settings", "homes", "emoji"}
