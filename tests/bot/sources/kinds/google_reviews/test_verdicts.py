"""Rules of what Google's answers to reviews mean, row by row."""

from typing import Any

import pytest

from bot.sources.kinds.google_reviews.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def answered(status: int, word: str, reason: str = "", message: str = "No.", **metadata: str) -> Answer:
    error: dict[str, Any] = {"code": status, "message": message, "status": word}
    if reason:
        error["details"] = [{"@type": "x"}, {"reason": reason, "metadata": metadata}]
    return Answer(status, {}, {"error": error})


EXAMPLES = [
    (answered(401, "UNAUTHENTICATED"), Means.EXPIRED, ""),
    (answered(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit_value="0"), Means.ACCOUNT, "form"),
    (answered(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), Means.ACCOUNT, "Google My Business API is not enabled"),
    (answered(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Means.ACCOUNT, "sign in again"),
    (answered(403, "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED"), Means.AGAIN, "rest"),
    (answered(403, "PERMISSION_DENIED"), Means.ACCOUNT, "neither an owner nor a manager"),
    (answered(403, "PERMISSION_DENIED", "SOMETHING_NEW"), Means.ACCOUNT, "neither an owner nor a manager"),
    (answered(404, "NOT_FOUND"), Means.PARENT_GONE, "deleted"),
    (answered(400, "FAILED_PRECONDITION"), Means.ACCOUNT, "not verified"),
    (answered(400, "INVALID_ARGUMENT", message="Invalid page token."), Means.PARENT_GONE, "changed"),
    (answered(400, "INVALID_ARGUMENT", message="Too long."), Means.REFUSED, "Google does not take it: Too long."),
    (answered(409, "ABORTED"), Means.LOOK, "409 ABORTED"),
    (answered(404, ""), Means.LOOK, "404"),
]


@pytest.mark.parametrize(("answer", "means", "why"), EXAMPLES)
def test_a_no_means_what_its_status_and_reason_say(answer: Answer, means: Means, why: str) -> None:
    verdict = VERDICTS.judge(answer)
    assert verdict.means is means
    assert why in verdict.why


def test_every_row_has_its_example() -> None:
    found = {id(VERDICTS.row(answer)) for answer, _, _ in EXAMPLES}
    assert all(id(row) in found for row in VERDICTS.rows)


def test_a_quota_of_something_is_a_rest_and_no_trouble_of_ours() -> None:
    assert VERDICTS.row(answered(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit_value="300")) is None
