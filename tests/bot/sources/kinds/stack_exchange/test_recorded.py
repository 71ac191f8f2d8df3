"""A recorded answer of the real Stack Exchange, with its wrapper, where it lies beside the checkout."""

import json
from pathlib import Path

import pytest

from bot.sources.kinds.stack_exchange.verdicts import backoff, quota_left, verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.html import decode_entities
from bot.sources.kit.verdicts import Means

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "stack_exchange" / "users_associated.json"

pytestmark = pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded answer is not beside the checkout")


def test_the_recorded_wrapper_is_read() -> None:
    raw = RECORDED.read_bytes()
    told = json.loads(raw)
    assert quota_left(200, {}, raw) == told["quota_remaining"]
    assert backoff(told) == told.get("backoff", 0)
    assert verdicts("KEY").judge(Answer(200, {}, told)).means == Means.FINE


def test_recorded_names_hold_entities_that_are_decoded_once() -> None:
    names = [one["site_name"] for one in json.loads(RECORDED.read_bytes())["items"]]
    assert any("&" in one for one in names)
    assert not [one for one in map(decode_entities, names) if "&amp;" in one]
