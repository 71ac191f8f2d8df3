"""The fake Slack, asked through Slack's own SDK: it answers as Slack does, and refuses what Slack refuses."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.asking import QUIET, client, modal, post, refused, section
from tests.fakes.slack import limits
from tests.fakes.slack.methods import DEFAULT_SCOPES
from tests.fakes.slack.server import BOT_TOKEN, FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack.run() as slack:
        yield slack


def test_a_token_is_asked_for_and_its_scopes_are_told(slack: FakeSlack) -> None:
    answer = client(slack).auth_test()
    assert answer["user_id"] == "U0DIBS"
    assert set(answer.headers["x-oauth-scopes"].split(",")) == DEFAULT_SCOPES
    assert refused(client(slack, "xoxb-other").auth_test)["error"] == "invalid_auth"
    assert refused(client(slack, "xapp-test").auth_test)["error"] == "not_allowed_token_type"
    assert refused(client(slack).api_call, api_method="chat.unknown")["error"] == "unknown_method"


def test_a_post_an_update_and_a_deletion_are_seen(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    metadata = {"event_type": "dibs", "event_payload": {"key": "card:1:C1", "version": 1}}
    posted = post(slack, "#support", "One", blocks=[section()], metadata=metadata)
    (message,) = slack.messages(room)
    assert (message.text, message.key, message.edits) == ("One", "card:1:C1", 0)
    assert message.blocks[0]["block_id"]
    client(slack).chat_update(channel=room.id, ts=posted["ts"], text="Two", blocks=[section("Two")], metadata=metadata)
    assert [(one.text, one.edits) for one in slack.messages(room)] == [("Two", 1)]
    assert message.text == "One", "what was looked at before stays as it was"
    assert client(slack).chat_getPermalink(channel=room.id, message_ts=posted["ts"])["permalink"].startswith("https://")
    client(slack).chat_delete(channel=room.id, ts=posted["ts"])
    assert slack.messages(room) == []


def test_more_than_a_post_a_second_a_channel_is_refused(slack: FakeSlack) -> None:
    first, second = slack.workspace.add_channel("one"), slack.workspace.add_channel("two")
    post(slack, first.id)
    post(slack, first.id)
    answer = refused(post, slack=slack, channel=first.id)
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    post(slack, second.id)
    time.sleep(1.1)
    post(slack, first.id)
    assert slack.refusals == [("chat.postMessage", "ratelimited")]


def test_a_bot_that_ignores_retry_after_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # So little that no machine is busy enough to explain the rest.
    monkeypatch.setattr(limits, "_IN_FLIGHT", 0.01)
    with FakeSlack.run(allow={"retry_after"}) as slack:
        room = slack.workspace.add_channel("support")
        slack.fault("chat.postMessage", retry_after=60)
        refused(post, slack=slack, channel=room.id)
        time.sleep(1)
        post(slack, room.id)
        assert [violation.kind for violation in slack.violations] == ["retry_after"]


def test_the_tiers_count_by_minute_and_instant_mode_counts_nothing() -> None:
    with FakeSlack.run() as slack:
        for _ in range(20):
            client(slack).users_list()
        answer = refused(client(slack).users_list)
        assert answer["error"] == "ratelimited"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    with FakeSlack.run(posts_per_second=0) as slack:
        room = slack.workspace.add_channel("support")
        for _ in range(25):
            client(slack).users_list()
            post(slack, room.id)


def test_a_channel_refuses_who_is_not_in_it(slack: FakeSlack) -> None:
    public = slack.workspace.add_channel("public", bot=False)
    private = slack.workspace.add_channel("private", bot=False, is_private=True)
    old = slack.workspace.add_channel("old", is_archived=True)
    assert refused(post, slack=slack, channel=public.id)["error"] == "not_in_channel"
    assert refused(client(slack).conversations_history, channel=public.id)["error"] == "not_in_channel"
    assert refused(post, slack=slack, channel=private.id)["error"] == "channel_not_found"
    assert refused(post, slack=slack, channel="C404")["error"] == "channel_not_found"
    assert refused(post, slack=slack, channel=old.id)["error"] == "is_archived"
    private_join = refused(client(slack).conversations_join, channel=private.id)
    assert private_join["error"] == "channel_not_found"
    client(slack).conversations_join(channel=public.id)
    post(slack, public.id)


def test_public_posting_needs_its_own_scope() -> None:
    with FakeSlack.run(scopes=DEFAULT_SCOPES | {"chat:write.public"}) as slack:
        room = slack.workspace.add_channel("public", bot=False)
        post(slack, room.id)
        assert refused(client(slack).conversations_history, channel=room.id)["error"] == "not_in_channel"


def test_a_scope_that_was_not_granted_is_named() -> None:
    with FakeSlack.run(scopes={"chat:write", "users:read"}) as slack:
        room = slack.workspace.add_channel("support")
        ana = slack.workspace.add_user("ana", email="ana@acme.example")
        answer = refused(client(slack).conversations_history, channel=room.id)
        assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
        assert answer["provided"] == "chat:write,users:read"
        assert refused(client(slack).users_lookupByEmail, email="ana@acme.example")["needed"] == "users:read.email"
        assert "email" not in client(slack).users_info(user=ana.id)["user"]["profile"]
        both = refused(client(slack).conversations_list, types="public_channel,private_channel")
        assert both["needed"] == "channels:read,groups:read"


def test_history_is_paged_newest_first_and_carries_metadata_when_asked() -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        room = slack.workspace.add_channel("support")
        keys = [{"event_type": "dibs", "event_payload": {"key": f"card:{number}"}} for number in range(5)]
        stamps = [post(slack, room.id, f"{number}", metadata=keys[number])["ts"] for number in range(5)]
        ask = client(slack).conversations_history
        first = ask(channel=room.id, limit=2, oldest=stamps[0], include_all_metadata=True)
        assert [message["text"] for message in first["messages"]] == ["4", "3"]
        assert first["messages"][0]["metadata"]["event_payload"]["key"] == "card:4"
        assert first["has_more"] is True
        cursor = first["response_metadata"]["next_cursor"]
        rest = ask(channel=room.id, limit=2, oldest=stamps[0], cursor=cursor)
        assert [message["text"] for message in rest["messages"]] == ["2", "1"], "oldest itself only when inclusive"
        assert rest["has_more"] is False
        assert "metadata" not in rest["messages"][0]
        exact = ask(channel=room.id, oldest=stamps[1], latest=stamps[2], inclusive=True)
        assert [message["text"] for message in exact["messages"]] == ["2", "1"]


def test_a_reply_stands_in_its_thread_and_in_the_channel_only_when_it_is_broadcast() -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        room = slack.workspace.add_channel("support")
        metadata = {"event_type": "dibs", "event_payload": {"key": "review:1"}}
        card = post(slack, room.id, "Card")["ts"]
        quiet = post(slack, room.id, "Quiet", thread_ts=card)["ts"]
        loud = post(slack, room.id, "Loud", thread_ts=quiet, reply_broadcast=True, metadata=metadata)
        assert loud["message"]["thread_ts"] == card, "a reply to a reply is one to its parent"
        ask = client(slack).conversations_history(channel=room.id, include_all_metadata=True)["messages"]
        assert [(one["text"], one.get("subtype"), "metadata" in one) for one in ask] == [
            ("Loud", "thread_broadcast", False),
            ("Card", None, False),
        ]
        thread = client(slack).conversations_replies(channel=room.id, ts=card, include_all_metadata=True)["messages"]
        assert [one["text"] for one in thread] == ["Card", "Quiet", "Loud"]
        assert thread[2]["metadata"] == metadata
        late = client(slack).conversations_replies(channel=room.id, ts=card, oldest=quiet)["messages"]
        assert [one["text"] for one in late] == ["Card", "Loud"]
        assert refused(client(slack).conversations_replies, channel=room.id, ts="1.0")["error"] == "thread_not_found"


def test_a_reply_to_what_is_gone_stands_by_itself_without_a_word_and_some_messages_take_none() -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        room = slack.workspace.add_channel("support")
        card = post(slack, room.id, "Card")["ts"]
        client(slack).chat_delete(channel=room.id, ts=card)
        assert "thread_ts" not in post(slack, room.id, "Alone", thread_ts=card, reply_broadcast=True)["message"]
        assert "thread_ts" not in post(slack, room.id, "Number", thread_ts=float(card))["message"]
        joined = slack.workspace.put(room, text="Ana has joined", user="U0ANA", bot_id=None, subtype="channel_join")
        answer = refused(post, slack=slack, channel=room.id, thread_ts=joined.ts)
        assert answer["error"] == "cannot_reply_to_message"


def test_people_are_listed_page_by_page_with_guests_bots_and_without_strangers(slack: FakeSlack) -> None:
    ana = slack.workspace.add_user("ana", email="ana@acme.example", tz="America/New_York")
    slack.workspace.add_user("guest", is_restricted=True)
    gone = slack.workspace.add_user("gone", email="gone@acme.example", deleted=True)
    stranger = slack.workspace.add_stranger("eve")
    group = slack.workspace.add_group("support-team", [ana])
    pages = [page["members"] for page in client(slack).users_list(limit=2)]
    everybody = {person["id"]: person for person in itertools.chain.from_iterable(pages)}
    assert len(pages) == 2
    assert everybody[gone.id]["deleted"]
    assert stranger.id not in everybody
    assert client(slack).users_info(user=stranger.id)["user"]["team_id"] == "T0OTHER"
    assert client(slack).users_lookupByEmail(email="Ana@acme.example")["user"]["id"] == ana.id
    assert refused(client(slack).users_lookupByEmail, email="gone@acme.example")["error"] == "users_not_found"
    (listed,) = client(slack).usergroups_list(include_users=True)["usergroups"]
    assert (listed["handle"], listed["users"]) == ("support-team", [ana.id])
    assert client(slack).usergroups_users_list(usergroup=group.id)["users"] == [ana.id]


def test_only_a_member_of_the_channel_sees_an_ephemeral_and_nobody_updates_it(slack: FakeSlack) -> None:
    ana, ben = slack.workspace.add_user("ana"), slack.workspace.add_user("ben")
    room = slack.workspace.add_channel("support", members=[ana])
    shown = client(slack).chat_postEphemeral(channel=room.id, user=ana.id, text="Ben has it.")
    assert [(one.via, one.text) for one in slack.ephemerals(ana)] == [("chat.postEphemeral", "Ben has it.")]
    answer = refused(client(slack).chat_postEphemeral, channel=room.id, user=ben.id, text="Hello.")
    assert answer["error"] == "user_not_in_channel"
    update = refused(client(slack).chat_update, channel=room.id, ts=shown["message_ts"], text="Hello.")
    assert update["error"] == "message_not_found"


def test_a_direct_message_is_opened_for_people_only(slack: FakeSlack) -> None:
    ana = slack.workspace.add_user("ana")
    direct = client(slack).conversations_open(users=[ana.id])["channel"]["id"]
    post(slack, direct)
    assert [message.channel for message in slack.messages(ana)] == [direct]
    gone = slack.workspace.add_user("gone", deleted=True)
    assert refused(client(slack).conversations_open, users=[gone.id])["error"] == "user_disabled"
    assert refused(client(slack).conversations_open, users=["U0DIBS"])["error"] == "cannot_dm_bot"


def test_an_update_is_refused_where_slack_refuses_it(slack: FakeSlack) -> None:
    room, ana = slack.workspace.add_channel("support"), slack.workspace.add_user("ana")
    theirs = slack.workspace.put(room, text="Hi", user=ana.id, bot_id=None)
    update = client(slack).chat_update
    assert refused(update, channel=room.id, ts=theirs.ts, text="x")["error"] == "cant_update_message"
    assert refused(update, channel=room.id, ts="1.000001", text="x")["error"] == "message_not_found"
    post(slack, room.id)
    slack.close_edit_window(slack.messages(room)[-1])
    mine = slack.messages(room)[-1].ts
    assert refused(update, channel=room.id, ts=mine, text="x")["error"] == "edit_window_closed"


def test_a_trigger_opens_one_modal_within_three_seconds(slack: FakeSlack) -> None:
    ana = slack.workspace.add_user("ana")
    trigger = slack.workspace.new_trigger(ana.id)
    opening = client(slack).views_open
    assert refused(opening, trigger_id="1.2.3", view=modal())["error"] == "invalid_trigger_id"
    opened = opening(trigger_id=trigger, view=modal(callback_id="snooze"))
    assert [view.callback_id for view in slack.views(ana)] == ["snooze"]
    assert refused(opening, trigger_id=trigger, view=modal())["error"] == "exchanged_trigger_id"
    late = slack.workspace.new_trigger(ana.id)
    slack.workspace.triggers[late].issued -= 600
    assert refused(opening, trigger_id=late, view=modal())["error"] == "expired_trigger_id"
    hashed = opened["view"]["hash"]
    client(slack).views_update(view_id=opened["view"]["id"], view=modal(callback_id="new"), hash=hashed)
    again = refused(client(slack).views_update, view_id=opened["view"]["id"], view=modal(), hash=hashed)
    assert again["error"] == "hash_conflict"


def test_a_home_is_drawn_for_its_person_and_has_no_title(slack: FakeSlack) -> None:
    ana = slack.workspace.add_user("ana")
    client(slack).views_publish(user_id=ana.id, view={"type": "home", "blocks": [section("Mine")]})
    home = slack.home(ana)
    assert home is not None
    assert home.blocks[0]["text"]["text"] == "Mine"
    titled = {"type": "home", "blocks": [], "title": {"type": "plain_text", "text": "Mine"}}
    assert refused(client(slack).views_publish, user_id=ana.id, view=titled)["error"] == "invalid_arguments"


def test_what_a_good_bot_never_does_fails_the_test() -> None:
    def story() -> None:
        with FakeSlack.run() as slack:
            room = slack.workspace.add_channel("support")
            client(slack).chat_postMessage(channel=room.id, text="Hello.", unfurl_media=False)

    with pytest.raises(AssertionError, match="unfurl_links"):
        story()


def test_a_doubled_card_is_seen(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    for _ in range(2):
        post(slack, room.id, metadata={"event_type": "dibs", "event_payload": {"key": "card:1"}})
    assert [len(messages) for messages in slack.cards(room).values()] == [2]


def test_faults_come_in_order_and_only_accepted_ones_take_effect() -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        room, other = slack.workspace.add_channel("support"), slack.workspace.add_channel("other")
        slack.fault("chat.postMessage", channel=room, retry_after=1)
        slack.fault("chat.postMessage", channel=room, status=500)
        slack.fault("chat.postMessage", channel=room, status=500, accepted=True)
        slack.fault("chat.postMessage", channel=room, cut=True)
        slack.fault("chat.postMessage", channel=room, cut=True, accepted=True)
        slack.fault("chat.postMessage", channel=room, error="internal_error")
        slack.fault("chat.postMessage", channel=room, hang=3, accepted=True)
        slack.fault("chat.postMessage", channel=room, deaf=3)
        post(slack, other.id)
        seen = []
        for number in range(9):
            try:
                quick = client(slack, timeout=1)
                quick.chat_postMessage(channel=room.id, text=str(number), **QUIET)
                seen.append("ok")
            except SlackApiError as refusal:
                seen.append(str(refusal.response.status_code))
            except (OSError, TimeoutError) as broken:
                seen.append(type(broken).__name__)
        assert seen[:3] == ["429", "500", "500"]
        assert seen[5] == "200"
        assert "ok" not in seen[:8]
        assert seen[8] == "ok"
        assert [message.text for message in slack.messages(room)] == ["2", "4", "6", "8"]
        assert slack.faults.left() == 0


def test_a_hook_holds_the_request_at_its_moment(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    seen: list[tuple[str, int]] = []
    slack.on_request("chat.postMessage", lambda request: seen.append(("arrived", len(slack.messages(room)))))
    slack.on_request(
        "chat.postMessage", lambda request: seen.append(("accepted", len(slack.messages(room)))), when="accepted"
    )
    post(slack, room.id)
    assert seen == [("arrived", 0), ("accepted", 1)]
    slack.on_request("chat.postMessage", lambda request: "cut", when="accepted")
    with pytest.raises(OSError, match=r".+"):
        post(slack, room.id)
    assert len(slack.messages(room)) == 2


def test_many_threads_may_ask_at_once() -> None:
    with FakeSlack.run(posts_per_second=0) as slack:
        room = slack.workspace.add_channel("support")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: post(slack, room.id, f"{number}"), range(80)))
        assert len({message.ts for message in slack.messages(room)}) == 80
        assert len(slack.requests("chat.postMessage")) == 80


def test_a_test_can_wait_for_what_comes(slack: FakeSlack) -> None:
    room = slack.workspace.add_channel("support")
    threading.Timer(0.2, lambda: post(slack, room.id, "Later")).start()
    assert slack.wait_for(lambda: slack.messages(room))[0].text == "Later"


def test_it_also_runs_inside_a_loop() -> None:
    async def story() -> None:
        async with FakeSlack() as slack:
            room = slack.workspace.add_channel("support")
            web = AsyncWebClient(token=BOT_TOKEN, base_url=f"{slack.base_url}/api/")
            await web.chat_postMessage(channel=room.id, text="Hello.", **QUIET)
            assert [message.text for message in slack.messages(room)] == ["Hello."]

    asyncio.run(story())
