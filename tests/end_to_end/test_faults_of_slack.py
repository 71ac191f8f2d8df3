"""Whatever Slack answers, or does not: every mention gets its card, once."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.conftest import Running, Scenario
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import RunningOnSlack, running_on_slack, words
from tests.fakes.slack.methods import DEFAULT_SCOPES

POST, UPDATE = "chat.postMessage", "chat.update"


def some(number: int, name: str = "post") -> list[Item]:
    """Return so many posts of the feed."""
    return [Item(id=f"{name}-{one}") for one in range(number)]


def ids(items: list[Item]) -> list[str]:
    """Return their external ids."""
    return [item.id for item in items]


def five_429s(folder: Path) -> str:
    """Slack says five times that it is too much: it is heeded, and nothing is lost."""
    items = some(10)
    with running_on_slack(folder, items) as scene:
        scene.slack.fault(POST, retry_after=1, times=5)
        scene.bot.start()
        scene.settle(ids(items))
        told = [request for request in scene.slack.requests(POST) if request.status == 429]
        assert len(told) == 5
        return f"five 429s: {len(items)} mentions, lost 0, twice 0"


def twenty_a_second(folder: Path) -> str:
    """Twenty posts in a second for a channel that takes one: all arrive, in order, and people do not wait for them."""
    strict = {"posts_per_second": 1, "burst": 1}
    with running_on_slack(folder, slack=strict, posts_per_second=1) as scene:
        scene.bot.start()
        posts = [mentioned(number, text=f"Refund number {number:02}") for number in range(20)]
        begun = time.monotonic()
        assert all(scene.bot.push(post) == 200 for post in posts)
        pushed = time.monotonic() - begun
        first = scene.bot.wait_for(lambda: scene.office.cards(scene.office.finance))[0]
        waited, overtaken = _claim(scene, first.ts)
        assert overtaken < 3, "the claim was shown only after the posts that waited"
        scene.settle([post["id"] for post in posts])
        cards = [words(card) for card in scene.office.cards(scene.office.finance)]
        assert all(f"Refund number {number:02}" in card for number, card in enumerate(cards))
        assert not [error for method, error in scene.slack.refusals if method == POST]
        return (
            f"20 posts in {pushed:.1f} s against 1/s: lost 0, twice 0, in order, no 429; "
            f"a claim meanwhile was shown after {waited:.2f} s, {overtaken} waiting posts before it"
        )


def _claim(scene: RunningOnSlack, ts: str) -> tuple[float, int]:
    """Let Ana claim a card; returns how long it took until the card said so, and what was posted between."""
    room = scene.office.finance
    card = next(card for card in scene.office.cards(room) if card.ts == ts)
    begun = time.monotonic()
    assert scene.slack.press(scene.office.ana, card, "dibs:claim").ok
    posted = len(scene.slack.requests(POST))
    scene.bot.wait_for(lambda: any(one.ts == ts and "Ana has it" in words(one) for one in scene.office.cards(room)))
    asked = [request.method for request in scene.slack.requests()]
    return time.monotonic() - begun, asked[: asked.index(UPDATE)].count(POST) - posted


def five_500s(folder: Path) -> str:
    """Five failures that were none: each is looked up, and sent again."""
    return _five(folder, accepted=False)


def five_accepted_500s(folder: Path) -> str:
    """Five failures of what was accepted: each is looked up, and not sent again."""
    return _five(folder, accepted=True)


def _five(folder: Path, *, accepted: bool) -> str:
    items = some(4)
    with running_on_slack(folder, items) as scene:
        scene.slack.fault(POST, status=500, accepted=accepted, times=5)
        scene.bot.start()
        scene.settle(ids(items))
        if accepted:
            # The fifth fault was not met: four messages, each sent once.
            assert len(scene.slack.requests(POST)) == 4
            scene.feeds.add(*(more := some(2, "more")))
            scene.settle(ids(items + more))
            assert len(scene.slack.requests(POST)) == 6
        assert sum(request.status == 500 for request in scene.slack.requests(POST)) == 5
        return f"five 500s{' that were accepted' if accepted else ''}: lost 0, twice 0"


def hangs_and_cuts(folder: Path) -> str:
    """No answer for longer than the bot waits, and cut connections, accepted and not."""
    items = some(8)
    with running_on_slack(folder, items) as scene:
        for accepted in (True, False):
            scene.slack.fault(POST, hang=25, accepted=accepted)
            scene.slack.fault(POST, cut=True, accepted=accepted)
        scene.bot.start()
        scene.settle(ids(items))
        return f"two hangs and two cuts: {len(items)} mentions, lost 0, twice 0"


def updates_that_fail(folder: Path) -> str:
    """Updates get a 429, a 500 that was accepted, and a cut: the card is true in the end."""
    items = some(3)
    with running_on_slack(folder, items) as scene:
        scene.bot.start()
        scene.settle(ids(items))
        scene.slack.fault(UPDATE, retry_after=1)
        scene.slack.fault(UPDATE, status=500, accepted=True)
        scene.slack.fault(UPDATE, cut=True)
        for card in scene.office.cards(scene.office.finance):
            assert scene.slack.press(scene.office.ana, card, "dibs:claim").ok
        scene.settle(ids(items))
        assert not scene.slack.faults.left()
        return "updates with a 429, a 500 and a cut: 3 cards true"


def edited_feeds(folder: Path) -> str:
    """A feed repeats itself, in another order, edited, back-dated, dated in the future: one card a post."""
    items = some(10)
    with running_on_slack(folder, items) as scene:
        scene.bot.start()
        scene.settle(ids(items))
        shuffled = random.Random(1).sample(items, len(items))
        scene.feeds.show(shuffled + shuffled)
        _let_it_look(scene)
        edited = [Item(id=item.id, text="I want my refund, and I want it now.") for item in items[:3]]
        old = [Item(id=f"old-{one}", published=item.published.replace(year=1999)) for one, item in enumerate(items[:2])]
        ahead = [Item(id="ahead", published=items[0].published.replace(year=2050))]
        scene.feeds.show([*edited, *items[3:], *old, *ahead])
        _let_it_look(scene)
        scene.feeds.show([*items[3:5], *edited])
        _let_it_look(scene)
        scene.settle(ids(items + old + ahead))
        said = [words(card) for card in scene.office.cards(scene.office.finance)]
        assert sum("I want it now" in card for card in said) == 3
        assert sum("edited" in card.lower() for card in said) == 3
        return f"a feed repeated, shuffled, edited, back-dated: {len(said)} mentions, lost 0, twice 0"


def _let_it_look(scene: RunningOnSlack) -> None:
    """Wait until the feed was asked twice more, so once at least after what it shows now was set."""
    asked = scene.feeds.asked()
    scene.bot.wait_for(lambda: scene.feeds.asked() >= asked + 2)


def sigterm_in_flight(folder: Path) -> str:
    """SIGTERM while a post is under way: over in ten seconds, it stands as sending, and is looked up at the start."""
    items = some(3)
    with running_on_slack(folder, items) as scene:
        scene.slack.fault(POST, hang=25, accepted=True)
        scene.bot.start()
        scene.bot.wait_for(lambda: len(scene.office.cards(scene.office.finance)) == 3)
        seconds = scene.bot.term()
        # The others of its batch were answered, but are written down together with it: they are looked up, too.
        assert {row["state"] for row in scene.bot.reader.waiting()} == {"sending"}
        looked = len(scene.slack.requests("conversations.history"))
        scene.bot.start()
        scene.settle(ids(items))
        assert len(scene.slack.requests("conversations.history")) > looked
        assert len(scene.slack.requests(POST)) == 3
        return f"SIGTERM in mid-flight: ended in {seconds:.1f} s, looked up, lost 0, twice 0"


def dead_channel(folder: Path) -> str:
    """A channel is archived in the middle: its cards stand in the fallback home, and the admin hears of it, once."""
    before, after = some(3), some(3, "after")
    with running_on_slack(folder, before) as scene:
        scene.bot.start()
        scene.settle(ids(before))
        scene.office.finance.is_archived = True
        scene.feeds.add(*after)
        scene.bot.wait_for(lambda: len(scene.office.cards(scene.office.support)) == 6)
        scene.bot.wait_for(lambda: scene.slack.messages(scene.office.ana))
        scene.bot.settle(6)
        mentions = {f"card:{row['id']}:{scene.office.support.id}" for row in scene.bot.reader.mentions()}
        assert sorted(card.key for card in scene.office.cards(scene.office.support)) == sorted(mentions)
        assert all("cannot be reached" in words(card) for card in scene.office.cards(scene.office.support))
        assert len(scene.slack.messages(scene.office.ana)) == 1
        assert scene.bot.get("/readyz")[0] == 200
        assert scene.bot.ready["lanes"][f"slack:{scene.office.finance.id}"]["status"] == "degraded"
        return "a channel archived in the middle: 6 cards stand in the fallback home, the admin was told once"


def early_posts(folder: Path) -> str:
    """Slack is away when Dibs starts for the first time: what arrives before it knows its channels gets cards later."""
    items = some(3)
    with running_on_slack(folder, items) as scene:
        scene.slack.fault("auth.test", status=503, times=2)
        scene.slack.fault("conversations.list", status=503)
        scene.bot.start(ready=False)
        scene.bot.wait_for(lambda: scene.bot.reader.count("mention") == 3)
        assert not scene.office.cards(scene.office.finance)
        scene.bot.wait_for(lambda: len(scene.office.cards(scene.office.finance)) == 3)
        scene.settle(ids(items))
        return "Slack away at the first start: 3 mentions, lost 0, twice 0"


def missing_scopes(folder: Path) -> str:
    """Without most scopes it still runs, posts, and takes claims by button and slash command."""
    granted = {"chat:write", "commands", "channels:read", "channels:history"}
    items = some(2)
    with running_on_slack(folder, items, slack={"scopes": granted}) as scene:
        scene.bot.start(ready=False)
        scene.bot.wait_for(lambda: scene.bot.get("/readyz")[0] == 200)
        scene.settle(ids(items))
        first, second = scene.office.cards(scene.office.finance)
        assert scene.slack.press(scene.office.ana, first, "dibs:claim").ok
        token = next(row["token"] for row in scene.bot.reader.mentions() if second.key.startswith(f"card:{row['id']}:"))
        assert scene.slack.slash(scene.office.ana, scene.office.finance, f"claim #{token}").ok
        scene.settle(ids(items))
        assert set(scene.bot.reader.owners().values()) == {"Ana"} or None not in scene.bot.reader.owners().values()
        missing = len(DEFAULT_SCOPES - granted)
        return f"{missing} scopes missing: it runs, posts, and takes claims"


SCENARIOS: dict[str, Scenario] = {
    one.__name__: one
    for one in (
        twenty_a_second,
        hangs_and_cuts,
        five_429s,
        five_500s,
        five_accepted_500s,
        updates_that_fail,
        edited_feeds,
        sigterm_in_flight,
        dead_channel,
        early_posts,
        missing_scopes,
    )
}


@pytest.mark.turns
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_lost_or_doubled(scenario: str, running: Running, say: Callable[[str], None]) -> None:
    say(running[scenario].result())
