"""Meanwhile: what a source brings, however much it is to read, keeps nobody waiting who presses a button."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bot.runtime.async_database import AsyncDatabase
from bot.sources.base import Batch, SourceSettings
from bot.sources.runner.steps import steps_of
from handlers.base.events import Author, AuthorGone, Deleted, Event, Posted
from handlers.base.organisation import SourceRules
from handlers.listen.appraise import appraise
from handlers.listen.ingest import ingest
from handlers.text.match import Match, Matcher
from storage.engine.database import Session, prove_writable
from storage.listen import posts
from storage.own import mentions
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed
from tests.bot.sources.runner.test_runner import Played, played
from tests.fakes.http import Reply
from tests.harness.bare import promised
from tests.harness.scene import Scene

ITEMS = 1_000
# What makes each of a thousand items of a feed of two megabytes as dear as can be.
DEAR = {
    "digits in the fragment": ("https://a.example/{number}#" + "1" * 1_980 + "!", "Refund"),
    "escapes in the path": ("https://a.example/{number}/" + "%41%c3%a4" * 200, "Refund"),
    "fields in the query": ("https://a.example/{number}?" + "&amp;".join(f"a{n}=b" for n in range(90)), "Refund"),
    "signs in the text": ("https://a.example/{number}", "refun" + "\u0300\u0345ﬃ" * 250),
    "almost words": ("https://a.example/{number}", "refundx invoicex " * 110),
    "addresses in the text": ("https://a.example/{number}", "https://b.example/)))) " * 80),
}


def document(link: str, text: str) -> bytes:
    items = "".join(
        f"<item><guid>{number}</guid><title>Refund {number}</title><link>{link.replace('{number}', str(number))}</link>"
        f"<description>{text}</description></item>"
        for number in range(ITEMS)
    )
    return f'<rss version="2.0"><channel><title>Acme</title>{items}</channel></rss>'.encode()[: 2 * 1024 * 1024]


@pytest.mark.parametrize(
    ("link", "text"),
    [pytest.param(*one, id=name, marks=() if "digits" in name else pytest.mark.slow) for name, one in DEAR.items()],
)
def test_a_press_waits_for_no_feed_however_dear_it_is_to_read(scene: Scene, link: str, text: str) -> None:
    async def story(house: SourcesInstallation) -> None:
        house.server.on("/feed", Reply(body=document(link, text)))
        runner, database = house.runner(feed("news", house.server.url("/feed"))), AsyncDatabase(scene.database)
        await runner.start()
        polling = asyncio.create_task(house.poll(runner))
        presses = 0
        while not polling.done():
            with promised(0.3, "a press"):
                await database.tx(prove_writable, urgent=True)
            presses += 1
            await asyncio.sleep(0.005)
        assert (await polling).arrival.seen >= ITEMS // 2
        assert presses > 10

    at_work(scene, story)


class Watched(Matcher):
    """A matcher that notes in which threads it matches."""

    threads: set[str]

    def match(self, title: str, text: str, links: Sequence[str] = (), lang: str = "", **facts: Any) -> Match | None:
        """Match, and note it."""
        self.threads.add(threading.current_thread().name)
        return super().match(title, text, links, lang, **facts)


def polled_twice(scene: Scene, *, backfill: int | None) -> set[str]:
    """Poll a feed and then the same with other words; returns in which threads it was matched."""
    watched = Watched(scene.organisation.topics)
    watched.threads = set()
    scene.matcher = watched

    def settings(house: SourcesInstallation) -> SourceSettings:
        return feed("news", house.server.url("/feed"), backfill=backfill)

    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(settings(house))
        for word in ("lunch", "refund"):
            house.show(*((f"g{number}", f"{word} {number} {'x' * 400}") for number in range(150)))
            await house.poll(runner)
        assert house.state().matched + len(house.mentions()) > 0

    at_work(scene, story)
    return watched.threads


@pytest.mark.parametrize("backfill", [0, None])
def test_nothing_is_matched_where_people_wait(scene: Scene, backfill: int | None) -> None:
    threads = polled_twice(scene, backfill=backfill)
    assert threads
    assert not any(name.startswith("writer") for name in threads)


def test_what_changed_since_it_was_worked_out_is_worked_out_anew(scene: Scene) -> None:
    rules = SourceRules(name="blog", kind="feed")
    old = scene.posted("lunch")
    scene.ingest(old, baseline=[old.external_id])
    known = scene.database.read(lambda session: posts.known(session, "blog", [old.external_id]))
    wanted = replace(old, text="my refund, please")
    worked_out = appraise(scene.matcher, scene.organisation, rules, [wanted], known)
    scene.ingest(replace(old, text="a refund"))  # somebody else was quicker: it is a mention already

    def late(session: Session) -> int:
        drawn = Random(1)
        arrival = ingest(
            session, rules, scene.matcher, scene.organisation, [wanted], scene.now, drawn, appraisals=worked_out
        )
        return arrival.changed

    assert scene.database.write(late) == 1
    assert len(scene.database.read(lambda session: mentions.listed(session, mentions.Filter(), limit=9))) == 1


def test_who_left_with_many_posts_and_many_deletions_are_written_down_in_short_steps(scene: Scene) -> None:
    ours = [scene.posted(f"refund {number}") for number in range(130)]
    others = [scene.posted(f"refund {number}", author=Author(name="Lee", external_id="lee")) for number in range(60)]
    scene.ingest(*ours[:100])
    scene.ingest(*ours[100:], *others)
    touched: list[int] = []
    scene.database.listen(lambda mentions: touched.append(len(mentions)))
    rest = scene.posted("the refund of somebody else", author=Author(name="Max", external_id="max"))
    told: tuple[Event, ...] = (
        AuthorGone(author_external_id="kim"),
        *(Deleted(external_id=one.external_id) for one in others),
        rest,
    )

    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(feed("blog", "https://blog.example/feed", baseline=False))
        played(runner, Played(Batch(events=told, checkpoint="after")), "blog")
        polled = await house.poll(runner, "blog")
        assert polled.arrival.changed == 190
        assert house.state("blog").checkpoint == "after"
        played(runner, Played(Batch(events=(AuthorGone(author_external_id="max"),), checkpoint="later")), "blog")
        assert (await house.poll(runner, "blog")).arrival.changed == 1
        assert house.state("blog").checkpoint == "later"
        assert house.mentions() == []

    at_work(scene, story)
    assert max(touched) <= 25


def test_an_empty_batch_is_a_step_and_what_was_brought_keeps_its_order() -> None:
    post, gone, left = Posted(external_id="1", text="x"), Deleted(external_id="1"), AuthorGone(author_external_id="kim")
    assert steps_of([]) == [[]]
    assert steps_of([post] * 230) == [[post] * 100, [post] * 100, [post] * 30]
    assert steps_of([gone] * 30) == [[gone] * 25, [gone] * 5]
    assert steps_of([post, left, post]) == [[post], [left], [post]]
    assert steps_of([left]) == [[left], []]
