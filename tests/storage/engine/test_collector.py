"""The collector rests as long as anybody asked for it, and is then as it was."""

import gc
from collections.abc import Iterator

import pytest

from storage.engine.collector import collector_rests


@pytest.fixture(autouse=True)
def on() -> Iterator[None]:
    """Let it be as it is in a bot, and as it was afterwards."""
    before = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if before else gc.disable)()


def test_it_goes_on_when_the_last_that_asked_is_done_even_by_an_error() -> None:
    outer, inner = collector_rests(), collector_rests()
    with outer:
        assert not gc.isenabled()
        with pytest.raises(LookupError), inner:
            raise LookupError
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("was_on", [True, False])
def test_of_two_threads_the_first_to_begin_may_be_the_first_to_end_and_where_it_was_off_it_stays_off(
    was_on: bool,
) -> None:
    (gc.enable if was_on else gc.disable)()
    first, second = collector_rests(), collector_rests()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled() == was_on
