"""Rules of the configuration: what is accepted, and what each mistake is told."""

import dataclasses
import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.chat.registry import PLATFORMS, declared_settings
from bot.chat.slack.settings import SlackSettings
from bot.settings.calendars import CALENDAR_KEYS
from bot.settings.charters import CHARTER_KEYS
from bot.settings.example import example
from bot.settings.ladder import LEASE_KEYS, RUNG_KEYS
from bot.settings.organisation import DEPARTMENT_KEYS, ORGANISATION_KEYS
from bot.settings.settings import TABLES, Settings, load_settings
from bot.settings.sources import COMMON_KEYS, POLL_KEYS
from bot.settings.targets import TARGET_KEYS
from bot.settings.topics import TOPIC_KEYS
from bot.sources.registry import KINDS, about, load
from bot.toml.problems import SettingsError
from handlers.base.standing import KINDS as SUPPOSED

SLACK = {"SLACK_BOT_TOKEN": "xoxb-test", "SLACK_APP_TOKEN": "xapp-test"}
SMALL = '[departments.support]\nslack = "#support"\n'


def read(tmp_path: Path, text: str | bytes = SMALL, environ: Mapping[str, str] | None = None) -> Settings:
    path = tmp_path / "dibs.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(environ or {}, config_path=path)


def refusal(tmp_path: Path, text: str | bytes = SMALL, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text, environ)
    return str(caught.value).replace(f"{tmp_path}/", "")


# --- what is read ----------------------------------------------------------------------------------------------------

CONTRACT = """\
[organisation]
name = "Acme"
timezone = "Europe/Berlin"
fallback = "support"
admins = ["ana@acme.example"]
guests = false

[slack]
posts_per_second = 1

[departments.finance]

[departments.support]
name = "Customer support"
slack = "#support-social"
teams = "19:room@thread.tacv2"
timezone = "America/New_York"
digest = "mon-fri 09:00"
members = ["@support-team", "*@support.acme.example", "ana@acme.example"]

[[topics]]
name = "billing"
any = ["refund", "invoice", "charged twice"]
all = ["acme"]
none = ["acme anvil"]
department = "finance"

[[sources]]
name = "blog-search"
kind = "feed"
url = "https://alerts.example/feed.xml"
every = "5m"
backfill = 25
unmatched = "drop"
own_accounts = ["@Acme", "https://Acme.example/"]
allow_private = true

[[sources]]
name = "octolens"
kind = "webhook"
scheme = "standard"
map = { id = "/id", text = "/body", url = "/url", author = "/author/name", published = "/timestamp" }
"""


def test_the_file_of_the_contract_is_read_whole(tmp_path: Path) -> None:
    settings = read(tmp_path, CONTRACT, {**SLACK, "DIBS_HOOK_OCTOLENS_SECRET": "whsec_dGVzdA=="})
    organisation = settings.organisation
    assert (organisation.name, organisation.timezone, organisation.fallback) == ("Acme", "Europe/Berlin", "support")
    assert (organisation.admins, organisation.guests) == (("ana@acme.example",), False)
    finance, support = organisation.departments
    assert (finance.name, finance.timezone, finance.homes) == ("Finance", "Europe/Berlin", {})
    assert (support.name, support.timezone) == ("Customer support", "America/New_York")
    assert support.homes == support.home_names == {"slack": "#support-social", "teams": "19:room@thread.tacv2"}
    assert support.members == ("@support-team", "*@support.acme.example", "ana@acme.example")
    assert [(topic.name, topic.department, topic.none) for topic in organisation.topics] == [
        ("billing", "finance", ("acme anvil",))
    ]
    feed, hook = settings.sources
    assert organisation.sources == (feed.rules, hook.rules)
    assert (feed.every, feed.rules.backfill, feed.rules.unmatched) == (timedelta(minutes=5), 25, "drop")
    assert (feed.rules.own_accounts, feed.rules.baseline, feed.config.allow_private) == (
        frozenset({"acme", "https://acme.example"}),
        True,
        True,
    )
    assert feed.config.options.url == "https://alerts.example/feed.xml"
    assert hook.config.secrets == {"secret": "whsec_dGVzdA=="}
    assert settings.platforms["slack"].app_token == "xapp-test"
    assert settings.warnings == ()


def test_what_is_left_out_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    settings = read(tmp_path, SMALL + '[[sources]]\nname="a"\nkind="feed"\nurl="https://a.example/"\n')
    assert (settings.database_url, settings.host, settings.port) == ("sqlite:///dibs.db", "127.0.0.1", 8484)
    assert (settings.public_url, settings.log_level, settings.platforms) == (None, "INFO", {})
    (department,) = settings.organisation.departments
    assert settings.organisation.fallback == department.key == "support"
    assert (department.name, department.timezone) == ("Support", "UTC")
    assert department.digest is not None
    assert (department.digest.at, department.digest.days) == (time(9), frozenset(range(5)))
    (source,) = settings.sources
    assert (source.every, source.rules.backfill, source.rules.unmatched) == (timedelta(seconds=60), 0, "fallback")
    assert source.config.allow_private is False


def test_an_account_that_a_kind_knows_is_our_own_beside_those_that_were_named(tmp_path: Path) -> None:
    text = SMALL + '[[sources]]\nname="a"\nkind="discourse"\nbase_url="https://f.example"\nown_accounts=["@Ben"]\n'
    assert read(tmp_path, text).sources[0].rules.own_accounts == {"ben"}
    assert read(tmp_path, text + 'username="Acme"\n').sources[0].rules.own_accounts == {"ben", "acme"}


def test_a_hook_has_no_baseline_and_no_place(tmp_path: Path) -> None:
    text = SMALL + '[[sources]]\nname="a"\nkind="webhook"\nscheme="bearer"\nmap={text="/t"}\n'
    rules = read(tmp_path, text).sources[0].rules
    assert (rules.baseline, rules.place) == (False, "")


def test_a_source_is_new_when_its_content_changes_and_the_same_when_a_default_is_written_out(tmp_path: Path) -> None:
    search = SMALL + '[[sources]]\nname="a"\nkind="hacker_news"\nquery="acme"\n'
    place = read(tmp_path, search).sources[0].rules.place
    assert place == '{"query": "acme"}'
    assert read(tmp_path, search + 'tags="(story,comment)"\nevery="9s"\n').sources[0].rules.place == place
    assert read(tmp_path, search + 'tags="story"\n').sources[0].rules.place != place


def test_a_kind_may_drop_what_no_topic_recognises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "feed", dataclasses.replace(KINDS["feed"], unmatched="drop"))
    text = SMALL + '[[sources]]\nname="a"\nkind="feed"\nurl="https://a.example/"\n'
    assert read(tmp_path, text).sources[0].rules.unmatched == "drop"
    assert read(tmp_path, text + 'unmatched="fallback"\n').sources[0].rules.unmatched == "fallback"


@pytest.mark.parametrize(
    ("written", "at", "days"),
    [
        ("09:00", time(9), "0123456"),
        ("mon,wed 08:30", time(8, 30), "02"),
        ("Fri-Mon 7:05", time(7, 5), "456" + "0"),
        ("mon-wed,sat 23:59", time(23, 59), "0125"),
        ("sun-sun 00:00", time(0), "6"),
    ],
)
def test_a_digest_has_days_and_a_time(tmp_path: Path, written: str, at: time, days: str) -> None:
    digest = read(tmp_path, f'[departments.a]\ndigest = "{written}"\n').organisation.departments[0].digest
    assert digest is not None
    assert (digest.at, digest.days) == (at, frozenset(map(int, days)))


def test_a_digest_can_be_switched_off(tmp_path: Path) -> None:
    assert read(tmp_path, "[departments.a]\ndigest = false\n").organisation.departments[0].digest is None


@pytest.mark.parametrize(("written", "posts"), [("true", None), ("false", 0), ("0", 0), ("7", 7)])
def test_backfill_is_all_or_none_or_a_number(tmp_path: Path, written: str, posts: int | None) -> None:
    text = SMALL + f'[[sources]]\nname="a"\nkind="feed"\nurl="https://a.example/"\nbackfill={written}\n'
    assert read(tmp_path, text).sources[0].rules.backfill == posts


def test_a_byte_order_mark_and_line_ends_of_windows_are_fine(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert read(tmp_path, text).organisation.fallback == "support"
    assert "line 3: [departments.support] nmae" not in (told := refusal(tmp_path, text + b'nmae = "x"\r\n'))
    assert 'dibs.toml, line 3: [departments.support] does not know "nmae"; did you mean "name"?' in told


def test_an_emoji_of_ones_own_takes_the_place_of_the_verbs(tmp_path: Path) -> None:
    slack = read(tmp_path, SMALL + '[slack.emoji]\nclaim = ":raised_hands:"\nrelease = "wave"\n', SLACK).platforms[
        "slack"
    ]
    assert slack.emoji == {
        "claim": "raised_hands",
        "release": "wave",
        "resolve": "white_check_mark",
        "dismiss": "no_entry_sign",
    }


def test_the_link_of_a_channel_in_teams_is_read_as_its_id(tmp_path: Path) -> None:
    link = "https://teams.microsoft.com/l/channel/19%3A0ab_c-1%40thread.tacv2/Care?groupId=1&tenantId=2"
    (support,) = read(tmp_path, SMALL + f'teams = "{link}"\n').organisation.departments
    assert support.homes["teams"] == support.home_names["teams"] == "19:0ab_c-1@thread.tacv2"


# --- wrong files: the exact sentence ---------------------------------------------------------------------------------

FEED = '[[sources]]\nname = "blog"\nkind = "feed"\nurl = "https://a.example/"\n'
HOOK = '[[sources]]\nname = "hook"\nkind = "webhook"\nscheme = "bearer"\nmap = { text = "/t" }\n'
TOPIC = '[[topics]]\nname = "billing"\ndepartment = "support"\n'

WRONG = {
    '[departments.support]\ntimezon = "UTC"': 'line 2: [departments.support] does not know "timezon"; '
    'did you mean "timezone"?',
    SMALL + "[organization]": 'line 3: the file does not know "organization"; did you mean "organisation"?',
    SMALL + "[slak]": 'line 3: the file does not know "slak"; did you mean "slack"?',
    SMALL + "zzz = 1": 'line 3: [departments.support] does not know "zzz"; it knows name, slack, teams, timezone, '
    "calendar, quiet, targets, lease, ladder, words, digest, members, headcount, card_above, storms, public_threads.",
    "": "there is no department; write at least one table such as [departments.support].",
    "[[departments]]": "line 1: departments is a table; write [departments.support].",
    "departments.support = 1": "line 1: [departments] support is a table; write [departments.support].",
    '[departments."a b\\n"]\nx = 1': 'line 1: [departments] "a b\\n" is no key of a department: letters, digits, '
    "hyphens and underscores, at most 60.\n"
    'dibs.toml, line 2: [departments."a b\\n"] does not know "x"; it knows name, slack, teams, timezone, '
    "calendar, quiet, targets, lease, ladder, words, digest, members, headcount, card_above, storms, public_threads.",
    '[departments."a b"]': 'line 1: [departments] "a b" is no key of a department: letters, digits, hyphens and '
    "underscores, at most 60.",
    '[departments.a]\n[departments.b]\nname = "A"': 'line 3: [departments.b] name "a" is what [departments.a] is '
    "called already.",
    SMALL
    + '[organisation]\ntimezone = "europe/berln"': 'line 4: [organisation] timezone "europe/berln" is no time zone '
    'such as "Europe/Berlin"; did you mean "Europe/Berlin"?',
    SMALL + 'timezone = "../../etc"': 'line 3: [departments.support] timezone "../../etc" is no time zone such as '
    '"Europe/Berlin".',
    SMALL + "timezone = 1": "line 3: [departments.support] timezone is text in quotes.",
    SMALL + 'name = " "': "line 3: [departments.support] name is empty; write something, or leave it out.",
    SMALL + 'name = "a\\nb"': "line 3: [departments.support] name is one line of at most 300 characters.",
    SMALL + 'digest = "monday 9"': 'line 3: [departments.support] digest is a time such as "09:00" or "mon-fri 09:00", '
    "or false for none.",
    SMALL + "digest = true": 'line 3: [departments.support] digest is a time such as "09:00" or "mon-fri 09:00", '
    "or false for none.",
    SMALL
    + 'digest = "mon- 09:00"': 'line 3: [departments.support] digest is a time such as "09:00" or "mon-fri 09:00", '
    "or false for none.",
    SMALL
    + 'members = [\n"a@b.example",\n"Ana"]': 'line 5: [departments.support] members: "Ana" is neither a user group '
    '("@support-team"), nor an e-mail address, nor a pattern of them ("*@support.acme.example").',
    SMALL + "headcount = 0": "line 3: [departments.support] headcount is how many people it has: a whole number from 1 "
    "to 1,000,000.",
    SMALL + 'members = "@a"': 'line 3: [departments.support] members is a list of texts, such as ["one", "two"].',
    SMALL + '[organisation]\nfallback = "suport"': 'line 4: [organisation] fallback "suport" is no department; '
    'did you mean "support"?',
    SMALL + '[organisation]\nadmins = ["ana"]': 'line 4: [organisation] admins: "ana" is no e-mail address.',
    SMALL + '[organisation]\nguests = "no"': "line 4: [organisation] guests is true or false.",
    SMALL + '[topics]\nname = "a"': "line 3: topics is a list of tables; write [[topics]] above each.",
    SMALL + '[[topics]]\nany = ["a"]\ndepartment = "support"': "line 3: [[topics]] number 1 name is missing.",
    SMALL
    + TOPIC: 'line 3: [[topics]] "billing": The topic "billing" needs at least one term in any or all, or a query.',
    SMALL
    + TOPIC
    + 'any = ["a"]\n'
    + TOPIC
    + 'any = ["b"]': 'line 8: [[topics]] "billing" name is taken by a topic above; every topic has its own.',
    SMALL + TOPIC + 'any = [\n"a",\n"*"]': 'line 8: [[topics]] "billing" any: A lone "*" would match everything; write '
    'the beginning of a word before it, as in "refund*".',
    SMALL
    + TOPIC.replace('"support"', '"sales"')
    + 'any = ["a"]': 'line 5: [[topics]] "billing" department "sales" is no department.',
    SMALL + '[[sources]]\nkind = "feed"': "line 3: [[sources]] number 1 name is missing.",
    SMALL
    + '[[sources]]\nname = "a/b"\nkind = "feed"\nurl = "https://a.example/"': 'line 4: [[sources]] "a/b" name has '
    "letters from a to z, digits, dots, hyphens and underscores only, at most 60.",
    SMALL + '[[sources]]\nname = "a"\nkind = "feeds"': 'line 5: [[sources]] "a" kind "feeds" is no kind of source; '
    'did you mean "feed"?',
    SMALL + '[[sources]]\nname = "a"\nkind = "feed"': 'line 3: [[sources]] "a" url is missing.',
    SMALL + FEED + 'evry = "60s"': 'line 7: [[sources]] "blog" does not know "evry"; did you mean "every"?',
    SMALL
    + FEED
    + 'every = "0s"': 'line 7: [[sources]] "blog" every is a time such as "60s", "5m" or "1h", and at least "1s".',
    SMALL
    + FEED
    + 'unmatched = "keep"': 'line 7: [[sources]] "blog" unmatched is "fallback" (all posts become mentions) '
    'or "drop" (only what a topic recognises).',
    SMALL
    + FEED
    + "backfill = -1": 'line 7: [[sources]] "blog" backfill is false, true, or how many of the newest posts '
    "to take at first.",
    SMALL + FEED.replace("https", "ftp"): 'line 6: [[sources]] "blog" url is the http or https address of a feed.',
    SMALL + FEED + FEED: 'line 8: [[sources]] "blog" name is taken by a source above; every source has its own.',
    SMALL
    + HOOK
    + 'every = "60s"': 'line 8: [[sources]] "hook" every is for sources that are asked; this kind calls us.',
    SMALL
    + HOOK
    + HOOK.replace('"hook"', '"HOOK"'): 'line 9: [[sources]] "HOOK" name is too much like "hook": both would '
    "take their secret from DIBS_HOOK_HOOK_SECRET.",
    SMALL + "[slack]\nposts_per_second = -1": "line 4: [slack] posts_per_second is a number from 0 up.",
    SMALL + "[slack]\nposts_per_second = nan": "line 4: [slack] posts_per_second is a number from 0 up.",
    SMALL + '[slack]\nemoji = "eyes"': "line 4: [slack] emoji is a table; write [slack.emoji].",
    SMALL + '[slack.emoji]\nclam = "eyes"': 'line 4: [slack.emoji] clam is not a verb; did you mean "claim"?',
    SMALL
    + '[slack.emoji]\nassign = "wave"': "line 4: [slack.emoji] assign asks for something that an emoji cannot say.",
    SMALL + '[slack.emoji]\nclaim = "two words"': "line 4: [slack.emoji] claim is the name of an emoji, such as "
    '"raised_hands".',
    SMALL + '[slack.emoji]\nresolve = "eyes"': 'line 4: [slack.emoji] resolve has the same emoji as "claim".',
    SMALL + '[slack.emoji]\nclaim = "thumbsup"\nresolve = "+1"': "line 4: [slack.emoji] claim has the same emoji as "
    '"resolve".\ndibs.toml, line 5: [slack.emoji] resolve has the same emoji as "claim".',
    SMALL + '[teams.emoji]\nclam = "like"': 'line 4: [teams.emoji] clam is not a verb; did you mean "claim"?',
    SMALL
    + '[teams.emoji]\nassign = "like"': "line 4: [teams.emoji] assign asks for something that an emoji cannot say.",
    SMALL + '[teams.emoji]\nresolve = "👀"': 'line 4: [teams.emoji] resolve has the same emoji as "claim".',
    SMALL + '[teams.emoji]\nresolve = "a b"': "line 4: [teams.emoji] resolve is the name of an emoji, such as "
    '"1f64c_raisinghands".',
    SMALL + '[teams]\nemoij = "x"': 'line 4: [teams] does not know "emoij"; did you mean "emoji"?',
    SMALL + 'teams = "#support"': "line 3: [departments.support] teams is the id of a channel, such as "
    '"19:…@thread.tacv2", or its link: in Teams, choose "Copy link" in the menu beside the channel\'s name, and paste '
    "it here.",
    SMALL + "name = ": "line 3: this is not TOML: Invalid value.",
    SMALL + 'name = "open': "line 3: this is not TOML: Unterminated string.",
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.items(), ids=[*map(str, range(len(WRONG)))])
def test_a_mistake_is_told_with_its_line_and_nothing_else_is(tmp_path: Path, text: str, sentence: str) -> None:
    between = ", " if sentence.startswith("line ") else ": "
    assert refusal(tmp_path, text) == f"dibs.toml{between}{sentence}"


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    told = refusal(tmp_path, '[[topics]]\nname = 1\n[organisation]\nnam = "x"\n[departments.a]\n', {"DIBS_PORT": "x"})
    assert [line.partition(":")[0] for line in told.splitlines()] == [
        'DIBS_PORT is a number from 0 to 65535, not "x".',
        "dibs.toml, line 1",
        "dibs.toml, line 1",
        "dibs.toml, line 2",
        "dibs.toml, line 4",
    ]


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"DIBS_CONFIG": str(tmp_path / "no.toml")})
    assert str(caught.value).endswith('no.toml is not there. "dibs init" writes one; DIBS_CONFIG names another place.')


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'[departments.a]\nname = "\xff"', "dibs.toml, line 2: this is not UTF-8; save the file in that encoding."),
        (b"#" * (1024 * 1024 + 1), "dibs.toml is larger than 1 MiB, which no configuration is."),
        (b"a = " + b"[" * 100_000, "dibs.toml is not TOML that can be read: "),
        (b"a = " + b"9" * 5_000, "dibs.toml is not TOML that can be read: "),
    ],
    ids=["not UTF-8", "too large", "too deep", "too long a number"],
)
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path, raw: bytes, sentence: str) -> None:
    assert refusal(tmp_path, raw).startswith(sentence)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings({}, config_path=tmp_path)


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SMALL + '[slack]\nbot_token = "SECRET"', "line 4: slack.bot_token holds a secret, {} SLACK_BOT_TOKEN,"),
        (SMALL + '[slack]\nsigning-secret = "SECRET"', "line 4: slack.signing-secret holds {} SLACK_SIGNING_SECRET,"),
        (SMALL + HOOK + 'secret = "SECRET"', "line 8: sources.secret holds {} DIBS_HOOK_HOOK_SECRET,"),
        (SMALL + 'name = "xoxb-SECRET"', "line 3: departments.support.name holds {}"),
        (SMALL + FEED.replace("https://", "https://ana:SECRET@"), "line 6: sources.url holds {}"),
        (SMALL + 'members = ["whsec_SECRET"]', "line 3: departments.support.members holds {}"),
        (SMALL + '[database]\npassword = "SECRET"', "line 4: database.password holds {}"),
        (SMALL + 'sources = ["xoxb-SECRET"]', "line 3: departments.support.sources holds {}"),
        ('sources = ["xoxb-SECRET"]\n' + SMALL, "line 1: sources holds {}"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, text: str, sentence: str) -> None:
    told = refusal(tmp_path, text)
    start, _, end = sentence.partition("{}")
    assert f"dibs.toml, {start}" in told
    assert "secrets never stand in this file." in told
    assert end in told
    assert "SECRET" not in re.sub(r"[A-Z_]+_SECRET", "", told)


def test_words_about_secrets_are_no_secrets(tmp_path: Path) -> None:
    read(tmp_path, '[departments.token]\n[[topics]]\nname="secret"\nany=["password", "token"]\ndepartment="token"\n')


def test_settings_show_no_secret(tmp_path: Path) -> None:
    hidden = {
        "SLACK_BOT_TOKEN": "xoxb-hidden1",
        "SLACK_APP_TOKEN": "xapp-hidden2",
        "SLACK_SIGNING_SECRET": "hidden3",
        "DIBS_HOOK_HOOK_SECRET": "hidden4",
        "DIBS_DATABASE_URL": "postgresql://dibs:hidden5@db.example/dibs",
    }
    settings = read(tmp_path, SMALL + HOOK, hidden)
    assert "hidden" not in f"{settings!r} {settings}"
    slack: SlackSettings = settings.platforms["slack"]
    assert (slack.bot_token, slack.app_token, slack.signing_secret) == ("xoxb-hidden1", "xapp-hidden2", "hidden3")
    assert settings.sources[0].config.secrets == {"secret": "hidden4"}
    assert settings.database_url.endswith("hidden5@db.example/dibs")


# --- the environment -------------------------------------------------------------------------------------------------


def test_every_variable_is_read(tmp_path: Path) -> None:
    environ = {
        "DIBS_DATABASE_URL": "postgresql://dibs@db.example/dibs",
        "DIBS_HOST": "0.0.0.0",
        "DIBS_PORT": "0",
        "DIBS_PUBLIC_URL": "https://dibs.acme.example/",
        "DIBS_LOG_LEVEL": "debug",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
        "SLACK_API_URL": "http://127.0.0.1:9/api",
    }
    settings = read(tmp_path, SMALL, environ)
    assert (settings.host, settings.port, settings.log_level) == ("0.0.0.0", 0, "DEBUG")
    assert settings.public_url == settings.organisation.desk_url == "https://dibs.acme.example"
    assert settings.platforms["slack"].api_url == "http://127.0.0.1:9/api/"


def test_every_variable_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    for name, value in {**SLACK, "DIBS_PORT": "1", "DIBS_HOOK_HOOK_SECRET": "s", "DIBS_LOG_LEVEL": "ERROR"}.items():
        path.write_text(f"{value}\n")
        environ = {**SLACK, f"{name}_FILE": str(path)}
        if name in SLACK:
            del environ[name]
        settings = read(tmp_path, SMALL + HOOK, environ)
        slack = settings.platforms["slack"]
        values = {slack.bot_token, slack.app_token, str(settings.port), settings.log_level}
        assert value in values | set(settings.sources[0].config.secrets.values())
        assert settings.warnings == ()


def test_the_place_of_the_file_comes_from_the_environment_unless_the_command_line_says_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here.toml", tmp_path / "there.toml"
    here.write_text("[departments.here]")
    there.write_text("[departments.there]")
    environ = {"DIBS_CONFIG": str(here)}
    assert load_settings(environ).organisation.fallback == "here"
    assert load_settings(environ, config_path=there).organisation.fallback == "there"
    assert load_settings(environ, config_path=there).config_path == there


def test_a_variable_and_its_file_are_not_both_set(tmp_path: Path) -> None:
    told = refusal(tmp_path, SMALL, {"DIBS_PORT": "1", "DIBS_PORT_FILE": "x"})
    assert told == "DIBS_PORT and DIBS_PORT_FILE are both set; set one of them."


@pytest.mark.parametrize(
    "quoted", ['"{}"', "'{}'", "“{}”", "‘{}’", "„{}“", "«{}»", "`{}`", ' "{}" \n', "\"'{}'\"", '" {} "', '"{}"\r\n']
)
def test_quotation_marks_around_a_value_are_taken_off_whatever_the_variable(tmp_path: Path, quoted: str) -> None:
    plain = {
        **SLACK,
        "SLACK_SIGNING_SECRET": "abc",
        "DIBS_HOOK_HOOK_SECRET": 'it\'s "ours"!',
        "DIBS_PORT": "17",
        "DIBS_PUBLIC_URL": "https://dibs.acme.example",
        "DIBS_DATABASE_URL": "sqlite:///a.db",
    }
    wanted = read(tmp_path, SMALL + HOOK, plain)
    assert read(tmp_path, SMALL + HOOK, {name: quoted.format(value) for name, value in plain.items()}) == wanted
    path = tmp_path / "value"
    for name, value in plain.items():
        path.write_text(quoted.format(value))
        rest = {other: one for other, one in plain.items() if other != name}
        assert read(tmp_path, SMALL + HOOK, rest | {f"{name}_FILE": f'"{path}"'}) == wanted


@pytest.mark.parametrize("value", ['""', "''", "“”", ' " " '])
def test_what_is_nothing_but_quotation_marks_is_not_set(tmp_path: Path, value: str) -> None:
    assert read(tmp_path, SMALL, {"SLACK_BOT_TOKEN": value, "DIBS_PORT": value}).platforms == {}


@pytest.mark.parametrize("value", ['"xoxb-hidden', "xoxb-hidden'", "xoxb-hid“den", "'xoxb-hidden\""])
def test_a_quotation_mark_that_stands_alone_is_refused_with_that_word(tmp_path: Path, value: str) -> None:
    told = refusal(tmp_path, SMALL, {**SLACK, "SLACK_BOT_TOKEN": value})
    assert told.startswith("SLACK_BOT_TOKEN holds a quotation mark, ")
    assert "hid" not in told.replace("holds", "")


def test_a_variable_that_is_set_to_nothing_is_not_set(tmp_path: Path) -> None:
    settings = read(tmp_path, SMALL, {"DIBS_PORT": "", "DIBS_PUBLIC_URL": " ", "SLACK_BOT_TOKEN": ""})
    assert (settings.port, settings.public_url, settings.platforms) == (8484, None, {})


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (None, "which cannot be read: No such file or directory."),
        (b"\n", "which is empty."),
        (b"\xff", "which is not text in UTF-8."),
        (b"x" * 65_537, "which is larger than 65536 bytes."),
    ],
)
def test_a_file_of_a_variable_has_to_hold_something(tmp_path: Path, raw: bytes | None, sentence: str) -> None:
    if raw is not None:
        (tmp_path / "secret").write_bytes(raw)
    told = refusal(tmp_path, SMALL, {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "secret")})
    assert told == f"SLACK_BOT_TOKEN_FILE names secret, {sentence}"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DIBS_PORT": "65536"}, 'DIBS_PORT is a number from 0 to 65535, not "65536".'),
        ({"DIBS_LOG_LEVEL": "warn"}, 'DIBS_LOG_LEVEL does not know "WARN"; did you mean "WARNING"?'),
        ({"DIBS_PUBLIC_URL": "acme.example"}, "DIBS_PUBLIC_URL is the address "),
        ({"DIBS_PUBLIC_URL": "https://a.example/?x"}, "DIBS_PUBLIC_URL is the address "),
        ({"DIBS_PUBLIC_URL": "https://a.example:8/dibs/"}, 'DIBS_PUBLIC_URL has a path ("/dibs"), and Dibs cannot '),
        ({"DIBS_DATABASE_URL": "mysql://dibs:hidden@db.example/dibs"}, "DIBS_DATABASE_URL is sqlite:///file.db "),
        ({"DIBS_DATABASE_URL": "postgres://dibs:hidden@db.example/dibs"}, "DIBS_DATABASE_URL is sqlite:///file.db "),
        ({"DIBS_DATABASE_URL": "postgresql://dibs:hidden@db.example:x/"}, "DIBS_DATABASE_URL is sqlite:///file.db "),
        ({"DIBS_DATABASE_URL": "sqlite://"}, "DIBS_DATABASE_URL is sqlite:///file.db "),
        ({"DIBS_DATABASE_URL": "hidden"}, "DIBS_DATABASE_URL is sqlite:///file.db "),
        ({"SLACK_BOT_TOKEN": "xoxb-hidden"}, "SLACK_BOT_TOKEN is set, but neither SLACK_APP_TOKEN nor "),
        ({**SLACK, "SLACK_BOT_TOKEN": "xapp-hidden"}, "SLACK_BOT_TOKEN holds an app-level token; "),
        ({**SLACK, "SLACK_APP_TOKEN": "xoxb-hidden"}, "SLACK_APP_TOKEN holds another kind of token; "),
        ({**SLACK, "SLACK_APP_TOKEN": "xapp-hid den"}, "SLACK_APP_TOKEN holds characters that no token has; "),
        ({"DIBS_KEY": "hidden"}, "DIBS_KEY holds what is no key: a key is 32 bytes in Base64. "),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL is an http or https address such as https://slack.com/api/."),
    ],
)
def test_a_wrong_variable_is_told_without_its_secret(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    told = refusal(tmp_path, SMALL, environ)
    assert told.startswith(sentence)
    assert "hidden" not in told
    assert "\n" not in told


def test_a_public_url_with_a_path_is_refused_and_the_mended_one_is_accepted(tmp_path: Path) -> None:
    told = refusal(tmp_path, SMALL, {"DIBS_PUBLIC_URL": "https://example.com/apps/dibs"})
    assert told == (
        'DIBS_PUBLIC_URL has a path ("/apps/dibs"), and Dibs cannot live under one. Give it a host name (or a port) '
        'of its own, and write the address without a path, as in "https://example.com".'
    )
    assert read(tmp_path, SMALL, {"DIBS_PUBLIC_URL": "https://example.com/"}).public_url == "https://example.com"


def test_a_variable_that_nobody_reads_is_a_warning_that_names_the_nearest(tmp_path: Path) -> None:
    environ = {"DIBS_PROT": "1", "DIBS_HOOK_HOKO_SECRET": "s", "DIBS_HOOK_HOOK_SECRET": "s", "ACME_APP_ID": "x"}
    assert read(tmp_path, SMALL + HOOK, environ).warnings == (
        'DIBS_HOOK_HOKO_SECRET is set, but nothing reads it; did you mean "DIBS_HOOK_HOOK_SECRET"?',
        'DIBS_PROT is set, but nothing reads it; did you mean "DIBS_PORT"?',
    )


# --- the example -----------------------------------------------------------------------------------------------------

EXAMPLE = example()
SWITCHED_ON = re.sub(r"(?m)^#(?=[a-z\[])", "", EXAMPLE)


def test_the_example_works_as_it_stands(tmp_path: Path) -> None:
    settings = read(tmp_path, EXAMPLE, SLACK)
    assert [one.key for one in settings.organisation.departments] == ["support", "finance"]
    assert [one.rules.name for one in settings.sources] == ["hacker-news"]


def test_every_key_of_the_example_is_accepted(tmp_path: Path) -> None:
    assert SWITCHED_ON.count("\n[") > EXAMPLE.count("\n[")
    shown = sum(len(about(kind).examples) for kind in KINDS)
    (tmp_path / "customers.csv").write_text("source,handle,label\nbluesky,@kim.example,Gold plan\n")
    assert len(read(tmp_path, SWITCHED_ON, SLACK).sources) == shown


def test_every_key_that_is_accepted_stands_in_the_example() -> None:
    # A platform that has no keys, as the desk, has no table to show.
    tables = {name for name in TABLES if name not in PLATFORMS or declared_settings(name).keys}
    known = {"": tables, "organisation": {*ORGANISATION_KEYS}, "departments": {*DEPARTMENT_KEYS}}
    known |= {
        "calendars": {*CALENDAR_KEYS},
        "targets": {*TARGET_KEYS},
        "words": {*SUPPOSED},
        "lease": {*LEASE_KEYS},
        "ladder": {*RUNG_KEYS},
        "topics": {*TOPIC_KEYS},
        "sources": {*COMMON_KEYS, *POLL_KEYS},
        "charter": {*CHARTER_KEYS},
    }
    known |= {platform: {*declared_settings(platform).keys} for platform in PLATFORMS}
    for kind in KINDS:
        known["sources"] |= {field.name for field in dataclasses.fields(load(kind).options)}
    shown: dict[str, set[str]] = {}
    within = ("departments", "calendars", "targets", "words", "lease", "ladder")
    for line in SWITCHED_ON.splitlines():
        if header := re.match(r"\[+([\w.]+)\]", line):
            section, _, inner = header[1].partition(".")
            shown.setdefault("", set()).add(section)
            if (section in PLATFORMS or section == "sources") and inner:
                shown.setdefault(section, set()).add(inner)
            if section == "departments" and "." in inner:
                section = inner.partition(".")[2]
                outer, _, innermost = section.partition(".")
                shown.setdefault("departments", set()).add(outer)
                if innermost:
                    shown.setdefault(outer, set()).add(innermost)
        elif key := re.match(r"(\w+) = ", line):
            shown.setdefault("" if inner and section not in within else section, set()).add(key[1])
    missing = {section: keys - shown.get(section, set()) for section, keys in known.items()}
    assert {section: keys for section, keys in missing.items() if keys} == {}
