"""Rules of answering on X: whoever spoke to us, once, in what X takes, and looked for among our own posts."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.x.source import X
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from tests.bot.sources.kinds.x.scene import OnX, parent_of, played, prepared
from tests.bot.sources.scene import outcome_of
from tests.fakes.x import NOT_SUMMONED, PEOPLE, Json

ASKS = "@acme_support my refund is late"
SAYS = "We look into it. Ana"


async def asked(here: OnX, text: str = ASKS, **more: Any) -> tuple[Json, X, Parent]:
    """Let Kim speak to us, and hear it."""
    made = here.site.write(text, ago=120, **more)
    return made, *await here.heard(made)


def test_a_reply_stands_below_what_it_answers_and_says_where_it_is() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        assert source.replies.can_reply(parent) == Allowed()
        before = here.site.spent
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = here.site.answers_to(made)
        assert outcome == Published(ours["id"], f"https://x.com/acme_support/status/{ours['id']}")
        assert ours["whole"] == f"@kim {SAYS}"
        # Kim's post was paid for today.
        assert here.site.spent - before == 10
        assert here.booked == here.site.spent

    played(story)


def test_whoever_did_not_speak_to_us_is_answered_by_hand_in_x_s_own_window() -> None:
    async def story(here: OnX) -> None:
        made = here.site.write("Acme owes me money", ago=60)
        source, parent = await here.heard(made, query="acme")
        allowed = source.replies.can_reply(parent)
        assert isinstance(allowed, Handoff)
        assert allowed.url == f"https://x.com/intent/post?in_reply_to={made['id']}"
        assert "answer only those who speak to its account" in allowed.why
        assert isinstance(source.replies.can_reply(replace(parent, facts="")), Handoff)
        outcome = await source.replies.publish(await prepared(source, parent))
        assert outcome == Refused(allowed.why)
        assert here.site.made == 0

    played(story)


def test_whoever_quotes_us_is_answered() -> None:
    async def story(here: OnX) -> None:
        ours = here.site.write("Our news", "acme_support", ago=900)
        made = here.site.write("Acme, really?", quotes=ours, ago=60)
        source, parent = await here.heard(made, query="acme")
        assert source.replies.can_reply(parent) == Allowed()
        assert isinstance(await source.replies.publish(await prepared(source, parent)), Published)

    played(story)


@pytest.mark.parametrize("fault", ["die", "500", "hang"])
def test_what_was_accepted_without_an_answer_is_unclear_and_found_whatever_x_made_of_it(fault: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        text = "Kim, <b>sorry</b> & thanks: see https://help.example/a?b=1\n\nand acme.example.  Rene\u0301 \U0001f44b"
        request = await prepared(source, parent, text)
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert here.site.posts[found.external_id]["author_id"] == "2244994945"
        assert here.site.made == 1

    played(story, seconds=1.0 if fault == "hang" else 5.0)


def test_what_was_cut_before_it_was_accepted_is_certainly_not_found() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_words_again_are_a_no_that_is_looked_up() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append("die")
        await outcome_of(source, request)
        # A list that lags does not have it, so it is sent again: X says that it has it.
        here.site.lags = True
        assert await source.replies.find_published(request) is None
        again = await source.replies.publish(request)
        assert isinstance(again, Unclear)
        assert again.refused
        assert "only once" in again.why
        here.site.lags = False
        assert await source.replies.find_published(request) is not None
        assert len(here.site.answers_to(made)) == 1

    played(story)


def test_the_same_words_below_another_post_are_not_taken_for_the_reply() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        other = here.site.write("@acme_support me too", "ben")
        here.site.write(f"@ben {SAYS}", "acme_support", to=other)
        here.site.write("@kim And another thing", "acme_support", to=made)
        assert isinstance(await source.replies.publish(request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_an_older_answer_of_ours_is_told_and_never_taken_for_the_reply() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        ours = here.site.write(f"@kim {SAYS}", "acme_support", to=made, ago=60)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert f"https://x.com/acme_support/status/{ours['id']}" in state.what
        request = source.replies.prepare(parent, SAYS, "s", state.context)
        assert await source.replies.find_published(request) is None
        known = replace(parent, ours=frozenset({ours["id"]}))
        assert isinstance(await source.replies.check(known), Alive)

    played(story)


def test_a_reply_is_found_below_many_later_posts_of_ours() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        for number in range(250):
            here.site.write(f"News {number}", "acme_support")
        assert await source.replies.find_published(request) is not None
        for number in range(300):
            here.site.write(f"More news {number}", "acme_support")
        with pytest.raises(SourceUnavailable, match="cannot be looked for"):
            await source.replies.find_published(request)

    played(story)


@pytest.mark.parametrize(
    ("text", "counted"),
    [("a" * 281, "281"), ("あ" * 141, "282"), ("\U0001f600" * 141, "282"), ("see acme.example " + "x" * 254, "282")],
)
def test_what_is_too_long_is_refused_before_the_send_with_the_count(text: str, counted: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        with pytest.raises(ValueError, match=f"It has {counted} weighted characters, and X takes 280"):
            await prepared(source, parent, text)
        request = await prepared(source, parent, text[:-2] if text.endswith("xx") else text[:140])
        assert isinstance(await source.replies.publish(request), Published)

    played(story)


def test_an_empty_reply_is_none() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        with pytest.raises(ValueError, match="empty"):
            await prepared(source, parent, "  \n")
        with pytest.raises(ValueError, match="looked at again"):
            source.replies.prepare(parent, SAYS, "s", '{"to": "1"}')

    played(story)


# --- the post that is answered ----------------------------------------------------------------------------------------


def test_a_deleted_post_is_not_answered() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.delete(made)
        assert isinstance(await source.replies.check(parent), Gone)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused)
        assert "deleted" in outcome.why

    played(story)


def test_a_post_that_only_followers_see_by_now_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        monkeypatch.setitem(PEOPLE["101"], "protected", True)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_an_edited_post_is_shown_anew_and_its_latest_state_is_answered() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        new = here.site.edit(made, "@acme_support never mind, it came")
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        assert state.posted.text == "@acme_support never mind, it came"
        assert await source.replies.check(parent_of(state.posted)) == Alive(state.context)
        request = source.replies.prepare(parent_of(state.posted), SAYS, "s", state.context)
        assert isinstance(await source.replies.publish(request), Published)
        assert len(here.site.answers_to(new)) == 1

    played(story)


def test_an_answer_that_says_nothing_of_the_post_is_not_its_end() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)

        async def answers(_request: Any) -> Any:
            return web.json_response({"errors": [{"title": "Over capacity", "resource_id": "7"}]})

        here.site.answers = answers
        with pytest.raises(SourceUnavailable):
            await source.replies.check(parent)

    played(story)


# --- limits, money, the account ---------------------------------------------------------------------------------------


def test_replies_go_out_while_mentions_rest() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        here.site.left = {"mentions": 0}
        with pytest.raises(SourceUnavailable):
            await source.poll("")
        assert here.limits is not None
        service = next(iter(here.limits._opens_at))
        assert here.limits.shut(service) == pytest.approx(900, abs=2)
        assert here.limits.shut(replace(service, bucket="")) == 0
        assert isinstance(await source.replies.publish(await prepared(source, parent)), Published)

    played(story)


def test_a_rest_that_x_asks_for_was_certainly_not_sent() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append("429")
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert caught.value.retry_after == pytest.approx(900, abs=2)
        assert here.booked == here.site.spent

    played(story)


def test_a_link_makes_a_reply_cost_twenty_times_as_much_and_is_booked_so() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent, "See acme.example")
        before = here.booked
        await source.replies.publish(request)
        assert here.booked - before == 200
        assert here.booked == here.site.spent

    played(story)


def test_a_reply_for_which_the_budget_has_too_little_left_waits() -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent, "See acme.example")
        assert here.meter is not None
        await here.meter.reserve("", 9_900 - here.booked)
        with pytest.raises(SourceUnavailable, match="Too little is left of 10 USD"):
            await source.replies.publish(request)
        assert here.site.made == 0

    played(story)


def test_a_token_that_ends_between_check_and_send_is_renewed_and_the_reply_goes_out_once() -> None:
    async def story(here: OnX) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.letting.expire()
        assert isinstance(await source.replies.publish(request), Published)
        assert len(here.site.answers_to(made)) == 1
        assert here.site.letting.alive

    played(story)


# --- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (f"403 : {NOT_SUMMONED}", "only those who speak to its account"),
        ("403 : You can only reply to or quote posts where you are mentioned or are the author.", "only those who"),
        ("403 : You attempted to reply to a Tweet that is deleted or not visible to you.", "was deleted"),
        ("403 : The original Tweet author restricted who can reply to this Tweet.", "lets others answer"),
        ("403 : You have been blocked from the author of this post.", "has blocked our account"),
        ("403 : Post exceeds the maximum of one cashtag.", "one cashtag at most"),
        ("403 : Your Tweet text is too long.", "longer than X takes"),
        ("413 : Payload", "longer than X takes"),
        ("400 invalid-request: $.text: expected a string", r"X refused it: \$\.text"),
    ],
)
def test_a_no_that_is_known_is_certain_and_says_why(fault: str, why: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append(fault)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Refused), outcome
        assert re.search(why, outcome.why), outcome.why

    played(story)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("402 credits-depleted: Your account does not have any credits.", "buy credits"),
        ("403 usage-capped: Usage cap exceeded: Monthly product cap", "buy credits"),
        ("403 : Your account is suspended and is not permitted to access this feature.", "suspended, locked"),
        ("403 : To protect our users, this account is temporarily locked.", "suspended, locked"),
        ("403 client-forbidden: Your client app is not configured", "right to read and write"),
        ("403 oauth1-permissions: Your client app is not configured with the appropriate permissions", "sign in again"),
    ],
)
def test_who_may_not_publish_is_told_how_to_mend_it_and_wrote_nothing(fault: str, why: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append(fault)
        with pytest.raises(SourceRefused, match=why):
            await source.replies.publish(request)

    played(story)


@pytest.mark.parametrize(
    "fault",
    [
        "403 : Something that X began to say yesterday",
        "400 : Bad Request",
        "404 : Not Found",
        "409 : Conflict",
        "418 : Tea",
    ],
)
def test_a_no_that_is_not_known_is_looked_up(fault: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append(fault)
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert fault[:3] in outcome.why

    played(story)


@pytest.mark.parametrize("body", ["{}", '{"data": {}}', '{"errors": [{"title": "Partial"}]}'])
def test_a_yes_that_names_no_post_is_unclear(body: str) -> None:
    async def story(here: OnX) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)

        async def answers(_request: Any) -> Any:
            return web.json_response(json.loads(body), status=201)

        here.site.answers = answers
        assert isinstance(await outcome_of(source, request), Unclear)

    played(story)
