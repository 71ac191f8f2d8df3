"""Rules of what Khoros's answers mean, row by row."""

from typing import Any

import pytest

from bot.sources.kinds.khoros.verdicts import FOR_STRANGERS, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means


def old(code: object, status: int = 200) -> Answer:
    told: Any = {"response": {"status": "error", "error": {"code": code, "message": "No."}}}
    return Answer(status, {}, told)


def new(code: object, status: int = 200, **more: str) -> Answer:
    return Answer(
        status, {}, {"status": "error", "message": "No.", "data": {"type": "error_data", "code": code, **more}}
    )


EXAMPLES = [
    (old(301), Means.EXPIRED, ""),
    (old("301", 403), Means.EXPIRED, ""),
    (new(301), Means.EXPIRED, ""),
    (Answer(401, {}, None), Means.EXPIRED, ""),
    (new(203), Means.ACCOUNT, "does not allow that"),
    (new(203, 403), Means.ACCOUNT, "give our account the right. No."),
    (new(604, developer_message="Invalid query syntax"), Means.LOOK, "(604). Invalid query syntax"),
    (new(None), Means.LOOK, "(unknown)"),
    (new([]), Means.LOOK, "(unknown)"),
    (old({}), Means.LOOK, "(unknown)"),
    (Answer(200, {}, {"status": "error"}), Means.LOOK, "(unknown)"),
    (new(101, 404), Means.LOOK, "404 101"),
    (Answer(400, {}, None), Means.LOOK, "400"),
    (Answer(200, {}, {"status": "success", "data": {"code": 203}}), Means.FINE, ""),
    (Answer(200, {}, {"response": {"status": "success"}}), Means.FINE, ""),
    (Answer(200, {}, []), Means.FINE, ""),
]


@pytest.mark.parametrize(("answer", "means", "why"), EXAMPLES)
def test_a_no_means_what_it_says_whatever_its_status(answer: Answer, means: Means, why: str) -> None:
    verdict = VERDICTS.judge(answer)
    assert verdict.means is means
    assert why in verdict.why


def test_a_stranger_is_told_what_lets_members_in() -> None:
    assert "`members = true`" in FOR_STRANGERS.judge(new(203)).why
    assert FOR_STRANGERS.judge(new(604)).means is Means.LOOK


def test_every_row_has_its_example() -> None:
    found = {id(VERDICTS.row(answer)) for answer, _, _ in EXAMPLES}
    assert all(id(row) in found for row in VERDICTS.rows)
