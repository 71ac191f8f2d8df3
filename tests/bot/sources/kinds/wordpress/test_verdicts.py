"""Rules of what WordPress's answers mean: each row of the table with the answer that it is for."""

import json

import pytest

from bot.sources.kinds.wordpress.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means

ANSWERS = [
    (201, {"id": 5, "status": "hold"}, Means.FINE),
    (401, {"code": "rest_cannot_read"}, Means.PARENT_GONE),
    (403, {"code": "rest_cannot_read"}, Means.PARENT_GONE),
    (401, {"code": "rest_cannot_read_post"}, Means.PARENT_GONE),
    (403, {"code": "rest_cannot_read_post"}, Means.PARENT_GONE),
    (403, {"code": "rest_comment_closed"}, Means.PARENT_GONE),
    (403, {"code": "rest_comment_trash_post"}, Means.PARENT_GONE),
    (403, {"code": "rest_comment_draft_post"}, Means.PARENT_GONE),
    (403, {"code": "rest_comment_invalid_post_id"}, Means.PARENT_GONE),
    (404, {"code": "rest_post_invalid_id"}, Means.PARENT_GONE),
    (401, {"code": "rest_comment_login_required"}, Means.EXPIRED),
    (401, {"code": "incorrect_password"}, Means.EXPIRED),
    (401, {"code": "rest_login_required"}, Means.EXPIRED),
    (401, None, Means.EXPIRED),
    (400, {"code": "comment_flood"}, Means.AGAIN),
    (429, {"code": "comment_flood"}, Means.AGAIN),
    (400, {"code": "rest_comment_author_data_required"}, Means.ACCOUNT),
    (404, {"code": "rest_no_route"}, Means.ACCOUNT),
    (409, {"code": "comment_duplicate"}, Means.LOOK),
    (400, {"code": "comment_content_column_length"}, Means.REFUSED),
    (400, {"code": "rest_comment_content_invalid"}, Means.REFUSED),
    (400, {"code": "require_valid_comment"}, Means.REFUSED),
    (400, {"code": "rest_invalid_param", "message": "Invalid parameter(s): post"}, Means.REFUSED),
    (413, None, Means.REFUSED),
    # What is none of WordPress's own, or new: it may stand there.
    (400, {"code": "a_plugin_says_no", "message": "No."}, Means.LOOK),
    (403, {"code": "a_plugin_says_no"}, Means.LOOK),
    (403, None, Means.LOOK),
    (404, None, Means.LOOK),
    (405, None, Means.LOOK),
    (409, None, Means.LOOK),
]


@pytest.mark.parametrize(("status", "body", "means"), ANSWERS, ids=lambda value: json.dumps(value)[:60])
def test_an_answer_means(status: int, body: dict[str, object] | None, means: Means) -> None:
    verdict = VERDICTS.judge(Answer(status, {}, body))
    assert verdict.means == means
    assert verdict.rest == (15.0 if means is Means.AGAIN else None)


def test_every_row_has_its_answer() -> None:
    answers = [Answer(status, {}, body) for status, body, _ in ANSWERS]
    first = [next((row for row in VERDICTS.rows if row.holds(one, VERDICTS.read(one))), None) for one in answers]
    assert [row for row in VERDICTS.rows if row not in first] == []


def test_a_no_is_told_in_its_words_on_one_line() -> None:
    verdict = VERDICTS.judge(Answer(403, {}, {"code": "wordfence", "message": "Your access\nis limited."}))
    assert verdict.why == "The site refused it (403). Your access is limited."
