"""Rules of what Stack Exchange's errors mean: each row of the table with the answer that it is for."""

import pytest

from bot.net.retry_after import LONGEST_REST
from bot.sources.kinds.stack_exchange.verdicts import backoff, verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means

TABLE = verdicts("DIBS_SOURCE_STACK_KEY")


def error(number: int, name: str, message: str = "") -> dict[str, object]:
    return {"error_id": number, "error_name": name, "error_message": message}


ANSWERS = [
    (200, {"items": []}, Means.FINE, None),
    (400, error(502, "throttle_violation", "…, more requests available in 17524 seconds"), Means.AGAIN, 17_524.0),
    (400, error(502, "throttle_violation", "available in 999999999 seconds"), Means.AGAIN, LONGEST_REST),
    (400, error(502, "throttle_violation", "Violation of backoff parameter"), Means.AGAIN, None),
    (400, error(500, "internal_error"), Means.AGAIN, None),
    (400, error(503, "temporarily_unavailable"), Means.AGAIN, None),
    (400, error(400, "bad_parameter", "`key` doesn't match a known application"), Means.ACCOUNT, None),
    (400, error(405, "key_required", "`key` is required"), Means.ACCOUNT, None),
    (400, error(400, "bad_parameter", "No site found for name `x`"), Means.LOOK, None),
    (400, error(404, "no_method", "this method cannot be called"), Means.LOOK, None),
    (400, None, Means.LOOK, None),
    (400, {"error_id": "502"}, Means.LOOK, None),
]


@pytest.mark.parametrize(("status", "body", "means", "rest"), ANSWERS)
def test_an_answer_means(status: int, body: dict[str, object] | None, means: Means, rest: float | None) -> None:
    verdict = TABLE.judge(Answer(status, {}, body))
    assert (verdict.means, verdict.rest) == (means, rest)


def test_every_row_has_its_answer() -> None:
    answers = [Answer(status, {}, body) for status, body, _, _ in ANSWERS]
    assert [row for row in TABLE.rows if row not in [TABLE.row(one) for one in answers]] == []


@pytest.mark.parametrize(("told", "rest"), [(10, 10.0), (0, 0.0), (-5, 0.0), ("10", 0.0), (True, 0.0), (10**9, 86_400)])
def test_a_wait_is_a_whole_number_of_seconds_within_a_day(told: object, rest: float) -> None:
    assert backoff({"backoff": told}) == rest
