"""Rules of what Lemmy's answers mean: each row of the table with the answer that it is for."""

import json

import pytest

from bot.sources.kinds.lemmy.verdicts import verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means

TABLE = verdicts("lemmy.example")
ANSWERS = [
    (200, {"comment_view": {}}, Means.FINE),
    (200, {"site_view": {}, "my_user": {"local_user_view": {}}}, Means.FINE),
    (200, {"site_view": {}}, Means.EXPIRED),
    (401, {"error": "incorrect_login"}, Means.EXPIRED),
    (401, None, Means.EXPIRED),
    (400, {"error": "not_logged_in"}, Means.EXPIRED),
    (400, {"error": "incorrect_login"}, Means.EXPIRED),
    (400, {"error": "rate_limit_error"}, Means.AGAIN),
    (404, {"error": "not_found"}, Means.PARENT_GONE),
    (404, {"error": "couldnt_find_post"}, Means.PARENT_GONE),
    (400, {"error": "couldnt_find_comment"}, Means.PARENT_GONE),
    (400, {"error": "couldnt_find_object"}, Means.PARENT_GONE),
    (400, {"error": "object_is_not_public"}, Means.PARENT_GONE),
    (400, {"error": "locked"}, Means.PARENT_GONE),
    (400, {"error": "post_is_locked"}, Means.PARENT_GONE),
    (400, {"error": "deleted"}, Means.PARENT_GONE),
    (400, {"error": "max_comment_depth_reached"}, Means.PARENT_GONE),
    (400, {"error": "banned_from_community"}, Means.PARENT_GONE),
    (400, {"error": "person_is_banned_from_community"}, Means.PARENT_GONE),
    (400, {"error": "person_is_blocked"}, Means.PARENT_GONE),
    (400, {"error": "community_is_blocked"}, Means.PARENT_GONE),
    (400, {"error": "site_ban"}, Means.ACCOUNT),
    (400, {"error": "banned"}, Means.ACCOUNT),
    (400, {"error": "person_is_banned_from_site", "message": "spam"}, Means.ACCOUNT),
    (400, {"error": "email_not_verified"}, Means.ACCOUNT),
    (400, {"error": "registration_application_is_pending"}, Means.ACCOUNT),
    (400, {"error": "invalid_body_field"}, Means.REFUSED),
    (400, {"error": "language_not_allowed"}, Means.REFUSED),
    (400, {"error": "slurs"}, Means.REFUSED),
    (400, {"error": "blocked_url"}, Means.REFUSED),
    # What comes after the comment was made, and what is new: it may stand there.
    (400, {"error": "couldnt_like_comment"}, Means.LOOK),
    (400, {"error": "couldnt_update_replies"}, Means.LOOK),
    (400, {"error": "couldnt_create_comment"}, Means.LOOK),
    (400, {"error": "unknown", "message": "a plugin says no"}, Means.LOOK),
    (400, None, Means.LOOK),
    (403, None, Means.LOOK),
    (404, None, Means.LOOK),
]


@pytest.mark.parametrize(("status", "body", "means"), ANSWERS, ids=lambda value: json.dumps(value)[:60])
def test_an_answer_means(status: int, body: dict[str, object] | None, means: Means) -> None:
    assert TABLE.judge(Answer(status, {}, body)).means == means


def test_every_row_has_its_answer() -> None:
    answers = [Answer(status, {}, body) for status, body, _ in ANSWERS]
    assert [row for row in TABLE.rows if row not in [TABLE.row(one) for one in answers]] == []


def test_who_asks_as_anybody_is_told_nothing_about_themselves() -> None:
    assert verdicts("lemmy.example", knows_us=False).judge(Answer(200, {}, {"site_view": {}})).means == Means.FINE


def test_a_no_is_told_in_its_words_on_one_line() -> None:
    verdict = TABLE.judge(Answer(400, {}, {"error": "unknown", "message": "a plugin\nsays no"}))
    assert verdict.why == "lemmy.example refused it (400). unknown a plugin says no"
