"""Rules of answering on Mastodon: once, to no wider circle, and looked for before anything is sent again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kinds.mastodon.source import Mastodon
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Parent, Published, Refused, Unclear
from handlers.text.urls import canonical_url
from tests.bot.sources.kinds.mastodon.scene import Make, played, prepared, spoken
from tests.bot.sources.scene import outcome_of, parent_of
from tests.fakes.mastodon import FakeMastodon, Json, status_id


async def asked(instance: FakeMastodon, source: Mastodon, **more: Any) -> tuple[Json, Parent]:
    """Let Ana ask, and hear it."""
    made = instance.write(1, "#acme why twice?", **({"name": "ana@hachy.example"} | more))
    found = await source.find(made["url"]) if "hachy" not in made["url"] else None
    heard = [event for event in (await source.poll("")).events if getattr(event, "external_id", "") == made["id"]]
    post = found or heard[0]
    return made, parent_of(post)  # type: ignore[arg-type]


def test_a_reply_stands_below_its_parent_speaks_to_the_author_and_says_where_it_is() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        assert source.replies.can_reply(parent) == Allowed()
        outcome = await source.replies.publish(await prepared(source, parent))
        (reply,) = instance.replies_to(made["id"])
        assert outcome == Published(reply["id"], reply["url"])
        assert instance.posted[0]["status"] == "@ana@hachy.example We look into it. Ana"

    played(story)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ana@hachy.example", "Hi @ana@hachy.example, yes."),
        ("ana@hachy.example", "@ANA@hachy.example yes."),
        ("ben", "@ben yes."),
        ("ben", "@ben@127.0.0.1 yes."),
    ],
)
def test_a_reply_goes_out_as_it_came_where_it_speaks_to_its_author(name: str, text: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source, name=name)
        state = await source.replies.check(parent)
        assert isinstance(state, Alive)
        prepared = source.replies.prepare(parent, text, "s1", state.context)
        assert json.loads(prepared)["request"]["status"] == text

    played(story)


@pytest.mark.parametrize("text", ["yes.", "@ana yes.", "@ben@x.example yes.", "Mail a@ana.example."])
def test_nothing_is_put_into_a_reply_that_nobody_read(text: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source, name="ana@hachy.example")
        state = await source.replies.check(parent)
        assert isinstance(state, Alive)
        with pytest.raises(ValueError, match=r"@ana@hachy\.example does not stand in it"):
            source.replies.prepare(parent, text, "s1", state.context)

    played(story)


@pytest.mark.parametrize(
    ("visibility", "kept"),
    [("public", "public"), ("unlisted", "unlisted"), ("private", "private"), ("mutuals_only", "direct")],
)
def test_a_reply_goes_to_no_wider_circle_than_what_it_answers(visibility: str, kept: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        made["visibility"] = visibility
        await source.replies.publish(await prepared(source, parent))
        assert instance.posted[0]["visibility"] == kept

    played(story)


def test_the_limit_is_the_instances_own_where_links_and_hosts_of_names_count_otherwise() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        room = 60 - len("@ana ")
        link = "https://help.example/" + "x" * 200
        fits = f"{link} " + "👍🏽" * (room - 24)
        await prepared(source, parent, fits)
        with pytest.raises(ValueError, match=r"it has 61 characters, and 127\.0\.0\.1 takes 60"):
            await prepared(source, parent, fits + "x")

    played(story, limit=60)


def test_an_instance_that_says_nothing_of_limits_has_the_usual_ones() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        with pytest.raises(ValueError, match="takes 500"):
            await prepared(source, parent, "x" * 496)

    played(story, limit=0)


def test_a_parent_that_was_edited_deleted_or_answered_is_told_before_the_send() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        content = made["content"]
        made["content"] = "<p>something else</p>"
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert "edited" in state.what
        made["content"] = content
        instance.write(60, "@ana yes", name="ben", in_reply_to_id=made["id"])
        ours = instance.write(61, "@ana yes", name="acme", in_reply_to_id=made["id"])
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        assert ours["url"] in state.what
        assert source.replies.prepare(parent, spoken(parent, "All the same. Ana"), "s", state.context)
        del instance.statuses[made["id"]]
        assert isinstance(await source.replies.check(parent), Gone)

    played(story)


def test_answers_that_we_know_of_are_no_question_and_one_that_we_do_not_know_is() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        outcome = await source.replies.publish(await prepared(source, parent))
        assert isinstance(outcome, Published)
        for name in (outcome.external_id, canonical_url(outcome.url)):
            assert isinstance(await source.replies.check(replace(parent, ours=frozenset({name}))), Alive)
        colleague = instance.write(9_000, "Ben here", name="acme", in_reply_to_id=made["id"])
        state = await source.replies.check(replace(parent, ours=frozenset({outcome.external_id})))
        assert isinstance(state, Changed)
        assert colleague["url"] in state.what

    played(story)


def test_the_same_words_below_the_same_post_are_another_reply_that_is_not_found_before_it_is_sent() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        first = await source.replies.publish(await prepared(source, parent, "Thanks!", "s1"))
        assert isinstance(first, Published)
        again = await prepared(source, replace(parent, ours=frozenset({first.external_id})), "Thanks!", "s2")
        assert await source.replies.find_published(again) is None
        second = await source.replies.publish(again)
        assert second == await source.replies.find_published(again) != first
        assert len(instance.replies_to(made["id"])) == 2

    played(story)


def test_a_status_that_this_instance_has_under_another_id_is_resolved_before_the_reply() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        moved = instance.statuses.pop(parent.external_id) | {"id": status_id(99)}
        instance.foreign[moved["url"]] = moved
        await source.replies.publish(await prepared(source, parent))
        assert instance.posted[0]["in_reply_to_id"] == status_id(99)

    played(story)


@pytest.mark.parametrize("fault", ["die", "500"])
@pytest.mark.parametrize("ignores_keys", [False, True])
def test_what_was_accepted_without_an_answer_is_unclear_and_then_found(fault: str, ignores_keys: bool) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        request = await prepared(source, parent, "See https://help.example/a?b=1&c=2 @ben@x.example\n\n*We* look. Ana")
        instance.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        (reply,) = instance.replies_to(made["id"])
        assert await make().replies.find_published(request) == Published(reply["id"], reply["url"])
        assert len(instance.posted) == 1

    played(story, ignores_keys=ignores_keys)


def test_a_repeat_with_the_same_key_is_one_reply_where_the_server_heeds_keys() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        request = await prepared(source, parent)
        assert await source.replies.publish(request) == await source.replies.publish(request)
        assert len(instance.replies_to(made["id"])) == 1

    played(story)


@pytest.mark.parametrize("fault", ["early", "503"])
def test_what_was_not_accepted_is_certainly_not_found(fault: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        instance.faults.append(fault)
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is None

    played(story)


def test_a_reply_that_hangs_is_unclear_and_found() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        instance.faults.append("hang")
        assert isinstance(await outcome_of(source, request), Unclear)
        assert await source.replies.find_published(request) is not None

    played(story, seconds=1.0)


def test_what_we_wrote_before_or_elsewhere_is_not_taken_for_the_reply() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        instance.write(2, "We look into it. Ana", name="acme")
        before = instance.write(3, "@ana@hachy.example We look into it. Ana", name="acme", in_reply_to_id=made["id"])
        state = await source.replies.check(parent)
        assert isinstance(state, Changed)
        request = source.replies.prepare(parent, spoken(parent), "s", state.context)
        instance.write(4, "@ana@hachy.example Something else", name="acme", in_reply_to_id=made["id"])
        instance.write(5, "We look into it. Ana", name="acme", in_reply_to_id=before["id"])
        assert await source.replies.find_published(request) is None

    played(story)


def test_our_reply_is_found_below_many_others_of_ours() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        await source.replies.publish(request)
        for number in range(90):
            instance.write(7_200 + number, f"news {number}", name="acme")
        assert await source.replies.find_published(request) is not None

    played(story)


def test_a_full_instance_asks_for_a_rest_and_got_nothing() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        instance.faults.append("429")
        with pytest.raises(SourceUnavailable) as caught:
            await source.replies.publish(request)
        assert caught.value.retry_after == 120
        assert instance.posted == []

    played(story)


@pytest.mark.parametrize("number", [400, 422])
def test_a_text_that_is_refused_is_the_drafts_trouble(number: int) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        instance.limit = 10
        outcome = await source.replies.publish(request)
        assert outcome == Refused(f"127.0.0.1 refused it ({number}): Validation failed: Text is too long")

    played(story, bad_text=number)


@pytest.mark.parametrize("number", [400, 401, 403])
def test_a_token_revoked_meanwhile_is_the_sources_trouble(number: int) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        request = await prepared(source, parent)
        instance.token = "another"
        with pytest.raises(SourceRefused):
            await source.replies.publish(request)
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_FEDI_ACCESS_TOKEN"):
            await make().replies.check(parent)
        with pytest.raises(SourceRefused):
            await source.replies.find_published(request)
        assert instance.posted == []

    played(story, bad_token=number)


def test_a_parent_that_went_in_the_last_moment_is_a_refusal() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        made, parent = await asked(instance, source)
        request = await prepared(source, parent)
        del instance.statuses[made["id"]]
        assert await source.replies.publish(request) == Refused(
            "The post that it answers is gone, or our account may not see it."
        )

    played(story)


def test_without_a_token_a_person_posts_it_by_hand() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        handoff = make(token="").replies.can_reply(parent)
        assert isinstance(handoff, Handoff)
        assert (handoff.url, "DIBS_SOURCE_FEDI_ACCESS_TOKEN" in handoff.why) == (parent.url, True)

    played(story)


@pytest.mark.parametrize("context", ["", "[]", "{}", '{"id": "1"}'])
def test_nothing_is_prepared_from_a_look_that_did_not_happen(context: str) -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        with pytest.raises(ValueError, match="looked at again"):
            make().replies.prepare(Parent(external_id="1", url=""), "Hello", "s", context)

    played(story)


def test_no_token_stands_in_what_is_stored() -> None:
    async def story(instance: FakeMastodon, make: Make) -> None:
        source = make()
        _, parent = await asked(instance, source)
        assert instance.token not in await prepared(source, parent)

    played(story)
