"""Rules of what Google's answers to reviews of apps mean, row by row."""

from typing import Any

import pytest

from bot.sources.kinds.google_play.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def answered(status: int, word: str = "", reason: str = "", message: str = "No.") -> Answer:
    error: dict[str, Any] = {"code": status, "message": message}
    error |= {"status": word} if word else {}
    error |= {"errors": [{"message": message, "domain": "androidpublisher", "reason": reason}]} if reason else {}
    return Answer(status, {}, {"error": error})


EXAMPLES = [
    (answered(401, "UNAUTHENTICATED", "authError"), Means.EXPIRED, ""),
    (answered(403, "PERMISSION_DENIED", "permissionDenied"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(403, "", "permissionDenied"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(403, "", "insufficientPermissions"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(403, "PERMISSION_DENIED", "accessNotConfigured"), Means.ACCOUNT, "Developer API is not enabled"),
    (answered(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Means.ACCOUNT, "sign in again"),
    (answered(403, "", "rateLimitExceeded"), Means.AGAIN, "rest"),
    (answered(403, "", "quotaExceeded"), Means.AGAIN, "spent"),
    (answered(403, "PERMISSION_DENIED", "forbidden", "It is too long (max: 350)."), Means.REFUSED, "(max: 350)."),
    (answered(403, "PERMISSION_DENIED", "forbidden"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(403, "PERMISSION_DENIED"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(403, "", "projectNotLinked"), Means.ACCOUNT, "“Reply to reviews”"),
    (answered(404, "NOT_FOUND", "applicationNotFound"), Means.ACCOUNT, "no app"),
    (answered(404, "NOT_FOUND", "notFound"), Means.PARENT_GONE, "older than the week"),
    (answered(404, "", "reviewNotFound"), Means.PARENT_GONE, "older than the week"),
    (answered(400, "INVALID_ARGUMENT", "badRequest", "Invalid pagination token."), Means.PARENT_GONE, "changed"),
    (answered(400, "INVALID_ARGUMENT", message="Too long."), Means.REFUSED, "Google Play does not take it: Too long."),
    (answered(400, "", "invalidValue", "Too long."), Means.REFUSED, "Google Play does not take it: Too long."),
    (answered(409, "ABORTED"), Means.LOOK, "409 ABORTED"),
    (answered(404), Means.LOOK, "404"),
    (answered(403, "", "somethingNew"), Means.LOOK, "403 somethingNew"),
    (Answer(400, {}), Means.LOOK, "400"),
]


@pytest.mark.parametrize(("answer", "means", "why"), EXAMPLES)
def test_a_no_means_what_its_status_and_reason_say(answer: Answer, means: Means, why: str) -> None:
    verdict = VERDICTS.judge(answer)
    assert verdict.means is means
    assert why in verdict.why


def test_every_row_has_its_example() -> None:
    found = {id(VERDICTS.row(answer)) for answer, _, _ in EXAMPLES}
    assert all(id(row) in found for row in VERDICTS.rows)
