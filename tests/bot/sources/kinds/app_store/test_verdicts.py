"""Rules of what Apple's answers mean, row by row."""

import pytest

from bot.sources.kinds.app_store.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def answered(status: int, code: str = "", detail: str = "No.") -> Answer:
    error = {"id": "8e3eec32", "status": str(status), "code": code, "title": "No.", "detail": detail}
    return Answer(status, {}, {"errors": [error, {"code": "ANOTHER"}]})


EXAMPLES = [
    (answered(401, "NOT_AUTHORIZED"), Means.EXPIRED, ""),
    (answered(403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"), Means.ACCOUNT, "agreement"),
    (answered(403, "FORBIDDEN_ERROR"), Means.ACCOUNT, "“Customer Support”"),
    (answered(403, "FORBIDDEN"), Means.ACCOUNT, "“Customer Support”"),
    (answered(404, "NOT_FOUND"), Means.PARENT_GONE, "deleted"),
    (answered(409, "ENTITY_ERROR.RELATIONSHIP.INVALID"), Means.PARENT_GONE, "deleted"),
    (answered(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG", "Long."), Means.REFUSED, "Apple does not take it: Long."),
    (answered(422, "ENTITY_UNPROCESSABLE", "Empty."), Means.REFUSED, "Apple does not take it: Empty."),
    (answered(400, "PARAMETER_ERROR.INVALID", "'x' is not a valid cursor."), Means.PARENT_GONE, "changed"),
    (answered(400, "PARAMETER_ERROR.INVALID", "'x' is no sort."), Means.LOOK, "400 PARAMETER_ERROR.INVALID"),
    (answered(409, "STATE_ERROR"), Means.LOOK, "409 STATE_ERROR"),
    (answered(403, "SOMETHING_NEW"), Means.LOOK, "403 SOMETHING_NEW"),
    (Answer(404, {}), Means.LOOK, "404"),
    (Answer(409, {}, {"errors": {"code": "STATE_ERROR"}}), Means.LOOK, "409"),
]


@pytest.mark.parametrize(("answer", "means", "why"), EXAMPLES)
def test_a_no_means_what_its_status_and_code_say(answer: Answer, means: Means, why: str) -> None:
    verdict = VERDICTS.judge(answer)
    assert verdict.means is means
    assert why in verdict.why


def test_every_row_has_its_example() -> None:
    found = {id(VERDICTS.row(answer)) for answer, _, _ in EXAMPLES}
    assert all(id(row) in found for row in VERDICTS.rows)
