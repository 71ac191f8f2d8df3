"""Rules of answering on Instagram: once, in the thread, and what it makes and then refuses is found."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from bot.sources.kinds.instagram.source import Instagram
from handlers.base.events import Posted
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Unclear
from tests.bot.sources.kinds.instagram.scene import OnInstagram, parent_of, played, prepared
from tests.bot.sources.scene import outcome_of
from tests.fakes.instagram import US, Json

ASKS = "Where is my refund?"
SAYS = "We look into it. Ana"


async def asked(here: OnInstagram, **more: Any) -> tuple[Json, Instagram, Parent]:
    """Let Kim comment below our media, and hear it."""
    made = here.site.comment(ASKS, here.site.publish(), ago=120, **more)
    return made, *await here.heard(made)


async def mentioned(here: OnInstagram, *, caption: bool) -> tuple[Json, Instagram, Parent]:
    """Let Kim mention us elsewhere, in a caption or in a comment, and hear it by the webhook."""
    media = here.site.publish(f"@acme_support {ASKS}" if caption else "Lunch", "kim", ago=120)
    comment = None if caption else here.site.comment(f"@acme_support {ASKS}", media, ago=60)
    value = {"media_id": media["id"]} | ({"comment_id": comment["id"]} if comment else {})
    source = here.make()
    (event,) = await here.named(source, here.site.ring("mentions", value))
    assert isinstance(event, Posted)
    return comment or media, source, parent_of(event)


def test_a_reply_stands_in_the_thread_and_says_where_that_is() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = here.site.ours(made)
        place = here.site.media[made["media"]]["permalink"]
        assert outcome == Published(ours["id"], f"{place}c/{made['id']}/r/{ours['id']}/")
        assert ours["text"] == SAYS

    played(story)


def test_an_answer_in_a_thread_is_answered_below_its_first_comment() -> None:
    async def story(here: OnInstagram) -> None:
        ours = here.site.publish()
        top = here.site.comment("Nice", ours, "ben", ago=300)
        made = here.site.comment(ASKS, ours, to=top, ago=120)
        source, parent = await here.heard(made)
        assert isinstance(await source.replies.publish(await prepared(source, parent)), Published)
        assert [one["parent"] for one in here.site.ours()][-1:] == [top["id"]]

    played(story)


def test_no_field_is_asked_for_with_what_is_sent() -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await asked(here)
        await source.replies.publish(await prepared(source, parent))
        (sent,) = [path for method, path in here.site.app.asked if method == "POST"]
        assert "fields" not in sent

    played(story)


def test_what_instagram_makes_and_then_refuses_is_found_and_never_made_twice() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append("made 400 20/1772107 Invalid parameter")
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == here.site.ours(made)[0]["id"]
        assert here.site.made == 1

    played(story)


@pytest.mark.parametrize("fault", ["die", "500", "hang"])
def test_what_was_made_without_an_answer_is_found(fault: str) -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent, "Sorry & thanks:\n\n  \U0001f44b")
        here.site.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        found = await here.make().replies.find_published(request)
        assert isinstance(found, Published)
        assert found.external_id == here.site.ours(made)[0]["id"]

    played(story, seconds=1.0 if fault == "hang" else 5.0)


def test_what_was_cut_before_is_certainly_not_there() -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.faults.append("early")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_the_same_words_from_before_or_to_another_are_not_taken_for_the_reply() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        below = here.site.media[made["media"]]
        old = here.site.comment(SAYS, below, US["username"], to=made, ago=60)
        other = here.site.comment("Me, too", below, "ben")
        here.site.comment(SAYS, below, US["username"], to=other)
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert f"/r/{old['id']}/" in state.what
        request = source.replies.prepare(parent, SAYS, "s", state.context)
        assert await source.replies.find_published(request) is None
        known = replace(parent, ours=frozenset({old["id"]}))
        assert isinstance(await source.replies.check(known), Alive)

    played(story)


def test_a_reply_far_down_in_a_long_thread_is_found() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        below = here.site.media[made["media"]]
        for number in range(70):
            here.site.comment(f"a{number}", below, "ben", to=made, ago=60)
        request = await prepared(source, parent)
        here.site.faults.append("die")
        await outcome_of(source, request)
        assert await source.replies.find_published(request) is not None

    played(story)


def test_in_a_thread_that_is_too_long_nothing_is_said_not_to_be_there() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        for number in range(530):
            here.site.comment(f"a{number}", here.site.media[made["media"]], "ben", to=made, ago=60)
        with pytest.raises(CannotLook, match="too long"):
            await source.replies.find_published(request)

    played(story)


# --- mentions elsewhere -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caption", [True, False])
def test_a_mention_elsewhere_is_answered_where_it_stands(caption: bool) -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await mentioned(here, caption=caption)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (ours,) = here.site.ours(made)
        assert outcome == Published(ours["id"], "")
        assert ours["parent"] == ("" if caption else made["id"])

    played(story)


@pytest.mark.parametrize("caption", [True, False])
def test_what_may_stand_below_the_media_of_others_a_person_looks_for(caption: bool) -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await mentioned(here, caption=caption)
        request = await prepared(source, parent)
        here.site.faults.append("die")
        assert isinstance(await outcome_of(source, request), Unclear)
        with pytest.raises(CannotLook, match="media of others"):
            await source.replies.find_published(request)

    played(story)


@pytest.mark.parametrize("caption", [True, False])
def test_a_mention_that_changed_or_is_gone_is_told(caption: bool) -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await mentioned(here, caption=caption)
        made["caption" if caption else "text"] += " Please."
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert state.posted is not None
        made["caption" if caption else "text"] = "Never mind"
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_media_on_which_we_are_only_tagged_and_live_videos_are_answered_by_hand() -> None:
    async def story(here: OnInstagram) -> None:
        tagged = here.site.publish("Look", "kim", tags=True, ago=90)
        source, parent = await here.heard(tagged)
        allowed = source.replies.can_reply(parent)
        assert isinstance(allowed, Handoff)
        assert (allowed.url, "only tagged" in allowed.why) == (tagged["permalink"], True)
        value = {"id": "17865799348089039", "text": "Hello", "from": {"id": "1", "username": "kim"}}
        (live,) = source.receive(*here.site.ring("live_comments", value), here.now)
        assert isinstance(live, Posted)
        told = source.replies.can_reply(parent_of(live))
        assert isinstance(told, Handoff)
        assert "live video" in told.why
        assert isinstance(source.replies.can_reply(replace(parent, facts="")), Handoff)

    played(story)


# --- the comment that is answered -------------------------------------------------------------------------------------


def test_a_comment_that_was_taken_away_or_hidden_is_gone() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        made["hidden"] = True
        assert isinstance(await source.replies.check(parent), Gone)
        made["hidden"] = False
        assert isinstance(await source.replies.check(parent), Alive)
        here.site.delete(made)
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_a_comment_that_went_between_the_look_and_the_send_is_no_reply() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.delete(made)
        outcome = await outcome_of(source, request)
        assert "gone" in outcome.why  # type: ignore[union-attr]
        assert here.site.made == 0

    played(story)


@pytest.mark.parametrize(("text", "why"), [("  ", "empty"), ("x" * 2_201, "It has 2,201 characters, and Instagram")])
def test_what_instagram_would_refuse_is_told_before(text: str, why: str) -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await asked(here)
        with pytest.raises(ValueError, match=why):
            await prepared(source, parent, text)

    played(story)


def test_a_limit_is_waited_for_and_a_restricted_account_is_a_person_s_to_mend() -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await asked(here)
        request = await prepared(source, parent)
        for fault in ("429", "400 4/ Application request limit reached", "400 368/1390008 Too fast"):
            here.site.faults.append(fault)
            with pytest.raises(SourceUnavailable):
                await source.replies.publish(request)
        for code in ("10/", "200/", "9/2207050", "25/2207051"):
            here.site.faults.append(f"400 {code} It says so")
            with pytest.raises(SourceRefused):
                await source.replies.publish(request)
        assert here.site.made == 0

    played(story)


def test_a_no_that_nobody_knows_is_looked_up() -> None:
    async def story(here: OnInstagram) -> None:
        made, source, parent = await asked(here)
        request = await prepared(source, parent)
        here.site.media[made["media"]]["closed"] = True
        outcome = await source.replies.publish(request)
        assert isinstance(outcome, Unclear)
        assert outcome.refused
        assert await source.replies.find_published(request) is None

    played(story)


def test_no_secret_stands_in_what_is_stored() -> None:
    async def story(here: OnInstagram) -> None:
        _, source, parent = await asked(here)
        assert "sample" not in json.dumps(await prepared(source, parent))

    played(story)
