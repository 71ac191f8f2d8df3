"""Fuzz: whatever comes with Slack's signature is answered below 500, without a traceback, and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from storage.engine.database import Session
from storage.own import ownership
from storage.people import people
from tests.bot.chat.slack.installation import SlackInstallation, installation
from tests.harness.mutated import as_json, broken, drawn, mutated, no_traceback

# Of all that is drawn from one seed, so many go out each day, and all with what is slow.
SHARE, ALL = 70, 10_000
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NUMBERS = [SHARE, pytest.param(ALL, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackInstallation]:
    """An installation that is asked for nobody whom it does not know."""
    with installation(tmp_path_factory.mktemp("fuzz"), allow=("late",)) as built:
        yield built


def gestures(home: SlackInstallation) -> st.SearchStrategy[tuple[str, Any]]:
    """Return what people do with a mention that is not there: how each is packed, and what it holds, changed."""
    row, card = home.arrive()
    build = home.slack.build
    press = build.press(home.ana, card, "dibs:claim").payload
    press["actions"][0]["value"] = "zzzzz.1"
    press["message"]["ts"] = press["container"]["message_ts"] = "1.000001"
    shortcut = build.shortcut(home.ana, card, "dibs:add").payload
    shortcut["message"] = {"type": "message", "user": home.ben.id, "ts": "1.000001", "text": "nothing to bring in"}
    shortcut["message_ts"] = "1.000001"
    reaction = build.react(home.ana, card, "eyes").payload
    reaction["event"]["item"]["ts"] = "1.000001"
    slash = build.slash(home.ana, home.finance, "claim #zzzzz").payload
    submit = press | {"type": "view_submission", "view": _form(row.token)}
    kinds = [("interactive", press), ("interactive", shortcut), ("interactive", submit)]
    kinds += [("event", reaction), ("slash", slash)]
    changed = st.sampled_from(kinds).flatmap(lambda one: mutated(one[1]).map(lambda made: (one[0], made)))
    packed = changed.map(lambda one: _packed(*one))
    return st.one_of(packed, packed, packed, packed, st.sampled_from(kinds).flatmap(_cut))


def _form(token: str) -> dict[str, Any]:
    state = {"values": {"note": {"note": {"type": "plain_text_input", "value": "x"}}}}
    return {
        "id": "V1",
        "type": "modal",
        "callback_id": "dibs:nothing",
        "private_metadata": f"{token[::-1]}zz.1",
        "state": state,
        "hash": "1.1",
    }


def _packed(kind: str, payload: Any) -> tuple[str, bytes]:
    if kind == "event":
        return JSON, as_json(payload)
    if kind == "interactive":
        return FORM, urlencode({"payload": as_json(payload).decode()}).encode()
    plain = payload if isinstance(payload, dict) else {"text": payload}
    written = {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}
    return FORM, urlencode(written, errors="surrogatepass").encode()


def _cut(one: tuple[str, Any]) -> st.SearchStrategy[tuple[str, bytes]]:
    content_type, body = _packed(*one)
    return broken(body).map(lambda made: (content_type, made))


def state(session: Session) -> tuple[Any, ...]:
    """Return what no stranger's gesture may change."""
    return ownership.head(session), [(one.id, one.name, one.email) for one in people.everybody(session)]


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_signed_and_nonsense_has_no_effect(home: SlackInstallation, number: int) -> None:
    bodies = drawn(gestures(home), number)
    before = home.read(state)
    answers: dict[int, int] = {}

    with no_traceback():
        for content_type, body in bodies:
            status, _ = home.slack.post(body, home.slack.sign(body) | {"content-type": content_type})
            answers[status] = answers.get(status, 0) + 1
            assert status < 500, body[:2_000]
        home.settle()
    print(f"{sum(answers.values())} signed payloads: {answers}")
    assert home.read(state) == before
    _, card = home.arrive("Still heard")
    assert home.press(home.ana, card, "claim").status == 200


def test_a_signature_alone_opens_nothing(home: SlackInstallation, tmp_path: Path) -> None:
    body = b'{"type": "event_callback"'
    assert home.slack.post(body, home.slack.sign(body) | {"content-type": JSON})[0] == 400
    assert home.slack.post(body, {"content-type": JSON})[0] == 401
