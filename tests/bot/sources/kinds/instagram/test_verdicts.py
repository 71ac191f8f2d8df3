"""The table of Instagram, row by row."""

import pytest

from bot.sources.kinds.instagram.verdicts import table
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means
from handlers.base.replying import Unclear


def told(code: int, subcode: int = 0, words: str = "It says so.") -> Answer:
    below = {"error_subcode": subcode} if subcode else {}
    return Answer(400, {}, {"error": {"message": words, "type": "OAuthException", "code": code, **below}})


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (told(20, 1772107), Means.LOOK),
        (told(9, 2207050), Means.ACCOUNT),
        (told(25, 2207051), Means.ACCOUNT),
        (told(100, 33), Means.PARENT_GONE),
        (told(190, 463), Means.EXPIRED),
        (told(10), Means.ACCOUNT),
        (told(200), Means.ACCOUNT),
        (told(80002), Means.AGAIN),
        (told(1), Means.LOOK),
        (told(100, 2207998), Means.LOOK),
        (told(2500, 0, "Unknown path components"), Means.LOOK),
        (Answer(200, {}, {"id": "1"}), Means.FINE),
    ],
)
@pytest.mark.parametrize("login", ["facebook", "instagram"])
def test_what_an_answer_means(answer: Answer, means: Means, login: str) -> None:
    assert table(login).judge(answer).means == means


def test_a_right_that_is_missing_is_called_as_whoever_lets_us_in_calls_it() -> None:
    assert "instagram_manage_comments" in table("facebook").judge(told(10)).why
    assert "instagram_business_manage_comments" in table("instagram").judge(told(10)).why


@pytest.mark.parametrize("status", [400, 402, 404, 405, 406, 409, 410, 418, 421, 451, 499])
@pytest.mark.parametrize("body", [None, [], {}, {"error": "x"}, {"error": {"code": "x", "message": 3}}])
def test_a_no_that_is_none_of_the_network_s_own_is_looked_up(status: int, body: object) -> None:
    outcome = table("facebook").judge(Answer(status, {}, body)).outcome()
    assert isinstance(outcome, Unclear)
    assert outcome.refused
