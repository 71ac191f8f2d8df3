"""Rules of Meta's hook: signed over the bytes as they came, and whatever nobody asked for is nothing."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sources.base import Greeting, HookRefused, SourceConfig
from bot.sources.kit.meta_hook import MetaHook, changes, known_by

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
VARIABLES = {"app_secret": "THE_SECRET", "verify_token": "THE_TOKEN"}
# The same emoji as it is, and as Meta escapes it.
BODY = '{"object": "page", "entry": [{"text": "\\u00e9\\ud83d\\ude00 \U0001f600"}]}'.encode()


def hook(**secrets: str) -> MetaHook:
    return MetaHook(SourceConfig(name="page", kind="acme", options=None, secrets=secrets), VARIABLES)


def signed(raw: bytes, secret: str = "app-secret") -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


AGREED = hook(app_secret="new-secret app-secret", verify_token="agreed")


def test_a_delivery_is_verified_as_it_came() -> None:
    assert AGREED.agreed
    assert AGREED.read(signed(BODY), BODY, NOW)["entry"] == [{"text": "é😀 😀"}]
    assert AGREED.read(signed(BODY, "new-secret"), BODY, NOW)
    for anew in (json.dumps(json.loads(BODY)).encode(), json.dumps(json.loads(BODY), ensure_ascii=False).encode()):
        with pytest.raises(HookRefused) as refused:
            AGREED.read(signed(BODY), anew, NOW)
        assert refused.value.status == 401
    assert known_by(BODY) == known_by(bytes(BODY)) != known_by(BODY + b" ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(BODY, "guessed"),
        {"X-Hub-Signature": "sha1=" + hmac.new(b"app-secret", BODY, "sha1").hexdigest()},
        {"X-Hub-Signature-256": signed(BODY)["X-Hub-Signature-256"].removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha256=é"},
    ],
)
def test_what_is_not_signed_by_meta_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(HookRefused) as refused:
        AGREED.read(headers, BODY, NOW)
    assert refused.value.status == 401


def test_a_large_delivery_is_read_and_what_is_no_object_says_nothing() -> None:
    large = json.dumps({"object": "page", "entry": [{"text": "é" * 100_000}] * 3}).encode()
    assert len(large) > 300_000
    assert len(AGREED.read(signed(large), large, NOW)["entry"]) == 3
    assert AGREED.read(signed(b"[1]"), b"[1]", NOW) == {}
    with pytest.raises(HookRefused) as refused:
        AGREED.read(signed(b"{"), b"{", NOW)
    assert refused.value.status == 400


def test_the_challenge_is_given_back_to_who_knows_what_was_agreed() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "agreed"}
    assert AGREED.handshake(asked) == Greeting("1158201444")
    assert AGREED.handshake({}) is None
    with pytest.raises(HookRefused) as refused:
        AGREED.handshake(asked | {"hub.verify_token": "guessed"})
    assert refused.value.status == 403


def test_without_secrets_there_is_no_hook() -> None:
    for bare in (hook(), hook(app_secret=" ", verify_token=" ")):
        assert not bare.agreed
        with pytest.raises(HookRefused, match="THE_TOKEN") as refused:
            bare.handshake({"hub.challenge": "1", "hub.verify_token": ""})
        assert refused.value.status == 403
        with pytest.raises(HookRefused, match="THE_SECRET") as refused:
            bare.read(signed(BODY, ""), BODY, NOW)
        assert refused.value.status == 401


def test_changes_are_told_oldest_first_whatever_the_order_of_the_entries() -> None:
    later = {"id": "1", "time": 1449135009, "changes": [{"field": "feed", "value": {"item": "like"}}]}
    first = {"id": 1, "time": 1449135003, "changes": [{"field": "feed", "value": {"item": "comment"}}, {"field": "x"}]}
    found = changes({"object": "page", "entry": [later, first]}, "page")
    assert [(one.node, one.topic, one.value.get("item")) for one in found] == [
        ("1", "feed", "comment"),
        ("1", "x", None),
        ("1", "feed", "like"),
    ]
    assert found[0].at == datetime(2015, 12, 3, 9, 30, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"object": "instagram", "entry": [{"id": "1", "changes": [{"field": "comments", "value": {}}]}]},
        {"object": ["page"], "entry": 7},
        {"object": "page", "entry": {"id": "1"}},
        {"object": "page", "entry": [7, None, {"id": "1", "messaging": []}, {"id": "1", "changes": "x"}]},
        {"app_id": "1", "topic": "moderate", "values": {"value": {}, "field": "replies"}},
    ],
)
def test_an_envelope_of_another_shape_holds_nothing(told: dict[str, Any]) -> None:
    assert changes(told, "page") == []
