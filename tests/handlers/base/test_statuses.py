import pytest

from handlers.base.statuses import UNKNOWN_SIGN, WORDS, sentence, sign
from storage.tables.states import CLOSED, MEANINGS, OPEN, WAITING, Status, Tab


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_category_and_a_tab(status: Status) -> None:
    assert status in MEANINGS, f"{status} stands in no row of storage/tables/states.py"
    assert MEANINGS[status].tabs
    assert [status in among for among in (OPEN, WAITING, CLOSED)].count(True) == 1


@pytest.mark.parametrize("status", Status)
def test_every_status_reads_with_an_owner_and_without_and_has_a_sign_of_its_own(status: Status) -> None:
    assert status in WORDS, f"{status} stands in no row of handlers/base/statuses.py"
    assert sentence(status, "Ana").endswith(".")
    assert sentence(status, "").endswith(".")
    assert "{" not in sentence(status, "Ana") + sentence(status, "")
    assert sign(status) != UNKNOWN_SIGN
    assert [one.sign for one in WORDS.values()].count(sign(status)) == 1


@pytest.mark.parametrize("tab", [one for one in Tab if one != Tab.ALL])
def test_every_tab_shows_some_status(tab: Tab) -> None:
    assert any(tab in meaning.tabs for meaning in MEANINGS.values())


def test_a_status_that_nobody_knows_has_a_sign_too() -> None:
    assert sign("parked") == UNKNOWN_SIGN
