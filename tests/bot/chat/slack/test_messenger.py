"""What delivery hears from Slack: what is certain, what is not, and where our own messages stand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.chat.base import (
    ContentRefused,
    DeliveryFailed,
    MessageGone,
    Pace,
    PersonGone,
    PlaceRefused,
    PlatformRefused,
    Shown,
    TryLater,
    Unclear,
)
from bot.chat.slack.messenger import SlackMessenger
from bot.chat.slack.settings import SlackSettings
from bot.chat.slack.wire import client
from bot.chat.slack.wire.channels import Resolved, resolve
from bot.chat.slack.wire.client import Api
from bot.chat.slack.wire.errors import LESS_OFTEN, TABLE
from bot.chat.slack.wire.workspace import Workspace
from bot.runtime.clock import Clock
from handlers.base.cards import Card, Notice
from tests.bot.chat.hostile import card
from tests.fakes.slack.methods import DEFAULT_SCOPES
from tests.fakes.slack.records import Channel
from tests.fakes.slack.server import BOT_TOKEN, FakeSlack

HELLO = Notice(title="Hello", text="Hello")
T = Callable[[SlackMessenger], Awaitable[Any]]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack.run(posts_per_second=0, tell_joins=False) as running:
        yield running


@pytest.fixture
def room(slack: FakeSlack) -> Channel:
    return slack.workspace.add_channel("finance-care", id="C0FINANCE")


def settings_of(slack: FakeSlack, **changes: Any) -> SlackSettings:
    return SlackSettings(**({"bot_token": BOT_TOKEN, "api_url": f"{slack.base_url}/api/"} | changes))


def run(slack: FakeSlack, work: T, **changes: Any) -> Any:
    async def inside() -> Any:
        settings = settings_of(slack, **changes)
        api, workspace = Api(settings, Clock()), Workspace()
        try:
            await workspace.learn(api)
            return await work(SlackMessenger(api, workspace, settings))
        finally:
            await api.close()

    return asyncio.run(inside())


def post(messenger: SlackMessenger, channel: str = "C0FINANCE") -> Awaitable[str]:
    return messenger.post(channel, HELLO, "digest:finance", 4, plain=False)


FAULTS: list[tuple[dict[str, Any], type[DeliveryFailed], float | None]] = [
    ({"retry_after": 7}, TryLater, 7),
    ({"error": "ratelimited"}, TryLater, 1),
    *(({"error": word}, TryLater, None) for word in TABLE[TryLater].split() if word not in LESS_OFTEN),
    ({"status": 500}, Unclear, None),
    ({"status": 503, "accepted": True}, Unclear, None),
    ({"cut": True}, Unclear, None),
    ({"cut": True, "accepted": True}, Unclear, None),
    ({"error": "fatal_error"}, Unclear, None),
    ({"error": "internal_error"}, Unclear, None),
    ({"error": "is_archived"}, PlaceRefused, None),
    ({"error": "channel_not_found"}, PlaceRefused, None),
    ({"error": "restricted_action_read_only_channel"}, PlaceRefused, None),
    ({"error": "invalid_blocks"}, ContentRefused, None),
    ({"error": "msg_too_long"}, ContentRefused, None),
    ({"error": "something_new"}, ContentRefused, None),
    ({"error": "message_not_found"}, MessageGone, None),
    ({"error": "no_permission"}, PlaceRefused, None),
    ({"error": "method_deprecated"}, PlatformRefused, None),
    ({"error": "shard_temporarily_moved"}, TryLater, None),
    ({"error": "service_unavailable", "status": 503}, Unclear, None),
    ({"error": "edit_window_closed"}, MessageGone, None),
    ({"error": "token_revoked"}, PlatformRefused, None),
    ({"error": "missing_scope"}, PlatformRefused, None),
]


@pytest.mark.parametrize(("fault", "kind", "wait"), FAULTS)
def test_every_answer_has_its_meaning(
    slack: FakeSlack, room: Channel, fault: dict[str, Any], kind: type[DeliveryFailed], wait: float | None
) -> None:
    slack.fault("chat.postMessage", **fault)
    with pytest.raises(kind) as caught:
        run(slack, post)
    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    assert len(slack.requests("chat.postMessage")) == 1  # nothing is sent again behind our back
    assert BOT_TOKEN not in caught.value.reason


def pictured(number: int = 1) -> Card:
    return card("Where is my refund?", token=f"k7f{number}")


def looks(slack: FakeSlack) -> list[str]:
    """Say of each card that stands how it was drawn."""
    kinds = [{block["type"] for block in one.blocks} for one in slack.messages("C0FINANCE")]
    return ["pictured" if "image" in one else "quoted" if "rich_text" in one else "plain" for one in kinds]


@pytest.mark.parametrize(
    ("not_taken", "look", "tries"), [(set(), "pictured", 1), ({"image"}, "quoted", 2), ({"rich_text"}, "plain", 3)]
)
def test_what_slack_does_not_take_is_sent_at_once_with_less(
    slack: FakeSlack, room: Channel, not_taken: set[str], look: str, tries: int
) -> None:
    slack.workspace.not_taken |= not_taken

    async def work(messenger: SlackMessenger) -> None:
        reference = await messenger.post("C0FINANCE", pictured(), "card:1", 1, plain=False)
        await messenger.update("C0FINANCE", reference, pictured(), "card:1", 2, plain=False)

    run(slack, work)
    assert looks(slack) == [look]
    assert len(slack.requests("chat.postMessage")) == tries
    assert len(slack.requests("chat.update")) == 1  # of this message it is known


def test_what_is_too_long_or_taken_in_no_layout_is_not_sent_with_less(slack: FakeSlack, room: Channel) -> None:
    slack.fault("chat.postMessage", error="msg_blocks_too_long")
    with pytest.raises(ContentRefused):
        run(slack, lambda m: m.post("C0FINANCE", pictured(), "card:1", 1, plain=False))
    slack.workspace.not_taken |= {"context"}
    with pytest.raises(ContentRefused):
        run(slack, lambda m: m.post("C0FINANCE", pictured(), "card:1", 1, plain=False))
    run(slack, lambda m: m.post("C0FINANCE", pictured(), "card:1", 1, plain=True))
    assert [one.blocks for one in slack.messages("C0FINANCE")] == [[]]


def test_a_limit_between_two_layouts_does_not_begin_anew(slack: FakeSlack, room: Channel) -> None:
    slack.workspace.not_taken.add("image")

    async def work(messenger: SlackMessenger) -> None:
        slack.fault("chat.postMessage", error="invalid_blocks")
        slack.fault("chat.postMessage", retry_after=1)
        with pytest.raises(TryLater):
            await messenger.post("C0FINANCE", pictured(), "card:1", 1, plain=False)
        await asyncio.sleep(1.1)
        await messenger.post("C0FINANCE", pictured(), "card:1", 1, plain=False)

    run(slack, work)
    assert looks(slack) == ["quoted"]
    assert len(slack.requests("chat.postMessage")) == 3


@pytest.mark.parametrize(("kind", "look"), [("image", "quoted"), ("rich_text", "plain")])
def test_after_three_different_messages_it_stays_with_what_slack_takes(
    slack: FakeSlack, room: Channel, kind: str, look: str
) -> None:
    slack.workspace.not_taken.add(kind)
    told: list[str] = []

    async def work(messenger: SlackMessenger) -> tuple[int, str]:
        messenger.taken.tell = told.append
        for number in (1, 1, 2):  # one message twice is one message
            await messenger.post("C0FINANCE", pictured(number), f"card:{number}", 1, plain=False)
        assert not told
        await messenger.post("C0FINANCE", pictured(3), "card:3", 1, plain=False)
        before = len(slack.requests("chat.postMessage"))
        slack.workspace.not_taken.clear()
        await messenger.post("C0FINANCE", pictured(4), "card:4", 1, plain=False)
        return len(slack.requests("chat.postMessage")) - before, messenger.taken.trouble()

    tries, trouble = run(slack, work)
    assert looks(slack) == [look] * 5
    assert tries == 1
    assert trouble == told[-1]


def test_pictures_that_cannot_be_fetched_now_and_then_are_no_trouble(slack: FakeSlack, room: Channel) -> None:
    async def work(messenger: SlackMessenger) -> str:
        for number in range(8):
            slack.workspace.not_taken = {"image"} if number % 3 else set()
            await messenger.post("C0FINANCE", pictured(number), f"card:{number}", 1, plain=False)
        return messenger.taken.trouble()

    assert run(slack, work) == ""
    assert looks(slack) == ["pictured" if number % 3 == 0 else "quoted" for number in range(8)]


def test_a_public_channel_that_put_us_out_is_entered_again_and_a_private_one_is_not(slack: FakeSlack) -> None:
    slack.workspace.add_channel("open", id="C0OPEN", bot=False)
    run(slack, lambda m: post(m, "C0OPEN"))
    assert len(slack.messages("C0OPEN")) == 1
    secret = slack.workspace.add_channel("secret", id="C0SECRET", is_private=True)
    secret.members.clear()
    with pytest.raises(PlaceRefused):
        run(slack, lambda m: post(m, "C0SECRET"))


@pytest.mark.parametrize("word", ["invalid_auth", "org_login_required", "fatal_error"])
def test_what_is_wrong_with_us_says_nothing_of_a_channel(slack: FakeSlack, word: str) -> None:
    slack.workspace.add_channel("secret", id="C0SECRET", is_private=True).members.clear()
    slack.fault("conversations.info", error=word)
    with pytest.raises(TryLater):
        run(slack, lambda m: m.probe("C0SECRET"))


def test_no_answer_in_time_is_unclear_and_not_looked_up_at_once(
    slack: FakeSlack, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 1.0)
    slack.fault("chat.postMessage", hang=60.0, accepted=True)
    with pytest.raises(Unclear) as caught:
        run(slack, post)
    assert caught.value.retry_after == 5.0


def test_a_connection_that_never_stood_was_certainly_not_shown(slack: FakeSlack) -> None:
    async def call() -> None:
        api = Api(settings_of(slack, api_url="http://127.0.0.1:9/api/"), Clock())
        try:
            await api.call("chat.postMessage", channel="C1", text="x")
        finally:
            await api.close()

    with pytest.raises(TryLater):
        asyncio.run(call())


def test_until_a_retry_after_is_over_slack_is_not_asked_again(slack: FakeSlack, room: Channel) -> None:
    slack.fault("chat.update", retry_after=2)

    async def work(messenger: SlackMessenger) -> float | None:
        reference = await post(messenger)
        for channel in ("C0FINANCE", "C0FINANCE"):
            with pytest.raises(TryLater) as caught:
                await messenger.update(channel, reference, HELLO, "digest:finance", 5, plain=False)
        return caught.value.retry_after

    left = run(slack, work)
    assert left is not None
    assert 1 < left <= 2
    assert len(slack.requests("chat.update")) == 1


def test_what_we_posted_is_found_by_its_key_with_its_version(slack: FakeSlack, room: Channel) -> None:
    async def work(messenger: SlackMessenger) -> tuple[str, dict[str, Shown]]:
        reference = await post(messenger)
        await messenger.update("C0FINANCE", reference, HELLO, "digest:finance", 9, plain=False)
        since = datetime.now(UTC)
        return reference, await messenger.find("C0FINANCE", ["digest:finance", "other"], since)

    reference, found = run(slack, work)
    assert found == {"digest:finance": Shown(reference, 9)}


def test_a_key_in_somebody_elses_message_is_not_ours(slack: FakeSlack, room: Channel) -> None:
    forged = {"event_type": "dibs_message", "event_payload": {"key": "digest:finance", "version": 4}}
    slack.workspace.put(room, text="mine", user="U0EVE", bot_id="B0EVE", metadata=forged)
    assert run(slack, lambda m: m.find("C0FINANCE", ["digest:finance"], datetime.now(UTC))) == {}


def test_a_look_up_reads_every_page_and_nothing_older_than_a_minute_before(slack: FakeSlack, room: Channel) -> None:
    async def work(messenger: SlackMessenger) -> dict[str, Shown]:
        await post(messenger)
        for number in range(450):
            slack.workspace.put(room, text=str(number), user="U0ANA", bot_id=None)
        later = await messenger.find("C0FINANCE", ["digest:finance"], datetime.now(UTC) + timedelta(minutes=2))
        assert later == {}
        return await messenger.find("C0FINANCE", ["digest:finance"], datetime.now(UTC))

    assert run(slack, work).keys() == {"digest:finance"}
    assert len(slack.requests("conversations.history")) >= 4


@pytest.mark.parametrize("fault", [{"status": 500}, {"cut": True}, {"retry_after": 3}, {"error": "fatal_error"}])
def test_a_look_up_that_fails_knows_nothing(slack: FakeSlack, room: Channel, fault: dict[str, Any]) -> None:
    slack.fault("conversations.history", **fault)
    with pytest.raises(TryLater):
        run(slack, lambda m: m.find("C0FINANCE", ["x"], datetime.now(UTC)))


def test_where_we_may_not_look_the_place_refuses() -> None:
    with FakeSlack.run(posts_per_second=0, scopes=DEFAULT_SCOPES - {"channels:history"}) as slack:
        slack.workspace.add_channel("finance-care", id="C0FINANCE")
        with pytest.raises(PlaceRefused):
            run(slack, lambda m: m.find("C0FINANCE", ["x"], datetime.now(UTC)))


def test_probing_joins_what_is_public_and_refuses_what_is_not(slack: FakeSlack) -> None:
    public = slack.workspace.add_channel("open", id="C0OPEN", bot=False)
    slack.workspace.add_channel("secret", id="C0SECRET", bot=False, is_private=True)
    slack.workspace.add_channel("old", id="C0OLD", is_archived=True)
    run(slack, lambda m: m.probe("C0OPEN"))
    assert "U0DIBS" in public.members
    for channel in ("C0SECRET", "C0OLD", "C0NONE"):
        with pytest.raises(PlaceRefused):
            run(slack, partial(_probe, channel))


def _probe(channel: str, messenger: SlackMessenger) -> Awaitable[None]:
    return messenger.probe(channel)


# --- replies in a thread ---------------------------------------------------------------------------------------------


def reply(messenger: SlackMessenger, thread: str) -> Awaitable[str]:
    return messenger.post("C0FINANCE", HELLO, "review:1", 1, plain=False, thread=thread)


def look(messenger: SlackMessenger, *threads: str) -> Awaitable[dict[str, Shown]]:
    return messenger.find("C0FINANCE", ["review:1"], datetime.now(UTC), threads=threads)


def test_a_reply_is_heard_in_the_channel_and_found_in_its_thread_after_a_crash(slack: FakeSlack, room: Channel) -> None:
    async def work(messenger: SlackMessenger) -> tuple[str, dict[str, Shown], dict[str, Shown]]:
        card = await post(messenger)
        reference = await reply(messenger, card)
        await messenger.update("C0FINANCE", reference, HELLO, "review:1", 2, plain=False)
        return reference, await look(messenger), await look(messenger, card)

    reference, in_the_channel, in_the_thread = run(slack, work)
    card, told = slack.messages(room)
    assert (told.ts, told.thread_ts, told.broadcast) == (reference, card.ts, True)
    assert in_the_channel == {}, "what stands in the channel points to the reply, and may say nothing of its key"
    assert in_the_thread == {"review:1": Shown(reference, 2)}


@pytest.mark.parametrize("why", ["the card is gone", "cannot_reply_to_message", "restricted_action_thread_locked"])
def test_where_a_thread_takes_no_reply_it_stands_by_itself_and_is_found_there(
    slack: FakeSlack, room: Channel, why: str
) -> None:
    async def work(messenger: SlackMessenger) -> tuple[str, dict[str, Shown]]:
        card = await post(messenger)
        if why.startswith("the card"):
            room.messages[card].deleted = True
        else:
            slack.fault("chat.postMessage", error=why)
        reference = await reply(messenger, card)
        return reference, await look(messenger, card)

    reference, found = run(slack, work)
    assert found == {"review:1": Shown(reference, 1)}
    assert [one.thread_ts for one in slack.messages(room) if one.ts == reference] == [None]


def test_what_is_wrong_with_a_channel_is_no_matter_of_its_threads(slack: FakeSlack, room: Channel) -> None:
    slack.fault("chat.postMessage", error="is_archived")
    with pytest.raises(PlaceRefused):
        run(slack, lambda m: reply(m, "1700000000.000100"))
    assert len(slack.requests("chat.postMessage")) == 1


def test_a_direct_lane_opens_its_conversation_once(slack: FakeSlack) -> None:
    ana = slack.workspace.add_user("ana")
    lane = f"@{ana.id}"

    async def work(messenger: SlackMessenger) -> dict[str, Shown]:
        reference = await messenger.post(lane, HELLO, "direct:1", 1, plain=False)
        await messenger.update(lane, reference, HELLO, "direct:1", 2, plain=True)
        return await messenger.find(lane, ["direct:1"], datetime.now(UTC))

    assert run(slack, work)["direct:1"].version == 2
    assert len(slack.requests("conversations.open")) == 1
    (message,) = slack.messages(ana)
    assert message.blocks == []


@pytest.mark.parametrize("details", [{"deleted": True}, {"is_bot": True}, None])
def test_nobody_can_be_written_to_who_is_gone(slack: FakeSlack, details: dict[str, Any] | None) -> None:
    account = "U0NOBODY" if details is None else slack.workspace.add_user("gone", **details).id
    lane = f"@{account}"
    with pytest.raises(PersonGone):
        run(slack, lambda m: post(m, lane))
    with pytest.raises(PersonGone):
        run(slack, lambda m: m.find(lane, ["direct:1"], datetime.now(UTC)))
    with pytest.raises(PersonGone):
        run(slack, partial(_probe, lane))


def test_pace_comes_from_the_settings(slack: FakeSlack) -> None:
    async def pace(messenger: SlackMessenger) -> Pace:
        return messenger.pace

    paced = run(slack, pace, posts_per_second=2)
    posts, updates = paced.limits
    assert (posts.most / posts.seconds, posts.updates, posts.overall) == (2.0, False, False)
    assert (updates.most / updates.seconds, updates.posts, updates.overall) == (0.8, False, True)
    assert paced.batch == 1
    assert run(slack, pace, posts_per_second=0).limits == ()


def test_names_become_ids_and_ids_stay(slack: FakeSlack) -> None:
    for number in range(600):
        slack.workspace.add_channel(f"room-{number}", bot=False)
    slack.workspace.add_channel("finance-care", id="C0FINANCE", bot=False)
    slack.workspace.add_channel("secret", id="C0SECRET", is_private=True)
    slack.workspace.add_channel("hidden", id="C0HIDDEN", is_private=True, bot=False)
    slack.workspace.add_channel("old", id="C0OLD", is_archived=True)
    names = ["#finance-care", "#secret", "C0ANY", "#hidden", "#old", "#none"]
    found = asyncio.run(resolved(slack, names))
    assert found.ids == {"#finance-care": "C0FINANCE", "#secret": "C0SECRET", "C0ANY": "C0ANY"}
    assert found.missing == ["#hidden", "#old", "#none"]


async def resolved(slack: FakeSlack, names: list[str]) -> Resolved:
    """Resolve names as a platform does that was just started."""
    api = Api(settings_of(slack), Clock())
    try:
        return await resolve(api, names)
    finally:
        await api.close()


def test_a_group_is_called_by_the_id_that_slack_gave_for_its_name_once_and_never_again(
    slack: FakeSlack, room: Channel
) -> None:
    notice = Notice(title="Nobody has #k7f2x, for 30m.", text="Nobody has #k7f2x. <!subteam^SEVIL>", calls="@finance")

    async def twice(messenger: SlackMessenger) -> None:
        messenger._workspace.groups = {"finance": "S0FINANCE"}
        reference = await messenger.post("C0FINANCE", notice, "clock:1", 1, plain=False)
        await messenger.update("C0FINANCE", reference, notice, "clock:1", 2, plain=False)
        unknown = replace(notice, calls="@nobody")
        await messenger.post("C0FINANCE", unknown, "clock:2", 1, plain=False)

    run(slack, twice)
    posted, other = (str(one.args) for one in slack.requests("chat.postMessage"))
    (updated,) = (str(one.args) for one in slack.requests("chat.update"))
    assert "<!subteam^S0FINANCE>" in posted
    assert "<!subteam" not in updated + other
    assert posted.count("<!subteam") == 2  # above its lines, and in the text of which people are notified
