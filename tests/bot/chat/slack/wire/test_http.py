"""The front: unsigned, stale, tampered 401; too large 413; no shape 400; and never an effect or a 5xx."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.chat.slack.wire.http import SlackFront
from bot.net.request_body import LARGEST
from bot.runtime.clock import Clock
from tests.bot.chat.slack.installation import SlackInstallation, installation
from tests.harness.loops import run_in

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
GZIP = {"content-encoding": "gzip"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackInstallation]:
    with installation(Path(tmp_path_factory.mktemp("front"))) as built:
        yield built


def _press(home: SlackInstallation) -> bytes:
    _, card = home.arrive()
    return home.slack.build.press(home.ana, card, "dibs:claim").body()


def test_what_slack_did_not_sign_now_is_refused_and_has_no_effect(home: SlackInstallation) -> None:
    body = _press(home)
    good = home.slack.sign(body)
    stamp = good["x-slack-request-timestamp"]
    wrong: dict[str, dict[str, str]] = {
        "unsigned": {},
        "no stamp": {"x-slack-signature": good["x-slack-signature"]},
        "stale": home.slack.sign(body, int(time.time()) - 301),
        "from the future": home.slack.sign(body, int(time.time()) + 301),
        "tampered": home.slack.sign(body + b" "),
        "cut": good | {"x-slack-signature": good["x-slack-signature"][:-1]},
        "not ASCII": good | {"x-slack-signature": "v0=\u00fcber"},
        "no number": home.slack.sign(body, "12e3") | {"x-slack-request-timestamp": "12e3"},
        "other digits": good | {"x-slack-request-timestamp": "".join(chr(0x660 + int(d)) for d in stamp)},
        "endless number": good | {"x-slack-request-timestamp": "9" * 5_000},
        "another version": good | {"x-slack-signature": good["x-slack-signature"].replace("v0", "v1")},
    }
    for what, headers in wrong.items():
        status, answer = home.slack.post(body, headers | FORM)
        assert (status, answer) == (401, b""), what
    rows = home.scene.database.read(
        lambda session: session.connection().exec_driver_sql("select count(*) from seen_request").scalar()
    )
    assert rows == 0


def test_more_than_a_mebibyte_is_refused_before_it_is_read_whole(home: SlackInstallation) -> None:
    body = b"x" * (LARGEST + 1)

    async def send() -> int:
        headers = home.slack.sign(body) | JSON
        async with home.slack.sender.session.post(home.slack.sender.url, data=BytesIO(body), headers=headers) as answer:
            return answer.status

    assert run_in(home.slack.loop, send()) == 413


def test_a_body_that_says_it_is_compressed_is_refused(home: SlackInstallation) -> None:
    status, answer = home.slack.post(b"no gzip at all", home.slack.sign(b"no gzip at all") | FORM | GZIP)
    assert (status, answer) == (415, b"")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"ssl_check=1&token=fake", FORM, 200),
        (b"ssl_check=1", FORM, 200),
        (b"ssl_check=1&command=%2Fdibs&text=claim&user_id=U1", FORM, 200),
        (b"ssl_check=1&x=" + b"y" * 1_010, FORM, 200),
        (b"ssl_check=1&x=" + b"y" * 1_011, FORM, 401),
        (b"ssl_check=10&token=fake", FORM, 401),
        (b"ssl_check=0&token=fake", FORM, 401),
        (b"token=fake&ssl_check=1", FORM, 401),
        (b" ssl_check=1", FORM, 401),
        (b"ssl_check%3D1", FORM, 401),
        (b"ssl_check=1", JSON, 401),
        (b"ssl_check=1", {}, 401),
        (b"ssl_check=1", FORM | {"x-slack-signature": "v0=1"}, 401),
        (b"ssl_check=1", FORM | GZIP, 415),
    ],
)
def test_how_slack_looks_at_the_certificate_is_answered_with_nothing(
    home: SlackInstallation, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert home.slack.post(body, headers) == (status, b"")


def _chunked(size: int) -> Any:
    async def parts() -> Any:
        for _ in range(size // 65_536 + 1):
            yield b"x" * 65_536

    return parts()


def test_a_body_without_a_length_is_measured_as_it_comes(home: SlackInstallation) -> None:
    async def send() -> int:
        async with home.slack.sender.session.post(home.slack.sender.url, data=_chunked(LARGEST * 2)) as answer:
            return answer.status

    assert run_in(home.slack.loop, send()) == 413


SHAPELESS: list[tuple[bytes, dict[str, str]]] = [
    (b"", JSON),
    (b"{", JSON),
    (b"[]", JSON),
    (b"null", JSON),
    (b'"text"', JSON),
    (b"\xff\xfe", JSON),
    (b"[" * 100_000, JSON),
    (b'{"type":' + b'{"a":' * 60 + b"1" + b"}" * 61, JSON),
    (json.dumps({"type": "event_callback", "event": []}).encode(), JSON),
    (json.dumps({"type": "event_callback", "event": {"a": [[[[]]]] * 3, "b": {"c": 1}}, "x": 1}).encode()[:-5], JSON),
    (json.dumps({"type": 5}).encode(), JSON),
    (b"", FORM),
    (b"payload=", FORM),
    (b"payload=%7B", FORM),
    (b"payload=%5B%5D", FORM),
    (b"payload=" + b"%5B" * 100_000, FORM),
    (b"a=1&" * 500, FORM),
    (b"command", {"content-type": "text/plain"}),
    (b"--x\r\n\r\n--x--", {"content-type": "multipart/form-data; boundary=x"}),
]


@pytest.mark.parametrize(("body", "headers"), SHAPELESS)
def test_what_is_signed_and_has_no_shape_is_400(home: SlackInstallation, body: bytes, headers: dict[str, str]) -> None:
    assert home.slack.post(body, home.slack.sign(body) | headers)[0] == 400


def test_signed_nonsense_in_every_field_is_never_a_5xx_and_never_an_effect(home: SlackInstallation) -> None:
    row, card = home.arrive()
    rng = random.Random(7)
    build = home.slack.build
    payloads = [
        build.press(home.ana, card, "dibs:claim").payload,
        build.press(home.ana, card, "dibs:handoff").payload,
        build.shortcut(home.ana, card, "dibs_claim").payload,
        build.react(home.ana, card, "eyes").payload,
        build.user_change(home.ana).payload,
        build.join_channel(home.finance).payload,
    ]
    for number in range(400):
        payload = json.loads(json.dumps(rng.choice(payloads)))
        _break(payload, rng)
        kind = payload.get("type")
        body = (
            json.dumps(payload).encode()
            if kind == "event_callback"
            else urlencode({"payload": json.dumps(payload)}).encode()
        )
        status, _ = home.slack.post(body, home.slack.sign(body) | (JSON if kind == "event_callback" else FORM))
        assert status in (200, 400), (number, status, payload)
    assert home.scene.log(row)[0] == "arrived"


def _break(payload: dict[str, Any], rng: random.Random) -> None:
    place: Any = payload
    while True:
        key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.75:
            place = inner
            continue
        place[key] = rng.choice([None, 5, "", "x" * 5_000, [], {}, [[]], {"a": {}}, True, -1.5, "\u0000", "<!channel>"])
        return


def test_a_kind_of_payload_that_nobody_handles_is_acknowledged(home: SlackInstallation) -> None:
    for kind in ("dialog_submission", "workflow_step_edit", "something_new"):
        body = urlencode({"payload": json.dumps({"type": kind, "user": {"id": "U0ANA"}})}).encode()
        assert home.slack.post(body, home.slack.sign(body) | FORM)[0] == 200
    checked = b"ssl_check=1&token=fake"
    assert home.slack.post(checked, home.slack.sign(checked) | FORM)[0] == 200


def test_the_challenge_is_answered_only_when_it_is_signed(home: SlackInstallation) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c4ll3ng3", "token": "fake"}).encode()
    assert home.slack.post(body, JSON)[0] == 401
    status, answer = home.slack.post(body, home.slack.sign(body) | JSON)
    assert (status, b"c4ll3ng3" in answer) == (200, True)


def test_without_a_signing_secret_there_is_no_such_page() -> None:
    async def never(_request: object) -> Any:
        raise AssertionError

    async def ask() -> web.Response:
        front = SlackFront("", Clock(), never)
        return await front.serve(make_mocked_request("POST", "/slack/events"))

    assert asyncio.run(ask()).status == 404


def test_when_nothing_can_be_stored_slack_is_asked_to_tell_again(
    home: SlackInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, card = home.arrive()
    home.scene.database.write(
        lambda session: session.connection().exec_driver_sql("alter table seen_request rename to gone")
    )
    press = home.slack.build.press(home.ana, card, "dibs:claim")
    assert home.slack.send(press).status == 503
    home.scene.database.write(
        lambda session: session.connection().exec_driver_sql("alter table gone rename to seen_request")
    )
    assert home.slack.send(press).status == 200
    assert home.scene.log(row) == ["arrived", "claimed"]
