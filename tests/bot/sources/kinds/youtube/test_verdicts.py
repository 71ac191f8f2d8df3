"""Rules of what YouTube's answers mean, row by row."""

import pytest

from bot.sources.kinds.youtube.verdicts import VERDICTS, quota_gone
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def answered(status: int, reason: str, word: str = "") -> Answer:
    errors = [{"domain": "youtube.comment", "reason": reason, "message": "No."}]
    return Answer(status, {}, {"error": {"code": status, "message": "No.", "errors": errors, "status": word}})


@pytest.mark.parametrize(
    ("status", "reason", "means", "why"),
    [
        (401, "authError", Means.EXPIRED, ""),
        (401, "youtubeSignupRequired", Means.ACCOUNT, "no channel of its own"),
        (403, "ineligibleAccount", Means.ACCOUNT, "no channel of its own"),
        (403, "quotaExceeded", Means.AGAIN, "midnight in California"),
        (403, "dailyLimitExceeded", Means.AGAIN, "midnight in California"),
        (403, "rateLimitExceeded", Means.AGAIN, "too many requests"),
        (403, "userRateLimitExceeded", Means.AGAIN, "too many requests"),
        (403, "accessNotConfigured", Means.ACCOUNT, "YouTube Data API v3 is not enabled"),
        (403, "insufficientPermissions", Means.ACCOUNT, "sign in again"),
        (403, "forbidden", Means.REFUSED, "blocked"),
        (403, "commentsDisabled", Means.PARENT_GONE, "switched off"),
        (400, "operationNotSupported", Means.PARENT_GONE, "does not let our channel"),
        (400, "parentCommentIsPrivate", Means.PARENT_GONE, "private"),
        (404, "parentCommentNotFound", Means.PARENT_GONE, "deleted"),
        (404, "commentNotFound", Means.PARENT_GONE, "deleted"),
        (404, "commentThreadNotFound", Means.PARENT_GONE, "deleted"),
        (404, "videoNotFound", Means.PARENT_GONE, "private now"),
        (404, "channelNotFound", Means.REFUSED, "YouTube Studio"),
        (400, "invalidPageToken", Means.PARENT_GONE, "changed"),
        (400, "commentTextTooLong", Means.REFUSED, "longer"),
        (400, "commentTextRequired", Means.REFUSED, "empty"),
        (400, "invalidCustomEmoji", Means.REFUSED, "emoji"),
        (400, "invalidCommentMetadata", Means.REFUSED, "as it is"),
        (400, "parentIdMissing", Means.REFUSED, "as it is"),
        (400, "processingFailure", Means.LOOK, "processingFailure"),
        (400, "somethingNew", Means.LOOK, "400 somethingNew"),
        (409, "", Means.LOOK, "409"),
    ],
)
def test_a_no_means_what_its_reason_says(status: int, reason: str, means: Means, why: str) -> None:
    for word in ("", "FAILED"):  # newer answers have a status, too
        verdict = VERDICTS.judge(answered(status, reason, word))
        assert verdict.means is means
        assert why.split()[0] in verdict.why if why else True
        assert why in verdict.why or word


def test_every_row_has_its_example() -> None:
    marks = [mark for mark in test_a_no_means_what_its_reason_says.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    rows = {id(VERDICTS.row(answered(status, reason))) for status, reason, *_ in marks[0].args[1]}
    assert all(id(row) in rows for row in VERDICTS.rows)


@pytest.mark.parametrize("body", ["error message", [], None, {"error": "error message"}, {"error": {"errors": "x"}}])
def test_a_no_of_another_form_is_looked_up(body: object) -> None:
    assert VERDICTS.judge(Answer(400, {}, body)).means is Means.LOOK


def test_a_yes_is_one_whatever_it_holds() -> None:
    assert VERDICTS.judge(Answer(200, {}, {"error": {"errors": [{"reason": "quotaExceeded"}]}})).means is Means.FINE


@pytest.mark.parametrize(
    ("status", "body", "left"),
    [
        (403, b'{"error": {"errors": [{"reason": "quotaExceeded"}]}}', 0),
        (403, b'{"error": {"errors": [{"reason": "forbidden"}]}}', None),
        (200, b'{"items": [{"snippet": {"textDisplay": "\\"quotaExceeded\\""}}]}', None),
    ],
)
def test_an_answer_tells_that_the_day_is_spent(status: int, body: bytes, left: int | None) -> None:
    assert quota_gone(status, {}, body) == left
