"""The list of customers: looked through whole before anything starts, and in the database only where it is another."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from bot.settings import customers as reading
from bot.settings.reload import reload
from bot.settings.settings import Settings, load_settings
from bot.settings.taking_up import take_up_customers
from bot.toml.problems import SettingsError
from storage.engine.database import Database
from storage.listen import customers
from storage.tables.base import table_of
from storage.tables.posts import Customer, CustomerList
from tests.harness.linear import assert_linear

DIBS = """
[organisation]
customers = "customers.csv"
[departments.support]
[[sources]]
name = "hn"
kind = "hacker_news"
query = "acme"
[[sources]]
name = "toots"
kind = "mastodon"
base_url = "https://social.example"
hashtag = "acme"
"""
HEAD = "source,handle,label\n"


def read(folder: Path, rows: str | bytes, dibs: str = DIBS) -> Settings:
    (folder / "customers.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    (folder / "dibs.toml").write_text(dibs)
    return load_settings({}, config_path=folder / "dibs.toml")


def rows_of(settings: Settings) -> list[tuple[str, str, str]]:
    assert settings.customers is not None
    return list(settings.customers.rows())


def count(database: Database, of: type[SQLModel] = Customer) -> int:
    return database.read(lambda s: s.connection().scalar(select(func.count()).select_from(table_of(of))) or 0)


def test_rows_are_kept_as_handles_are_compared(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f'\ufeff{HEAD}hn, @Kim ,Gold plan\r\ntoots,@Ana,"Silver, old"\n\ntoots,Ben@else.example,\n'
        "mastodon,https://Social.example/@Cem/,x\n",
    )
    assert rows_of(found) == [
        ("hn", "kim", "Gold plan"),
        ("toots", "ana@social.example", "Silver, old"),
        ("toots", "ben@else.example", ""),
        ("mastodon", "https://social.example/@cem", "x"),
    ]
    assert found.organisation.customers
    assert found.customers is not None
    assert found.customers.number == 4


WRONG: dict[str | bytes, str] = {
    "": "line 1: the first line names the columns: source,handle,label.",
    "source;handle;label\n": "Its columns are parted by commas, not by semicolons.",
    "handle,label\nkim,Gold\n": "line 1: the first line names the columns: source,handle,label.",
    HEAD + "hn,kim,\nhn,@KIM,Gold\n": 'line 3: "@KIM" on hn stands in line 2 already; leave one of them out.',
    HEAD + "hnn,kim,\n": 'line 2: "hnn" is no source in dibs.toml, and no kind of one; did you mean "hn"?',
    HEAD + "hn,,Gold\n": "line 2: the handle is missing",
    HEAD + f"hn,kim,{'x' * 61}\n": "line 2: the label is one line of at most 60 characters",
    HEAD + "hn,kim\n": "line 2: there are 2 columns in the place of 3; a comma in a label wants quotes around it.",
    HEAD + 'hn,"kim,Gold\n': "line 2: this is no line of a CSV file",
    HEAD.encode() + b"hn,kim,Caf\xe9\n": "line 2: this is not UTF-8; save the file in that encoding.",
    HEAD + "hn,a,\n" * 7: "there are about 7 customers; there is room for 5.",
}


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_is_wrong_is_told_with_file_line_and_cure(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 5)
    rows, told = list(WRONG.items())[number]
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, rows)
    assert told in str(caught.value)
    assert "customers.csv" in str(caught.value)


def test_a_file_that_is_not_there_and_one_that_is_all_wrong_are_told_in_few_words(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.csv is not there; \[organisation\] customers names it"):
        read(tmp_path, HEAD, DIBS.replace("customers.csv", "gone.csv"))
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, HEAD + "nowhere,kim,\n" * 1_000)
    assert len(caught.value.problems) == 11
    assert caught.value.problems[-1].endswith("there is more of that kind; mend these first.")


def test_those_that_stand_there_twice_are_told_with_both_lines_in_one_look_for_all(tmp_path: Path) -> None:
    def rows(length: int) -> str:
        return HEAD + 2 * "".join(f"hn,kim{number},\n" for number in range(length // 20))

    def look(text: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(tmp_path, text)
        return list(caught.value.problems)

    told = look(rows(400))
    assert len(told) == 11
    assert told[9].endswith('line 31: "kim9" on hn stands in line 11 already; leave one of them out.')
    assert_linear(look, rows)


def test_the_database_has_the_list_once_and_another_in_its_place(tmp_path: Path, database: Database) -> None:
    running = read(tmp_path, HEAD + "hn,kim,Gold\nhn,ana,\n")
    assert take_up_customers(database, running.customers)
    first = database.read(customers.current)
    assert not take_up_customers(database, read(tmp_path, HEAD + "hn,kim,Gold\nhn,ana,\n").customers)
    assert database.read(customers.current) == first
    other = reload(running, read(tmp_path, HEAD + "hn,kim,Silver\n"))
    assert (other.changed, other.kept) == (("customers",), ())
    assert take_up_customers(database, other.settings.customers)
    assert database.read(lambda session: customers.labels(session, ["hn"], ["kim", "ana"])) == {"kim": "Silver"}
    assert (count(database), count(database, CustomerList)) == (1, 1)
    none = reload(other.settings, read(tmp_path, "", DIBS.replace('customers = "customers.csv"', "")))
    assert none.changed == ("customers",)
    assert not none.settings.organisation.customers
    assert take_up_customers(database, none.settings.customers)
    assert (count(database), database.read(customers.current)) == (0, None)
    assert not take_up_customers(database, None)


def test_a_file_that_changes_meanwhile_leaves_the_former_list(tmp_path: Path, database: Database) -> None:
    take_up_customers(database, read(tmp_path, HEAD + "hn,kim,Gold\n").customers)
    found = read(tmp_path, HEAD + "hn,ana,Gold\n").customers
    (tmp_path / "customers.csv").write_text(HEAD + "hn,ben,Gold\n")
    with pytest.raises(SettingsError, match="was changed while it was being read"):
        take_up_customers(database, found)
    assert database.read(lambda session: customers.labels(session, ["hn"], ["kim", "ana", "ben"])) == {"kim": "Gold"}
    # What was begun and never became whole goes with the list before it.
    take_up_customers(database, read(tmp_path, HEAD + "hn,ana,Gold\n").customers)
    take_up_customers(database, read(tmp_path, HEAD + "hn,ben,Gold\n").customers)
    assert (count(database), count(database, CustomerList)) == (1, 1)
