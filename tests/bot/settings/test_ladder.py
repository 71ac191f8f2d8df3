"""Rules of leases, ladders and quiet hours in dibs.toml: what they mean, and what each mistake is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from handlers.base.clocks import Lease, Rung, Told
from handlers.base.quiet import Quiet
from tests.bot.settings.test_settings import read, refusal

BOTH = '[departments.support]\nslack = "#support"\n{quiet}\n[departments.finance]\nteams = "19:0123abcd@thread.tacv2"\n'
GUID = "00000000-0000-0000-0000-000000000000"
TEAMS = {"TEAMS_APP_ID": GUID, "TEAMS_APP_PASSWORD": "secret", "TEAMS_TENANT_ID": GUID}


def written(table: str = "", quiet: str = "") -> str:
    return f"{BOTH.format(quiet=quiet)}{table}\n"


def test_a_lease_a_ladder_and_quiet_hours_are_read(tmp_path: Path) -> None:
    table = """
[departments.support.lease]
ask = "4h"
return = "1h30m"
[[departments.support.ladder]]
after = "30m"
tell = "channel"
[[departments.support.ladder]]
after = "45m"
tell = "@support-leads"
[[departments.support.ladder]]
after = "1h"
tell = "ana@acme.example"
[[departments.support.ladder]]
after = "2h"
tell = "department:finance"
"""
    found = read(tmp_path, written(table, 'quiet = "20:00-08:00"'), TEAMS).organisation.department("support")
    assert found.targets.lease == Lease(ask=timedelta(hours=4), back=timedelta(minutes=90))
    assert found.targets.ladder == (
        Rung(after=timedelta(minutes=30)),
        Rung(after=timedelta(minutes=45), to=Told.GROUP, name="@support-leads"),
        Rung(after=timedelta(hours=1), to=Told.PERSON, name="ana@acme.example"),
        Rung(after=timedelta(hours=2), to=Told.DEPARTMENT, name="finance"),
    )
    assert found.quiet == Quiet(period=(1_200, 1_920))
    assert read(tmp_path, written(quiet="quiet = false"), TEAMS).organisation.department("support").quiet == Quiet(
        closed=False
    )


def rung(after: str, tell: str, department: str = "support") -> str:
    return f'[[departments.{department}.ladder]]\nafter = "{after}"\ntell = "{tell}"\n'


@pytest.mark.parametrize(
    ("table", "quiet", "told"),
    [
        ('[departments.support.lease]\nask = "4h"', "", "[departments.support.lease] return is missing."),
        ('[departments.support.lease]\nask = "1d"\nreturn = "1h"', "", 'ask: "1d" is no length such as'),
        (rung("1h", "@leads", "finance"), "", '"@leads" is a user group of Slack, and this department has no channel'),
        (rung("1h", "department:finanse"), "", '"finanse" is no department; did you mean "finance"?'),
        (rung("1h", "Ana"), "", '"Ana" is nobody: write "channel"'),
        (rung("2d", "channel"), "", 'after: "2d" is no length such as'),
        (rung("1h", "channel") + rung("1h", "channel"), "", "is not later than that of the step before it"),
        ("", 'quiet = "at night"', 'quiet is a part of the day, such as "20:00-08:00", or false.'),
        ("", 'quiet = "08:00-08:00"', "quiet is a part of the day"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_its_cure(tmp_path: Path, table: str, quiet: str, told: str) -> None:
    said = refusal(tmp_path, written(table, quiet), TEAMS)
    assert told in said
    assert "line " in said
