"""Rules of handshakes: each network's own answer, and nothing for who does not know what was agreed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest

from bot.sources.base import Greeting, HookRefused
from bot.sources.kit.handshakes import challenge, crc, echo


def test_a_challenge_is_echoed_for_who_knows_the_token() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "meatyhamhock"}
    assert echo(asked, "meatyhamhock") == Greeting("1158201444", "text/plain")
    for token in ("", "other", "meatyhamhöck"):
        with pytest.raises(HookRefused) as refused:
            echo(asked, token)
        assert refused.value.status == 403


def test_who_asks_for_a_proof_gets_the_hmac_of_what_was_asked() -> None:
    digest = hmac.new(b"secret", b"a0-b_c", hashlib.sha256)
    told = crc({"crc_token": "a0-b_c"}, "secret")
    assert told is not None
    assert json.loads(told.text) == {"response_token": f"sha256={base64.b64encode(digest.digest()).decode()}"}
    told = challenge({"challengeCode": "a0-b_c"}, "secret")
    assert told is not None
    assert json.loads(told.text) == {"challengeCode": "a0-b_c", "challengeResponse": digest.hexdigest()}
    assert told.media_type == "application/json"


@pytest.mark.parametrize(("asks", "name"), [(echo, "hub.challenge"), (crc, "crc_token"), (challenge, "challengeCode")])
def test_nothing_asked_is_nothing_answered_and_what_is_no_challenge_is_refused(asks: object, name: str) -> None:
    def ask(query: Mapping[str, str]) -> Greeting | None:
        return asks(query, "secret")  # type: ignore[operator,no-any-return]

    assert ask({"other": "x"}) is None
    for odd in ("", "x" * 1_001, "a\r\nb", "ä"):
        with pytest.raises(HookRefused) as refused:
            ask({name: odd, "hub.verify_token": "secret"})
        assert refused.value.status == 400
