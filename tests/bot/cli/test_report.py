"""`dibs report`: the same in each form, sentences for what is none, and a rebuild that says what differed."""

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import update

from storage.engine.database import Database, open_engine
from storage.tables.base import table_of
from storage.tables.report import Fact
from tests.bot.cli.test_command_line import run
from tests.handlers.report.figures.test_report import PEOPLE, busy
from tests.harness.counted import put
from tests.harness.engines import migrated


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """The variables of an installation in whose log a month stands, of which nothing is counted yet."""
    there, file = tmp_path / "dibs.db", tmp_path / "dibs.toml"
    there.write_bytes(migrated())
    database = Database(open_engine(f"sqlite:///{there}"))
    database.write(lambda session: put(session, busy(PEOPLE)))
    database.close()
    file.write_text('[organisation]\nname = "Acme"\n' + "".join(f"[departments.{key}]\n" for key in PEOPLE))
    return {"DIBS_CONFIG": str(file), "DIBS_DATABASE_URL": f"sqlite:///{there}"}


def test_what_is_not_counted_yet_is_counted_and_each_form_says_the_same(told: dict[str, str]) -> None:
    text, as_json, as_csv = (
        run("report", "--period", "2026-03", "--format", form, **told) for form in ("text", "json", "csv")
    )
    assert (text.exit_code, as_json.exit_code, as_csv.exit_code) == (0, 0, 0), text.output
    assert "In March 2026 150 mentions arrived" in text.stdout
    figures = json.loads(as_json.stdout)["figures"]
    rows = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert [row["shown"] for row in rows] == [one["shown"] for one in figures]
    assert all(one["shown"] in text.stdout for one in figures)
    for said in (text, as_json, as_csv):
        assert not [name for name in ("legal", "Legal", "Person ") if name in said.stdout]


@pytest.mark.parametrize(
    ("typed", "cure"),
    [
        (["--period", "soon"], "2026-W48"),
        (["--period", "2026-03", "--department", "sales"], "There are: support, finance"),
        (["--period", "2026-03", "--department", "legal"], "stands under Others"),
        (["--period", "2026-03", "--product", "anvil"], "No topic in dibs.toml names one"),
        (["--format", "xml"], "text, json or csv"),
    ],
)
def test_what_is_none_gets_a_sentence_with_its_cure(told: dict[str, str], typed: list[str], cure: str) -> None:
    said = run("report", *typed, **told)
    assert (said.exit_code, cure in said.stderr, said.stdout) == (2, True, ""), said.output


def test_a_rebuild_says_what_differed_and_puts_it_right(told: dict[str, str]) -> None:
    same = run("report", "rebuild", **told)
    assert (same.exit_code, "all as it was" in same.stdout) == (0, True), same.output
    database, fact = Database(open_engine(told["DIBS_DATABASE_URL"])), table_of(Fact)
    database.write(lambda session: session.connection().execute(update(fact).values(said=77)))
    database.close()
    mended = run("report", "rebuild", **told)
    assert (mended.exit_code, "fact: 150 of 150 rows" in mended.stdout) == (1, True), mended.output
    assert run("report", "rebuild", **told).exit_code == 0
