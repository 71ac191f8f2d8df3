"""Days told: the shortest stories of random days on which the model and the rows did not agree."""

from datetime import timedelta

import pytest

from storage.engine.database import Database
from tests.handlers.machine.day import ONCE, TEXTS, Day, Named
from tests.handlers.machine.replying import SQUARE
from tests.handlers.machine.world import World


@pytest.fixture
def day(in_memory: Database) -> Day:
    """A day on which Dan agreed to Ana's reply."""
    day: Day = type("Told", (Day,), {"world": World(in_memory)})()
    day.begin(places=(SQUARE, SQUARE))
    day.database_and_model_agree()
    day.draft("Ana", 0, ONCE, TEXTS[0], "review")
    day.database_and_model_agree()
    day.review("Dan", 0, ONCE, Named(0), "approve", keep=True)
    day.database_and_model_agree()
    return day


def test_who_presses_lets_it_be_read_again_and_agrees_anew(day: Day) -> None:
    day.the_source_tells(0, "edited")
    day.publish("Dan", 0, ONCE, Named(0))
    day.database_and_model_agree()
    day.review("Dan", 0, ONCE, Named(0), "approve", keep=True)
    day.database_and_model_agree()


def test_what_was_agreed_to_before_the_post_was_deleted_waits_again_when_it_is_asked_to(day: Day) -> None:
    day.own("claim", "Ana", "Ana", 0, ONCE, "finance")
    day.the_source_tells(0, "deleted")
    day.database_and_model_agree()
    day.draft("Ana", 0, ONCE, TEXTS[0], "review")
    day.database_and_model_agree()


def test_a_reply_that_was_posted_by_hand_gets_its_name_when_it_is_shown(day: Day) -> None:
    day.posted("Ana", 0, ONCE, Named(0))
    day.database_and_model_agree()
    day.the_source_tells(0, "shown")
    day.database_and_model_agree()


@pytest.mark.parametrize("verb", ["hand off", "claim", "snooze", "assign"])
def test_what_was_muted_arrives_where_it_was_before_somebody_does_something_with_it(
    in_memory: Database, verb: str
) -> None:
    day: Day = type("Told", (Day,), {"world": World(in_memory)})()
    day.begin(places=(SQUARE, SQUARE), told="thread")
    day.database_and_model_agree()
    day.own("mute", "Ana", "Ana", 0, ONCE, "support")
    day.database_and_model_agree()
    assert [one.held for one in day.model] == ["", "thread", "muted", "muted"]
    day.own(verb, "Ana", "Dan", 2, ONCE, "support")
    day.database_and_model_agree()


def test_what_stands_on_a_closed_card_moves_to_the_next_and_what_was_split_off_goes_back(in_memory: Database) -> None:
    day: Day = type("Told", (Day,), {"world": World(in_memory)})()
    day.begin(places=(SQUARE, SQUARE), told="thread")
    day.some_join_in(0, "reply_to")
    day.database_and_model_agree()
    assert [one.lead for one in day.model] == [None, 0, 0, 0]
    for verb in ("split", "join"):
        day.own(verb, "Ana", "Ana", 0, ONCE, "support")
        day.database_and_model_agree()
    day.own("dismiss", "Ana", "Ana", 0, ONCE, "support")
    day.time_passes(timedelta(minutes=1))
    day.database_and_model_agree()
    assert [one.lead for one in day.model] == [None, None, 1, 1]
