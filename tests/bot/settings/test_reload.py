"""Reload: what can count at once does, all else is named and stays, and a file that is wrong changes nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings.reload import another, follow, marks, reload
from bot.settings.settings import Settings, load_settings
from bot.toml.problems import SettingsError
from storage.tables.states import ClockKind

BEFORE = """
[organisation]
principles = ["Be kind."]

[departments.support]
slack = "#support"

[departments.finance]

[[topics]]
name = "billing"
any = ["refund"]
department = "finance"

[[sources]]
name = "blog"
kind = "feed"
url = "https://blog.example/feed"

[sources.charter]
purpose = "Help"
saved = { thanks = "Thank you" }
"""


def read(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "dibs.toml"
    path.write_text(text)
    return load_settings(environ, config_path=path)


def test_a_topic_is_another_when_anything_of_it_is(tmp_path: Path) -> None:
    in_force = marks(read(tmp_path, BEFORE).organisation.topics)
    added = BEFORE + '[[topics]]\nname = "jobs"\nquery = "jobs"\ndepartment = "support"\n'
    for text, names in (
        (BEFORE, []),
        (BEFORE.replace("refund", "invoice"), ["billing"]),
        (BEFORE.replace('any = ["refund"]', 'any = ["refund"]\nproduct = "Acme Pay"'), ["billing"]),
        (added, ["jobs"]),
    ):
        assert another(read(tmp_path, text).organisation.topics, in_force) == names
    assert another(read(tmp_path, added).organisation.topics, "") == ["billing", "jobs"]


def test_topics_charters_saved_replies_and_principles_count_at_once(tmp_path: Path) -> None:
    running = read(tmp_path, BEFORE)
    changed = BEFORE.replace("refund", "invoice").replace("Be kind.", "Be brief.").replace("Thank you", "Thanks!")
    found = reload(running, read(tmp_path, changed))
    assert found.changed == ("topic billing", "principles", "charter of blog")
    assert found.kept == ()
    assert found.settings == read(tmp_path, changed)
    again = reload(found.settings, read(tmp_path, changed))
    assert (again.changed, again.kept) == ((), ())


def test_calendars_and_promises_count_at_once_and_what_else_a_department_says_waits(tmp_path: Path) -> None:
    week = '[calendars.berlin]\ntimezone = "Europe/Berlin"\nweek = { mon-fri = ["09:00-17:00"] }\n'
    finance = '[departments.finance]\ncalendar = "berlin"\n[departments.finance.targets]\nclaim = "1h"\n'
    running = read(tmp_path, week + BEFORE.replace("[departments.finance]\n", finance))
    nothing = reload(running, read(tmp_path, (tmp_path / "dibs.toml").read_text()))
    assert (nothing.changed, nothing.kept) == ((), ())
    another = (tmp_path / "dibs.toml").read_text().replace("Europe/Berlin", "Asia/Tokyo").replace('"1h"', '"2h"')
    found = reload(running, read(tmp_path, another.replace('"#support"', '"#care"')))
    assert found.changed == ("hours and targets of finance",)
    assert found.kept == ("[departments.support]",)
    there = found.settings.organisation.department("finance")
    claim = there.targets.target(ClockKind.CLAIM)
    assert claim is not None
    assert there.hours.calendar is not None
    assert (there.hours.calendar.timezone, claim.within) == ("Asia/Tokyo", timedelta(hours=2))


def test_what_waits_for_a_start_is_named_and_stays(tmp_path: Path) -> None:
    running = read(tmp_path, BEFORE, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1")
    other = BEFORE.replace("#support", "#help").replace("blog.example", "news.example").replace("refund", "invoice")
    other = other.replace("[organisation]", '[organisation]\nguests = true\nname = "Other"')
    other += '[departments.legal]\n[[sources]]\nname = "hn"\nkind = "hacker_news"\nquery = "acme"\n'
    read_anew = read(tmp_path, other, SLACK_BOT_TOKEN="xoxb-2", SLACK_APP_TOKEN="xapp-1", DIBS_PORT="9000")
    found = reload(running, read_anew)
    assert found.changed == ("topic billing",)
    assert set(found.kept) == {
        "[organisation] guests",
        "[organisation] name",
        "[departments.support]",
        "[departments.legal]",
        "source blog",
        "source hn",
        "[slack] and its variables",
        "DIBS_PORT",
    }
    assert "xoxb-2" not in " ".join(found.sentences)
    organisation = found.settings.organisation
    assert organisation.topics == read_anew.organisation.topics
    assert (organisation.departments, organisation.guests) == (running.organisation.departments, False)
    assert [one.config for one in found.settings.sources] == [one.config for one in running.sources]
    assert follow(organisation, read_anew) == organisation


@pytest.mark.parametrize(
    "naming",
    [
        '[[topics]]\nname = "law"\nany = ["court"]\ndepartment = "legal"\n',
        '[charter]\npublish = ["legal"]\n[[sources]]\nname = "hn"\nkind = "hacker_news"\nquery = "acme"\n',
    ],
)
def test_what_names_a_department_that_is_not_there_yet_is_refused_whole(tmp_path: Path, naming: str) -> None:
    running = read(tmp_path, BEFORE)
    with pytest.raises(SettingsError, match=r"\[departments.legal\], which is new"):
        reload(running, read(tmp_path, BEFORE + "[departments.legal]\n" + naming))
