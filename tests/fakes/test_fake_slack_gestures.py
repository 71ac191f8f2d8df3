"""Gestures of the fake Slack reach a real Bolt app, signed over HTTP or through a socket, and their acks are timed."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import gestures
from tests.fakes.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.harness.loops import loop_in_thread, run_in
from tests.harness.patience import until

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
PLAIN = {"type": "plain_text", "text": "Claim"}
CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {"type": "button", "action_id": "dibs:claim", "text": PLAIN, "value": "k7f2.1"},
            {
                "type": "overflow",
                "action_id": "dibs:more",
                "options": [
                    {"text": {"type": "plain_text", "text": verb.capitalize()}, "value": f"{verb} k7f2.1"}
                    for verb in ("resolve", "note")
                ],
            },
        ],
    }
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "snooze",
    "title": PLAIN,
    "submit": PLAIN,
    "blocks": [
        {
            "type": "input",
            "block_id": "until",
            "label": {"type": "plain_text", "text": "Until"},
            "element": {"type": "plain_text_input", "action_id": "when", "max_length": 20},
        }
    ],
}
Listeners = Callable[[AsyncApp], None]


@contextmanager
def bot(slack: FakeSlack, listeners: Listeners, *, socket: bool = False) -> Iterator[AsyncApp]:
    """Run a Bolt app in a loop of its own, over HTTP or Socket Mode."""
    web_client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.base_url}/api/")
    app = AsyncApp(client=web_client, signing_secret=SIGNING_SECRET, process_before_response=True)
    listeners(app)

    async def start() -> Callable[[], Any]:
        if socket:
            app_client = AsyncWebClient(base_url=f"{slack.base_url}/api/")
            handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=app_client)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            return handler.close_async
        runner = web.AppRunner(app.web_app(path="/slack/events", port=0), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner.cleanup

    with loop_in_thread("bolt") as loop:
        stop = run_in(loop, start())
        try:
            if socket:
                slack.wait_for(lambda: slack.hub.connected)
            yield app
        finally:
            run_in(loop, stop())


@pytest.mark.parametrize("socket", [False, True])
def test_a_press_carries_the_button_as_it_now_stands(socket: bool) -> None:
    seen: list[Any] = []

    def listeners(app: AsyncApp) -> None:
        @app.action("dibs:claim")
        async def claim(ack: Any, body: Any, respond: Any) -> None:
            await ack()
            seen.append(body)
            await respond(text="It is yours.", replace_original=False)

    with FakeSlack.run() as slack, bot(slack, listeners, socket=socket):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        with slack.workspace.lock:
            live = slack.workspace.put(room, text="A card", blocks=CARD)
        before = slack.messages(room)[0]
        with slack.workspace.lock:
            fresh = {**CARD[0]["elements"][0], "value": "k7f2.2"}
            live.blocks = [{**CARD[0], "elements": [fresh]}]
        ack = slack.press(ana, before, "dibs:claim")
        assert (ack.status, ack.ok) == (200, True)
        assert seen[0]["actions"][0]["value"] == "k7f2.2"
        assert seen[0]["container"]["message_ts"] == live.ts
        assert seen[0]["user"]["team_id"] == "T0ACME"
        slack.press(ana, before, "dibs:claim", stale=True)
        assert seen[1]["actions"][0]["value"] == "k7f2.1"
        assert [one.text for one in slack.ephemerals(ana)] == ["It is yours."] * 2
        assert slack.responses[0].body["text"] == "It is yours."
        with pytest.raises(AssertionError, match="dibs:claim"):
            slack.press(ana, before, "dibs:dismiss")


def test_a_menu_entry_is_found_by_its_value_or_text() -> None:
    seen: list[str] = []

    def listeners(app: AsyncApp) -> None:
        @app.action("dibs:more")
        async def more(ack: Any, action: Any) -> None:
            seen.append(action["selected_option"]["value"])
            await ack()

    with FakeSlack.run() as slack, bot(slack, listeners):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        card = slack.workspace.put(room, text="A card", blocks=CARD)
        slack.press(ana, card, "dibs:more", option="resolve k7f2.1")
        slack.press(ana, card, "Resolve")
        assert seen == ["resolve k7f2.1"] * 2


@pytest.mark.parametrize("socket", [False, True])
def test_a_form_is_opened_refused_corrected_and_closed(socket: bool) -> None:
    def listeners(app: AsyncApp) -> None:
        @app.shortcut("snooze")
        async def open_form(ack: Any, client: Any, body: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        @app.view("snooze")
        async def submitted(ack: Any, view: Any) -> None:
            when = view["state"]["values"]["until"]["when"]["value"]
            if when == "never":
                await ack(response_action="errors", errors={"until": "When, please."})
            else:
                await ack()

    with FakeSlack.run() as slack, bot(slack, listeners, socket=socket):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        card = slack.workspace.put(room, text="A card", blocks=CARD)
        slack.shortcut(ana, card, "snooze")
        (form,) = slack.views(ana)
        with pytest.raises(AssertionError, match="required"):
            slack.submit(ana, {})
        with pytest.raises(AssertionError, match="too long"):
            slack.submit(ana, {"when": "x" * 21})
        slack.submit(ana, {"when": "never"})
        assert (form.is_open, form.errors) == (True, {"until": "When, please."})
        slack.submit(ana, {"Until": "tomorrow"})
        assert slack.views(ana) == []


@pytest.mark.parametrize("socket", [False, True])
def test_a_slash_commands_answer_is_shown_to_its_person(socket: bool) -> None:
    def listeners(app: AsyncApp) -> None:
        @app.command("/dibs")
        async def command(ack: Any, body: Any) -> None:
            await ack(f"You said {body['text']}.")

    with FakeSlack.run() as slack, bot(slack, listeners, socket=socket):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        slack.slash(ana, room, f"assign #k7f2 {slack.mention(ana)}")
        assert [one.text for one in slack.ephemerals(ana)] == [f"You said assign #k7f2 <@{ana.id}|ana>."]


def test_an_event_repeats_with_a_retry_header_or_with_another_id() -> None:
    seen: list[tuple[str, str]] = []

    def listeners(app: AsyncApp) -> None:
        @app.event("reaction_added")
        async def reaction(body: Any, request: Any) -> None:
            seen.append((body["event_id"], ",".join(request.headers.get("x-slack-retry-num", []))))

    with FakeSlack.run() as slack, bot(slack, listeners):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        card = slack.workspace.put(room, text="A card")
        ack = slack.react(ana, card, "eyes", repeat=11)
        assert len(ack.repeats) == 11
        assert [number for _, number in seen] == ["", *(str(number) for number in range(1, 11))]
        assert len({event_id for event_id, _ in seen}) == 1
        seen.clear()
        slack.react(ana, card, "eyes", repeat=11, fresh_ids=True, at_once=True)
        assert len({event_id for event_id, _ in seen}) == 11
        assert {number for _, number in seen} == {""}


def test_fifty_people_press_at_the_same_moment() -> None:
    inside: list[int] = []

    def listeners(app: AsyncApp) -> None:
        @app.action("dibs:claim")
        async def claim(ack: Any) -> None:
            inside.append(1)
            await until(lambda: len(inside) == 50)
            await ack()

    with FakeSlack.run() as slack, bot(slack, listeners):
        people = [slack.workspace.add_user(f"person{number}") for number in range(50)]
        room = slack.workspace.add_channel("support", members=people)
        card = slack.workspace.put(room, text="A card", blocks=CARD)
        acks = slack.gather([slack.build.press(person, card, "dibs:claim") for person in people])
        assert [ack.status for ack in acks] == [200] * 50


def test_a_late_acknowledgement_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    # So little that no machine is busy enough to explain the rest.
    monkeypatch.setattr(gestures, "LATE_SECONDS", 0.02)

    def listeners(app: AsyncApp) -> None:
        @app.action("dibs:claim")
        async def claim(ack: Any) -> None:
            await asyncio.sleep(2)
            await ack()

    def story() -> None:
        with FakeSlack.run() as slack, bot(slack, listeners):
            ana = slack.workspace.add_user("ana")
            room = slack.workspace.add_channel("support", members=[ana])
            slack.press(ana, slack.workspace.put(room, text="A card", blocks=CARD), "dibs:claim")

    with pytest.raises(AssertionError, match="later than 3 s"):
        story()


def test_what_is_unsigned_stale_or_tampered_is_refused_by_bolt() -> None:
    with FakeSlack.run() as slack, bot(slack, lambda app: None):
        body = json.dumps({"type": "url_verification", "challenge": "x"}).encode()
        plain = {"content-type": "application/json"}
        assert slack.post(body, plain | slack.sign(body))[0] == 200
        assert slack.post(body, plain)[0] == 401
        assert slack.post(body + b" ", plain | slack.sign(body))[0] == 401
        assert slack.post(body, plain | slack.sign(body, int(time.time()) - 600))[0] == 401


def test_a_bot_that_is_gone_gives_no_acknowledgement() -> None:
    with FakeSlack.run() as slack:
        slack.bot_url = "http://127.0.0.1:9"
        ack = slack.open_home(slack.workspace.add_user("ana"))
        assert (ack.status, ack.ok) == (0, False)
        assert ack.error
        assert slack.late == []


def test_joining_a_channel_tells_the_bot() -> None:
    seen: list[str] = []

    def listeners(app: AsyncApp) -> None:
        @app.event("member_joined_channel")
        async def joined(event: Any) -> None:
            seen.append(event["channel"])

    with FakeSlack.run() as slack, bot(slack, listeners) as app:
        room = slack.workspace.add_channel("support", bot=False)
        asyncio.run(AsyncWebClient(token=BOT_TOKEN, base_url=app.client.base_url).conversations_join(channel=room.id))
        slack.wait_for(lambda: seen)
        assert seen == [room.id]


def test_a_response_url_is_good_five_times() -> None:
    answers: list[int] = []

    def listeners(app: AsyncApp) -> None:
        @app.action("dibs:claim")
        async def claim(ack: Any, respond: Any) -> None:
            await ack()
            for _ in range(6):
                answers.append((await respond("Yours.")).status_code)

    with FakeSlack.run() as slack, bot(slack, listeners):
        ana = slack.workspace.add_user("ana")
        card = slack.workspace.put(slack.workspace.add_channel("support", members=[ana]), text="A card", blocks=CARD)
        slack.press(ana, card, "dibs:claim")
        assert answers == [200] * 5 + [404]


def test_a_socket_reconnects_when_it_is_told_to() -> None:
    def listeners(app: AsyncApp) -> None:
        @app.command("/dibs")
        async def command(ack: Any) -> None:
            await ack("Here.")

    with FakeSlack.run() as slack, bot(slack, listeners, socket=True):
        ana = slack.workspace.add_user("ana")
        room = slack.workspace.add_channel("support", members=[ana])
        slack.refresh_sockets(close=False)
        slack.wait_for(lambda: slack.hub.hellos == 2)
        slack.wait_for(lambda: slack.hub.connected == 1)
        assert slack.slash(ana, room, "help").ok


def test_a_line_of_the_home_can_be_pressed_and_a_global_shortcut_used() -> None:
    seen: list[Any] = []

    def listeners(app: AsyncApp) -> None:
        @app.event("app_home_opened")
        async def opened(client: Any, event: Any) -> None:
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": CARD})

        @app.action("dibs:claim")
        async def claim(ack: Any, body: Any) -> None:
            seen.append(body["container"])
            await ack()

        @app.shortcut("help")
        async def helped(ack: Any, body: Any) -> None:
            seen.append(body["type"])
            await ack()

    with FakeSlack.run() as slack, bot(slack, listeners):
        ana = slack.workspace.add_user("ana")
        slack.open_home(ana)
        home = slack.home(ana)
        assert home is not None
        slack.press(ana, home, "dibs:claim", value="k7f2.1")
        slack.shortcut(ana, None, "help")
        assert seen == [{"type": "view", "view_id": home.id}, "shortcut"]
