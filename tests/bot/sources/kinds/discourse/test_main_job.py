"""The main job on a forum: a post becomes a card, its reply stands there once, and the author's answer comes back."""

from datetime import timedelta

import pytest

from bot.sources.base import HookRefused, SourceConfig, SourceSettings
from bot.sources.kinds.discourse.options import DiscourseOptions
from handlers.base.events import Event
from handlers.base.organisation import SourceRules
from storage.tables.states import PublicationState, Status
from tests.bot.sources.kinds.discourse.scene import SECRETS
from tests.bot.sources.runner.running import SourcesInstallation, at_work
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_board import US
from tests.fakes.sites.discourse import OnDiscourse
from tests.harness.scene import Scene
from tests.harness.talking import Talking, talking

QUESTION = "Acme charged me twice, #acme refund please"
REPLY = "I am sorry. #acme sends the refund today. Ana here."
ANSWER = "Thank you, it is here. #acme is great"


def forum_of(talk: Talking) -> FakeDiscourse:
    assert isinstance(talk.site, OnDiscourse)
    return talk.site.fake


def deliver(talk: Talking, event: str, post: str, times: int = 1) -> None:
    """Let the webhook tell of a post, so often; what it brings is heard as the poll's is."""
    forum = forum_of(talk)
    for _ in range(times):
        brought: list[Event] = list(
            talk.source.receive(*forum.delivery(event, forum.posts[int(post)]), talk.clock.now())
        )
        talk.scene.ingest(*brought, source=talk.site.name)


def test_a_post_is_answered_once_and_its_author_comes_back_to_the_same_card(scene: Scene) -> None:
    with talking(scene, "discourse") as talk:
        first = talk.site.write(QUESTION)
        talk.listen()
        deliver(talk, "post_created", first, times=2)
        (mention,) = talk.mentions
        row = talk.reply(mention, REPLY)
        assert talk.settle(row) == PublicationState.PUBLISHED
        (ours,) = talk.site.replies()
        assert (ours.parent, ours.text) == (first, REPLY)
        deliver(talk, "post_created", ours.name, times=2)
        talk.listen()
        assert talk.mentions == []  # nothing is open
        assert scene.look(mention).status == Status.RESPONDED
        answer = talk.site.answer(ANSWER, ours.name)
        deliver(talk, "post_created", answer, times=2)
        talk.listen()
        assert talk.mentions == [scene.look(mention)]
        assert scene.look(mention).status == Status.CLAIMED
        said = talk.talk(mention)
        assert [one.who for one in said.turns] == ["they", "we", "they"]
        assert said.answered.external_id == answer


def test_what_our_account_says_to_all_is_no_mention(scene: Scene) -> None:
    with talking(scene, "discourse") as talk:
        forum_of(talk).topic("News", "#acme refund news for all", "acme_support")
        talk.listen()
        assert talk.mentions == []


def test_a_post_that_was_deleted_is_no_card_to_answer_any_more(scene: Scene) -> None:
    with talking(scene, "discourse") as talk:
        first = talk.site.write(QUESTION)
        talk.listen()
        (mention,) = talk.mentions
        forum_of(talk).posts[int(first)]["deleted_at"] = "2026-03-04T05:00:00Z"
        deliver(talk, "post_destroyed", first)
        assert scene.look(mention).status == Status.DISMISSED


def test_a_delivery_that_comes_again_has_no_effect_and_is_still_a_ring(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        async with FakeDiscourse().serve() as forum:
            runner = house.runner(settings_of_forum(forum))
            first = forum.topic("A question", QUESTION)
            await house.poll(runner, "forum")
            post = forum.post(forum.topics[first["topic_id"]], "My #acme refund, too", "ben", to=1)
            created, again = forum.delivery("post_created", post), forum.delivery("post_created", post, form=True)
            edited = forum.delivery("post_edited", forum.edit(post, "My #acme refund came"))
            assert (await runner.receive("forum", *created)).matched == 1
            assert (await runner.receive("forum", *edited)).changed == 1
            for delivery in (created, again, edited):
                arrival = await runner.receive("forum", *delivery)
                assert (arrival.seen, arrival.matched, arrival.changed) == (0, 0, 0)
            with pytest.raises(HookRefused):
                await runner.receive("forum", created[0], edited[1])
            name = str(post["id"])
            assert house.known(name, source="forum")[name].text == "My #acme refund came"
            assert (await runner.poll_once("forum")).asked  # it was rung for
            assert len(house.mentions()) == 1  # the refund stands on the card of its topic

    at_work(scene, story)


def settings_of_forum(forum: FakeDiscourse) -> SourceSettings:
    options = DiscourseOptions(base_url=forum.base_url, username=US)
    config = SourceConfig(name="forum", kind="discourse", options=options, secrets=SECRETS, allow_private=True)
    rules = SourceRules(name="forum", kind="discourse", place="forum", backfill=None, own_accounts=frozenset({US}))
    return SourceSettings(config=config, rules=rules, every=timedelta(hours=1))
