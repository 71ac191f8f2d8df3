"""Rules of hooks: who is let in, and what a delivery may look like."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import HookRefused, SourceConfig
from bot.sources.kinds.webhook.options import WebhookOptions
from bot.sources.kinds.webhook.source import Webhook
from bot.sources.kit.options import OptionError, build_options
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Event, Posted

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY, OLD_KEY = b"k" * 24, b"o" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLD_SECRET = "whsec_" + base64.b64encode(OLD_KEY).decode()
MAP = {"id": "/id", "text": "/body", "url": "/url", "author": "/author/name", "published": "/timestamp"}
BODY = json.dumps({"id": "p1", "body": "Acme, my invoice is wrong"}).encode()


def hook(secret: str = SECRET, **options: Any) -> Webhook:
    table = {"scheme": "standard", "map": MAP, **options}
    tools = SourceTools(fetcher=Fetcher(Clock(lambda: NOW)), isolation=Isolation(), clock=Clock(lambda: NOW))
    settings = build_options(WebhookOptions, table)
    secrets = {"secret": secret} if secret else {}
    return Webhook(SourceConfig(name="octolens", kind="webhook", options=settings, secrets=secrets), tools)


def signed(raw: bytes, *, key: bytes = KEY, at: datetime = NOW, version: str = "v1") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(key, b"msg_1." + stamp.encode() + b"." + raw, "sha256")
    signature = f"{version},{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": stamp, "Webhook-Signature": signature}


def refusal(source: Webhook, headers: Mapping[str, str], raw: bytes) -> int:
    with pytest.raises(HookRefused) as caught:
        source.receive(headers, raw, NOW)
    return caught.value.status


def received(document: Any, **options: Any) -> tuple[Posted, ...]:
    """Deliver a document over a bearer hook."""
    source = hook("s3cret", scheme="bearer", **options)
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return posts_of(source.receive({"Authorization": "Bearer s3cret"}, raw, NOW))


def posts_of(delivery: Sequence[Event]) -> tuple[Posted, ...]:
    """Return the posts of a delivery that holds nothing else."""
    posts = tuple(one for one in delivery if isinstance(one, Posted))
    assert len(posts) == len(delivery)
    return posts


def refused(document: Any, **options: Any) -> int:
    with pytest.raises(HookRefused) as caught:
        received(document, **options)
    return caught.value.status


# --- who is let in ---------------------------------------------------------------------------------------------------


def test_a_standard_delivery_is_taken() -> None:
    (post,) = posts_of(hook().receive(signed(BODY), BODY, NOW))
    assert (post.external_id, post.text) == ("p1", "Acme, my invoice is wrong")


def test_the_example_of_the_standard_itself_is_taken() -> None:
    # https://github.com/standard-webhooks/standard-webhooks: the vector of its libraries' tests
    raw = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    source = hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", map={"text": "/test"})
    (post,) = posts_of(source.receive(headers, raw, datetime.fromtimestamp(1_614_265_330, UTC)))
    assert post.text == "2432232314"


def as_svix(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("Webhook-", "svix-"): value for name, value in headers.items()}


def test_the_standard_s_elder_names_are_taken_when_one_whole_set_is_there() -> None:
    new = signed(BODY)
    old = as_svix(new)
    for sent in (old, {**old, **new}, {**old, "Webhook-Id": "msg_1"}, {**new, "svix-id": "msg_9"}):
        assert hook().receive(sent, BODY, NOW)
    assert refusal(hook(), old | {"svix-id": "msg_2"}, BODY) == 401
    assert refusal(hook(), old, BODY + b" ") == 401
    assert refusal(hook(), as_svix(signed(BODY, key=OLD_KEY)), BODY) == 401
    assert refusal(hook(), as_svix(signed(BODY, at=NOW - timedelta(minutes=6))), BODY) == 401


@pytest.mark.parametrize("missing", ["Id", "Timestamp", "Signature"])
def test_two_sets_that_are_each_half_there_make_no_whole_one(missing: str) -> None:
    whole = signed(BODY)
    half = {name: value for name, value in whole.items() if name != f"Webhook-{missing}"}
    rest = {f"svix-{missing}": whole[f"Webhook-{missing}"]}
    assert refusal(hook(), half | rest, BODY) == 401


def test_while_a_secret_is_rotated_either_side_may_hold_both() -> None:
    new, old = signed(BODY), signed(BODY, key=OLD_KEY)
    both = {**new, "Webhook-Signature": f"{old['Webhook-Signature']} {new['Webhook-Signature']}"}
    assert hook().receive(both, BODY, NOW)
    rotating = hook(f"{SECRET} {OLD_SECRET}")
    assert rotating.receive(new, BODY, NOW)
    assert rotating.receive(old, BODY, NOW)
    assert refusal(hook(), old, BODY) == 401


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_delivery_is_refused_whichever_clock_is_wrong(minutes: int) -> None:
    assert refusal(hook(), signed(BODY, at=NOW + timedelta(minutes=minutes)), BODY) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
        {"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": "²"},
        {"Webhook-Timestamp": "9" * 500},
        {"Webhook-Timestamp": ""},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "v1,é\udcff"},
        {"Webhook-Signature": signed(BODY, version="v1a")["Webhook-Signature"]},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    assert refusal(hook(), signed(BODY) | change, BODY) == 401


def test_a_changed_body_and_a_delivery_without_any_signature_are_refused() -> None:
    assert refusal(hook(), signed(BODY), BODY + b" ") == 401
    assert refusal(hook(), {}, BODY) == 401
    assert refusal(hook("x", scheme="hmac"), {}, BODY) == 401
    assert refusal(hook("x", scheme="bearer"), {}, BODY) == 401


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_an_hmac_is_read_as_it_was_agreed(algorithm: str, encoding: str) -> None:
    digest = hmac.digest(b"s3cret", BODY, algorithm)
    written = digest.hex().upper() if encoding == "hex" else base64.b64encode(digest).decode()
    options = {"scheme": "hmac", "header": "X-Hub-Signature", "algorithm": algorithm, "encoding": encoding}
    source = hook("s3cret", prefix="sig=", **options)
    assert source.receive({"x-hub-signature": f"sig={written}"}, BODY, NOW)
    assert refusal(source, {"x-hub-signature": written}, BODY) == 401
    assert refusal(source, {"x-hub-signature": f"sig={written}"}, BODY + b" ") == 401
    assert refusal(source, {"x-hub-signature": "sig=é"}, BODY) == 401


def test_an_hmac_with_a_time_covers_the_time() -> None:
    stamp = str(int(NOW.timestamp()))
    digest = hmac.new(b"s3cret", stamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    source = hook("s3cret", scheme="hmac", timestamp_header="X-Time")
    assert source.receive({"X-Signature": digest, "X-Time": stamp}, BODY, NOW)
    assert refusal(source, {"X-Signature": digest, "X-Time": str(int(stamp) + 1)}, BODY) == 401
    with pytest.raises(HookRefused):
        source.receive({"X-Signature": digest, "X-Time": stamp}, BODY, NOW + timedelta(minutes=6))


@pytest.mark.parametrize(
    "given_header", ["", "Bearer", "Bearer wrong", "Basic s3cret", "s3cret", "Bearer é", "Bearer "]
)
def test_a_bearer_without_the_secret_is_refused(given_header: str) -> None:
    assert refusal(hook("s3cret", scheme="bearer"), {"Authorization": given_header}, BODY) == 401


@pytest.mark.parametrize(
    ("scheme", "secret"),
    [("bearer", ""), ("hmac", "  "), ("standard", ""), ("standard", "whsec_é"), ("standard", "whsec_")],
)
def test_a_hook_without_a_usable_secret_is_not_opened(scheme: str, secret: str) -> None:
    with pytest.raises(OptionError) as caught:
        hook(secret, scheme=scheme)
    assert caught.value.key == "DIBS_HOOK_OCTOLENS_SECRET"


def test_the_secret_is_not_in_what_may_be_logged() -> None:
    config = SourceConfig(name="a", kind="webhook", options=None, secrets={"secret": "hush"})
    assert "hush" not in repr(config)


# --- what a delivery may look like -----------------------------------------------------------------------------------


def test_a_field_is_where_its_pointer_says() -> None:
    item = {"a/b": {"m~n": "text"}, "people": [{"n": "Ana"}], "when": 1_772_600_767, "l": "DE", "h": "@ana", "t": "T"}
    pointers = {"text": "/a~1b/m~0n", "author": "/people/0/n", "published": "/when", "lang": "/l", "handle": "/h"}
    (post,) = received(item, map=pointers | {"title": "/t", "url": "/people/01/n"})
    assert (post.text, post.author.name, post.author.handle) == ("text", "Ana", "@ana")
    assert (post.lang, post.title, post.url) == ("de", "T", "")
    assert post.published_at == datetime.fromtimestamp(1_772_600_767, UTC)


@pytest.mark.parametrize(
    ("told", "meant"),
    [(12_400, 12_400), ("12400", 12_400), (0, 0), (-1, None), ("many", None), (True, None), ({}, None)],
)
def test_how_many_follow_an_author_is_a_whole_number_or_unknown(told: Any, meant: int | None) -> None:
    (found,) = received({"id": "1", "body": "Hello", "fans": told}, map={**MAP, "followers": "/fans"})
    assert found.author.followers == meant


def test_one_post_or_a_list_or_a_list_inside() -> None:
    first, second = {"id": 1, "body": "a"}, {"id": 2, "body": "b"}
    assert [post.external_id for post in received(first)] == ["1"]
    assert [post.external_id for post in received([first, second])] == ["1", "2"]
    assert [post.external_id for post in received({"data": {"x": [second]}}, items="/data/x")] == ["2"]
    assert [post.external_id for post in received({"data": second}, items="/data")] == ["2"]
    assert received([]) == ()


def test_text_stays_as_it_came() -> None:
    text = "<!channel> <https://evil.example|good> &amp; <b>*x*</b> \u202e\u200b"
    (post,) = received({"id": "1", "body": text})
    assert post.text == text
    assert post.links == ("https://evil.example",)


def test_without_an_id_and_an_address_its_content_names_the_post() -> None:
    (one,), (same,), (other,) = (received({"body": body, "n": 1}) for body in ("x", "x", "y"))
    assert one.external_id == same.external_id != other.external_id


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-03-04T06:06:07+01:00", NOW),
        ("2026-03-04T05:06:07Z", NOW),
        ("2026-03-04T05:06:07", NOW),
        (int(NOW.timestamp()), NOW),
        (NOW.timestamp() * 1000, NOW),
        (str(int(NOW.timestamp())), NOW),
        (str(int(NOW.timestamp()) * 1000), NOW),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:00", None),
        (10**30, None),
        (-1e300, None),
        ("9" * 16, None),
        (None, None),
    ],
)
def test_a_time_is_iso_seconds_or_milliseconds_and_else_unknown(told: Any, meant: datetime | None) -> None:
    (post,) = received({"id": "1", "body": "x", "timestamp": told})
    assert post.published_at == meant


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b"NaN",
        b'{"id": 1, "body": NaN}',
        b'{"id": ' + b"9" * 5_000 + b', "body": "x"}',
        b'{"id": ' + b"9" * 100 + b', "body": "x"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"1",
        b'"text"',
        b"null",
        [1],
        [[{"id": 1, "body": "x"}]],
        {"id": 1},
        {"id": 1, "body": "  "},
        {"id": 1, "body": None},
        {"id": {"x": 1}, "body": "x"},
        {"id": 1, "body": ["x"]},
        {"id": 1, "body": "x", "author": {"name": {}}},
        {"id": 1, "body": "x", "timestamp": {}},
        [{"id": 1}, {"id": 2}],
        [{"id": n, "body": "x"} for n in range(1_001)],
    ],
    ids=lambda document: str(document)[:30],
)
def test_what_was_not_agreed_is_400(document: Any) -> None:
    assert refused(document) == 400


def test_an_agreed_list_that_is_not_there_is_400() -> None:
    assert refused({"other": []}, items="/data") == 400


def test_a_nul_and_a_lone_surrogate_do_not_reach_the_database() -> None:
    (post,) = received(b'{"id": "a\\u0000b", "body": "x\\ud800y\\u0000"}')
    assert (post.external_id, post.text) == ("ab", "x?y")


@pytest.mark.parametrize(
    "address",
    ["https://shop.example/\udfff", "https://shop.example\\@evil.example/", "\x00", "https://shop.example/\x1b"],
)
def test_a_bad_address_costs_the_address_and_never_the_delivery(address: str) -> None:
    first, second = received([{"id": "1", "body": "one"}, {"id": "2", "body": "two", "url": address}])
    assert (first.text, second.text, second.url) == ("one", "two", "")


_NAMES = st.sampled_from(["id", "body", "url", "author", "timestamp", "name"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner),
)


def outcome(document: Any) -> tuple[Posted, ...] | int:
    """Return the posts of a delivery, or the status with which it was refused."""
    try:
        return received(document)
    except HookRefused as refused_with:
        return refused_with.status


@given(_JSON)
def test_whatever_json_comes_is_taken_or_refused(document: Any) -> None:
    told = outcome(document)
    assert told == 400 or (isinstance(told, tuple) and all(1 <= len(post.external_id) <= 512 for post in told))


@given(st.binary())
def test_whatever_bytes_come_are_taken_or_refused(raw: bytes) -> None:
    assert outcome(raw) in (400, ())


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"map": {"id": "/id"}}, "map"),
        ({"map": {"text": "body"}}, "map"),
        ({"map": {"text": "/a~2"}}, "map"),
        ({"map": {"text": "/b", "autor": "/a"}}, "map"),
        ({"map": {"text": 1}}, "map"),
        ({"items": "data"}, "items"),
        ({"scheme": "none"}, "scheme"),
        ({"algorithm": "md5"}, "algorithm"),
        ({"heder": "X"}, "heder"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        hook(**options)
    assert caught.value.key == key
