"""The fake Slack knows Block Kit's limits, and whom a text notifies."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.asking import actions, button, client, modal, post, refused, section
from tests.fakes.slack.mrkdwn import pings
from tests.fakes.slack.server import FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack.run() as slack:
        yield slack


OPTION = {"text": {"type": "plain_text", "text": "Release"}, "value": "k7f2.3"}
PLAIN = {"type": "plain_text", "text": "Claim"}


def rich(*texts: Any) -> Any:
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": list(texts)}]}


@pytest.mark.parametrize(
    "blocks",
    [
        [section()] * 51,
        [section("x" * 3001)],
        [section("")],
        [{"type": "section"}],
        [section(colour="red")],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{"type": "alert", "text": PLAIN}],
        [{"type": "data_table", "rows": []}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        [actions()],
        [actions(*(button(f"a{number}") for number in range(26)))],
        [actions(button(), button())],
        [actions(button("x" * 256))],
        [actions(button(text={"type": "plain_text", "text": "x" * 76}))],
        [actions(button(text={"type": "mrkdwn", "text": "x"}))],
        [actions(button(value="x" * 2001))],
        [actions(button(url="javascript:alert(1)"))],
        [actions(button(url="https://a.example/" + "x" * 3000))],
        [actions(button(accessibility_label="x" * 76))],
        [actions(button(style="green"))],
        [actions(button(confirm={"title": PLAIN, "text": PLAIN, "confirm": PLAIN}))],
        [actions({"type": "overflow", "action_id": "more", "options": []})],
        [actions({"type": "overflow", "action_id": "more", "options": [OPTION]})],
        [actions({"type": "overflow", "action_id": "more", "options": [OPTION] * 6})],
        [{"type": "image", "image_url": "https://cdn.example/a.png"}],
        [{"type": "image", "image_url": "https://cdn.example/a.png", "alt_text": ""}],
        [{"type": "image", "image_url": "https://cdn.example/a.png", "alt_text": "x" * 2_001}],
        [{"type": "image", "image_url": "https://cdn.example/" + "a" * 3_000, "alt_text": "x"}],
        [{"type": "context", "elements": [{"type": "image", "image_url": "data:image/png;base64,", "alt_text": "x"}]}],
        [{"type": "rich_text", "elements": []}],
        [rich({"type": "text", "text": ""})],
        [rich({"type": "text"})],
        [rich({"type": "text", "text": "x", "style": "bold"})],
        [rich({"type": "text", "text": "x", "style": {"loud": True}})],
        [rich({"type": "mrkdwn", "text": "x"})],
        [rich({"type": "link", "url": "javascript:alert(1)"})],
        [rich()],
        [actions({"type": "overflow", "action_id": "more", "options": [OPTION, {**OPTION, "value": "x" * 151}]})],
        [
            actions(
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [OPTION, {**OPTION, "text": {**PLAIN, "text": "x" * 76}}],
                }
            )
        ],
        [actions({"type": "static_select", "action_id": "who", "options": [OPTION] * 101})],
        [actions({"type": "plain_text_input", "action_id": "note"})],
        [section(block_id="a"), section(block_id="a")],
        [section(block_id="a" * 256)],
        "[broken",
    ],
)
def test_blocks_over_a_limit_are_refused(slack: FakeSlack, blocks: Any) -> None:
    room = slack.workspace.add_channel("support")
    answer = refused(post, slack=slack, channel=room.id, blocks=blocks)
    assert answer["error"] in ("invalid_blocks", "invalid_blocks_format")
    assert slack.messages(room) == []


def test_blocks_at_the_limits_are_taken(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    confirm = {"title": PLAIN, "text": PLAIN, "confirm": PLAIN, "deny": PLAIN}
    post(
        slack,
        room.id,
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": "x" * 150}},
            section("x" * 3000, accessory={"type": "overflow", "action_id": "more", "options": [OPTION] * 5}),
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 10},
            actions(button(value="x" * 2000, accessibility_label="x" * 75, confirm=confirm, style="danger")),
            actions(button(url="https://blog.example/post")),
            rich({"type": "text", "text": "x" * 3000, "style": {"bold": True}}),
            {"type": "image", "image_url": "https://cdn.example/a.png", "alt_text": "x" * 2_000},
        ],
    )


@pytest.mark.parametrize("kind", ["image", "rich_text"])
def test_a_workspace_that_does_not_take_a_kind_of_block_refuses_the_message(slack: FakeSlack, kind: str) -> None:
    room = slack.workspace.add_channel("support")
    slack.workspace.not_taken.add(kind)
    avatar = {"type": "image", "image_url": "https://cdn.example/a.png", "alt_text": "Kim"}
    blocks = [{"type": "context", "elements": [avatar]} if kind == "image" else rich({"type": "text", "text": "x"})]
    assert refused(post, slack=slack, channel=room.id, blocks=blocks)["error"] == "invalid_blocks"
    assert post(slack, room.id, blocks=[section()])["ok"]


def test_too_much_text_is_refused(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    assert refused(post, slack=slack, channel=room.id, text="x" * 4_001)["error"] == "msg_too_long"
    silent = refused(client(slack).api_call, api_method="chat.postMessage", json={"channel": room.id, "text": " "})
    assert silent["error"] == "no_text"
    long = refused(post, slack=slack, channel=room.id, blocks=[section("x" * 2900)] * 5)
    assert long["error"] == "msg_blocks_too_long"


@pytest.mark.parametrize("metadata", [{"event_type": "x"}, {"event_type": "x", "event_payload": []}, {"key": "x"}])
def test_metadata_needs_a_type_and_a_payload(slack: FakeSlack, metadata: Any) -> None:
    room = slack.workspace.add_channel("support")
    assert refused(post, slack=slack, channel=room.id, metadata=metadata)["error"] == "invalid_metadata_schema"


@pytest.mark.parametrize(
    "view",
    [
        {"type": "modal", "blocks": []},
        modal(title={"type": "plain_text", "text": "x" * 25}),
        modal(private_metadata="x" * 3001),
        modal(callback_id="x" * 256),
        modal(blocks=[section()] * 101),
        modal(colour="red"),
        modal(type="home"),
        modal(blocks=[{"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "note"}}]),
    ],
)
def test_a_view_over_a_limit_is_refused(slack: FakeSlack, view: Any) -> None:
    trigger = slack.workspace.new_trigger(slack.workspace.add_user("ana").id)
    assert refused(client(slack).views_open, trigger_id=trigger, view=view)["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("text", "blocks", "pinged"),
    [
        ("<!channel> hi", [], True),
        ("<!here|here>", [], True),
        ("<@U1>", [], True),
        ("<!subteam^S1|@support>", [], True),
        ("<https://evil.example|https://bank.example>", [], True),
        ("<https://evil.example|bank\u200b.example>", [], True),
        ("hi", [section("<!everyone>")], True),
        ("hi", [{"type": "markdown", "text": "[bank.example](https://evil.example)"}], True),
        ("&lt;!channel&gt; @channel", [], False),
        ("<https://blog.example/a|blog.example> <!date^1^{date}|today> <#C1>", [], False),
        ("hi", [{"type": "section", "text": {"type": "plain_text", "text": "<!channel> <@U1>"}}], False),
    ],
)
def test_it_knows_whom_a_message_notifies(text: str, blocks: Any, pinged: bool) -> None:
    assert bool(pings(text, blocks)) is pinged
