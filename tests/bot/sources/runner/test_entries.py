"""Looks at a feed by a real poll: names and dates that change from one document to the next."""

import pytest

from storage.tables.states import PostRole
from tests.bot.sources.runner.running import SourcesInstallation, at_work, feed
from tests.fakes.http import Reply
from tests.harness.scene import Scene

RECENT = ["Sat, 28 Feb 2026 05:00:00 GMT", "Fri, 27 Feb 2026 05:00:00 GMT", "Thu, 26 Feb 2026 05:00:00 GMT"]
ITEMS = [("c", "Refund c"), ("b", "Refund b"), ("a", "Refund a")]


def site(scheme: str, number: int) -> bytes:
    items = (
        f"<item><guid>{scheme}://m.example/?p={n}</guid><link>{scheme}://m.example/{n}/</link>"
        f"<title>acme {n}</title></item>"
        for n in range(number)
    )
    return f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def test_a_certificate_and_new_guids_flood_no_channel_over_several_steps(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(feed("news", house.server.url("/feed")))
        documents = [site("http", 250), site("https", 251), site("https", 251).replace(b"?p=", b"?build=7&amp;p=")]
        for document, expected in zip(documents, (250, 1, 0), strict=True):
            house.server.on("/feed", Reply(body=document))
            assert (await house.poll(runner)).arrival.matched == expected

    at_work(scene, story)


@pytest.mark.parametrize(
    ("first", "late", "expected"),
    [
        (RECENT, "Mon, 07 Jan 2019 05:00:00 GMT", []),
        (RECENT, "Sun, 01 Feb 2026 05:00:00 GMT", []),
        (RECENT, "Wed, 25 Feb 2026 05:00:00 GMT", ["Refund late"]),
        (RECENT, "Sun, 22 Feb 2026 05:00:00 GMT", ["Refund late"]),
        (RECENT, "", ["Refund late"]),
        ([*RECENT[:2], "Mon, 07 Jan 2019 05:00:00 GMT"], "Tue, 07 Jan 2020 05:00:00 GMT", ["Refund late"]),
        ([], "Mon, 07 Jan 2019 05:00:00 GMT", []),
    ],
)
def test_what_was_old_news_at_the_first_look_is_none_when_it_slides_in(
    scene: Scene, first: list[str], late: str, expected: list[str]
) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(feed("news", house.server.url("/feed"), backfill=0))
        house.show(*ITEMS, dates=first)
        await house.poll(runner)
        new = ("new", "Refund new")
        house.show(
            new, ITEMS[0], ITEMS[1], ("late", "Refund late"), dates=["Mon, 02 Mar 2026 10:00:00 GMT", *RECENT[:2], late]
        )
        await house.poll(runner)
        assert sorted(house.texts()) == [*expected, "Refund new"]
        assert house.known("late")["late"].role == (PostRole.ORIGINAL if expected else PostRole.BASELINE)

    at_work(scene, story)


def test_where_all_is_to_be_heard_the_past_is_too(scene: Scene) -> None:
    async def story(house: SourcesInstallation) -> None:
        runner = house.runner(feed("news", house.server.url("/feed"), backfill=None))
        house.show(*ITEMS, dates=RECENT)
        await house.poll(runner)
        house.show(*ITEMS, ("late", "Refund late"), dates=[*RECENT, "Mon, 07 Jan 2019 05:00:00 GMT"])
        await house.poll(runner)
        assert "Refund late" in house.texts()

    at_work(scene, story)
