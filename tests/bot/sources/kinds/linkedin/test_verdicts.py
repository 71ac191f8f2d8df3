"""Rules of what LinkedIn's answers mean, row by row."""

import pytest

from bot.sources.kinds.linkedin.verdicts import VERDICTS, read
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def answered(status: int, code: str = "", message: str = "No.") -> Answer:
    return Answer(status, {}, {"status": status, "message": message} | ({"code": code} if code else {}))


EXAMPLES = [
    (answered(426, "NONEXISTENT_VERSION", "Requested version 20250401 is not active"), Means.ACCOUNT, "`version`"),
    (Answer(426, {}, None), Means.ACCOUNT, "`version`"),
    (answered(400, "VERSION_MISSING", "A version must be present."), Means.ACCOUNT, "`version`"),
    (answered(401, "REVOKED_ACCESS_TOKEN"), Means.EXPIRED, ""),
    (answered(401, "EXPIRED_ACCESS_TOKEN"), Means.EXPIRED, ""),
    (answered(403, "ACCESS_DENIED", "Not enough permissions to access: x.GET"), Means.ACCOUNT, "review"),
    (answered(403, "ACCESS_DENIED", "Access to resource is forbidden"), Means.LOOK, "at times"),
    (answered(403, "", "member is unauthorized on urn:li:share:1"), Means.PARENT_GONE, "does not let our Page"),
    (answered(404, "NOT_FOUND", "Comment not found"), Means.PARENT_GONE, "deleted"),
    (answered(400, "FIELD_LENGTH_TOO_LONG"), Means.REFUSED, "longer"),
    (answered(422, "com.linkedin.FIELD_LENGTH_TOO_LONG"), Means.REFUSED, "longer"),
    # Nothing of these is known: they are looked up.
    (answered(400, "ILLEGAL_ARGUMENT", "The parent is no parent"), Means.LOOK, "The parent is no parent"),
    (answered(403, "COMMENTS_DISABLED", "Commenting has been turned off"), Means.LOOK, "turned off"),
    (answered(409, "CONFLICT"), Means.LOOK, "409"),
    (Answer(404, {}, None), Means.LOOK, "404"),
    (Answer(403, {}, None), Means.LOOK, "403"),
]


@pytest.mark.parametrize(("answer", "means", "why"), EXAMPLES)
def test_a_no_means_what_its_status_and_words_say(answer: Answer, means: Means, why: str) -> None:
    verdict = VERDICTS.judge(answer)
    assert verdict.means is means
    assert why in verdict.why


def test_every_row_has_its_example() -> None:
    found = {id(VERDICTS.row(answer)) for answer, _, _ in EXAMPLES}
    assert all(id(row) in found for row in VERDICTS.rows)


def test_comments_that_come_too_fast_rest_a_minute_and_the_day_s_limit_says_nothing() -> None:
    assert read(answered(429, "", "Comment create throttled: creation rate limit exceeded for member")).rest == 60
    assert read(answered(429, "", "Resource level throttle limit for calls to this resource is reached.")).rest is None


def test_a_yes_is_fine_whatever_it_says() -> None:
    assert VERDICTS.judge(Answer(201, {}, {"message": {"text": "not enough permissions"}})).means is Means.FINE
    assert VERDICTS.judge(Answer(201, {}, None)).means is Means.FINE
