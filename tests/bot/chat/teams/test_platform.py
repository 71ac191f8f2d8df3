"""The platform over HTTP: signed gestures come in, rows change, and the card, the thread or the person is told."""

from collections.abc import Iterator

import pytest

from storage.database import Database
from tests.bot.chat.teams.house import House, house, said


@pytest.fixture
def home(database: Database) -> Iterator[House]:
    """A house with Teams in it, on SQLite and on PostgreSQL."""
    with house(database) as built:
        yield built


def test_a_press_claims_and_is_answered_with_the_fresh_card(home: House) -> None:
    row = home.arrive()
    answer = home.press(home.teams.ana, row, "claim")
    assert "Ana Lopez has it." in said(answer)
    assert home.owner(row) == "Ana Lopez"
    home.shows(row, "Ana Lopez has it.")


def test_who_comes_second_gets_the_card_with_the_name_of_the_first(home: House) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    answer = said(home.press(home.teams.ben, row, "claim"))
    assert "⚠" in answer
    assert answer.count("Ana Lopez") >= 2
    assert home.owner(row) == "Ana Lopez"
