"""`dibs topic test`: how a query is read, and what it would have found."""

from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.command_line import app
from bot.runtime.clock import Clock
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from tests.harness.scene import Scene

TOML = """
[departments.support]
[departments.finance]
[[topics]]
name = "billing"
any = ["refund", "charged twice"]
none = ["jobs"]
department = "finance"
product = "Acme Pay"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation at which two mentions came in today."""
    (tmp_path / "dibs.toml").write_text(TOML)
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    engine = open_engine(url)
    upgrade(engine)
    with closing(Database(engine)) as database:
        scene = Scene(database, now=Clock().now())
        scene.arrive("Where is my refund?")
        scene.arrive("Acme\x1b[2J is down")
    return {"DIBS_CONFIG": str(tmp_path / "dibs.toml"), "DIBS_DATABASE_URL": url}


def tried(query: str, environ: dict[str, str]) -> Result:
    return CliRunner().invoke(app, ["topic", "test", query], env=environ)


def test_a_query_that_stands_nowhere_is_read_aloud_and_tried(environ: dict[str, str]) -> None:
    said = tried('(refund OR "is down") -jobs', environ)
    assert said.exit_code == 0, said.output
    read, number, *days, first, second, taken, not_tried = said.stdout.splitlines()
    assert read == 'Read as: (refund OR "is down") AND NOT jobs'
    assert number == "2 of 2 mentions of the last 7 days match."
    assert [int(line.split()[-1]) for line in days] == [0, 0, 0, 0, 0, 0, 2]
    assert first.endswith("“Acme [2J is down”: “is down”; came in by no topic")
    assert second.endswith("“Where is my refund?”: “refund”; came in by billing")
    assert taken in ("They came in by: no topic 1, billing 1.", "They came in by: billing 1, no topic 1.")
    assert not_tried.startswith("What was dropped was not stored, so it cannot be tried.")


def test_the_name_of_a_topic_tries_that_topic(environ: dict[str, str]) -> None:
    said = tried("billing", environ).stdout.splitlines()
    assert said[:3] == [
        "The topic billing of dibs.toml, for Finance, product Acme Pay.",
        'Read as: (refund OR "charged twice") AND NOT jobs',
        "1 of 2 mentions of the last 7 days match.",
    ]


def test_a_query_that_cannot_be_taken_is_wrong_use_with_a_caret(environ: dict[str, str]) -> None:
    said = tried("acme or refund", environ)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.splitlines() == [
        "“or” at position 5 is a small word: write OR, or put it in quotes.",
        "    acme or refund",
        "         ^",
    ]
    assert "There is no source forum" in tried("source:forum acme", environ).stderr


@pytest.mark.parametrize("words", [["-jobs refund"], ["-jobs", "refund"], ["refund", "OR", "-jobs", "acme"]])
def test_a_query_may_begin_with_a_minus_and_come_in_several_words(environ: dict[str, str], words: list[str]) -> None:
    said = CliRunner().invoke(app, ["topic", "test", *words], env=environ)
    if "OR" in words:
        assert (said.exit_code, "Both readings" in said.stderr) == (2, True)
    else:
        assert said.stdout.startswith("Read as: NOT jobs AND refund\n1 of 2")
