"""The table of Threads, row by row."""

import json

import pytest

from bot.sources.kinds.threads.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means
from handlers.base.replying import Unclear


def told(code: int, subcode: int = 0, words: str = "It says so.", *, status: int = 400) -> Answer:
    error = {"message": words, "type": "OAuthException", "code": code} | ({"error_subcode": subcode} if subcode else {})
    return Answer(status, {}, json.loads(json.dumps({"error": error})))


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (told(24, 4279009), Means.LOOK),
        (told(100, 4279013), Means.ACCOUNT),
        (told(1, 4279013), Means.ACCOUNT),
        (told(100, 4279065, "THREADS_API__LINK_LIMIT_EXCEEDED"), Means.LOOK),
        (told(100, 0, "(#100) Param text must be at most 500 characters long."), Means.REFUSED),
        (told(100, 33, "Unsupported get request."), Means.PARENT_GONE),
        (told(190), Means.EXPIRED),
        (told(10), Means.ACCOUNT),
        (told(4), Means.AGAIN),
        (told(1), Means.LOOK),
        (told(368), Means.AGAIN),
        (told(100, 4279999), Means.LOOK),
        (told(24, 4279010), Means.LOOK),
        (Answer(418, {}), Means.LOOK),
        (Answer(200, {}, {"id": "1"}), Means.FINE),
        # A container that failed is told in a 200, with a field of that name beside its status.
        (Answer(200, {}, {"id": "1", "status": "ERROR", "error_message": "UNKNOWN"}), Means.FINE),
    ],
)
def test_what_an_answer_means(answer: Answer, means: Means) -> None:
    assert VERDICTS.judge(answer).means == means


@pytest.mark.parametrize("status", [400, 402, 404, 405, 406, 409, 410, 418, 421, 451, 499])
@pytest.mark.parametrize("body", [None, [], {}, {"error": "x"}, {"error": {"code": "x", "message": 3}}])
def test_a_no_that_is_none_of_the_network_s_own_is_looked_up(status: int, body: object) -> None:
    outcome = VERDICTS.judge(Answer(status, {}, body)).outcome()
    assert isinstance(outcome, Unclear)
    assert outcome.refused
