"""A reply goes out once, whenever the bot is killed and whatever the service answers."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.end_to_end.answering import RunningWithSites, running_with_sites
from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.conftest import Running, Scenario
from tests.end_to_end.feed_server import Item
from tests.end_to_end.killed_publishing import STAGED
from tests.end_to_end.office import running_on_slack, words
from tests.end_to_end.reply_chains import AFTER, BEFORE, EVERY, SENDING, WIRE, renew_often, run_chain
from tests.end_to_end.talks import hold_talk
from tests.fakes.gate import Fault
from tests.fakes.sites.base import CHARTER
from tests.fakes.sites.served import CONVERSING, RESTORING, ROTATING, SITES, STAGING
from tests.harness.postgres import Cluster

# So often a process dies at each point, and of so many of them in the share of each day.
MANY, FEW = 20, 3
TURNS = 10
OTHERS = ("mastodon", "mastodon-deaf", "reddit", "discourse", "github")
# Longer than Dibs rests by itself after a first failure.
RETRY_AFTER = 8
FAULTS: dict[str, Fault] = {
    "accepted and never answered": Fault(accepted=True, hang=30),
    "never answered": Fault(hang=30),
    "accepted and answered with 500": Fault(accepted=True, status=500),
    "answered with 503": Fault(status=503),
    "accepted and cut": Fault(accepted=True),
    "cut": Fault(),
    "429": Fault(status=429, retry_after=RETRY_AFTER),
}
# Dibs waits for an answer for 15 s, and sends a service one reply at a time: these come once to each, in `make test`.
HANGS = {"accepted and never answered": ("bluesky", "mastodon-deaf"), "never answered": ("mastodon", "reddit")}


def kill_often(name: str, kills: list[tuple[str, str]], folder: Path) -> str:
    """Kill at these points; returns the figures."""
    figures = run_chain(folder, name, kills)
    assert not figures.tally, str(figures)
    return str(figures)


def renewed_often(name: str, times: int, folder: Path) -> str:
    """Kill between an account's next tokens and their use; returns the figures."""
    figures = renew_often(folder, name, times)
    assert not figures.tally, str(figures)
    return str(figures)


def faults(where: Mapping[str, Sequence[str]], folder: Path) -> str:
    """Every service fails in every way, once each: all replies stand there once in the end.

    Args:
        where: For faults that do not come everywhere, on which services they do.
        folder: Where the bot lives.
    """
    with running_with_sites(folder, list(SITES)) as scene:
        hit = {name: scene.begin(*where.get(name, SITES)) for name in FAULTS}
        for name, stories in hit.items():
            for story in stories:
                story.site.gate.faults[story.parent] = FAULTS[name]
        scene.bot.start()
        scene.arrive()
        scene.draft(scene.stories)
        scene.publish(scene.stories)
        tally = scene.finish()
        assert not tally, str(tally)
        for name, fault in FAULTS.items():
            asked = [story.site.gate.asked[story.parent] for story in hit[name]]
            assert {len(times) for times in asked} == {1 if fault.accepted else 2}, name
            assert not fault.retry_after or all(again - first >= RETRY_AFTER for first, again in asked), asked
        return f"{len(FAULTS)} kinds of faults, {len(SITES)} services: {tally}"


def revoked(folder: Path) -> str:
    """The credentials are revoked: replies wait, the admin hears of it once; they come back, and all goes out."""
    with running_with_sites(folder, list(RESTORING)) as scene:
        first, second = scene.begin(*RESTORING), scene.begin(*RESTORING)
        scene.bot.start()
        scene.arrive()
        scene.draft(scene.stories)
        for site in scene.sites.values():
            site.revoke()
        scene.publish(first)
        scene.bot.wait_for(lambda: all(_refusals(scene, name) == 1 for name in RESTORING))
        scene.publish(second)
        scene.bot.restart()
        scene.bot.wait_for(lambda: all(_refusals(scene, name) == 2 for name in RESTORING))
        assert [row["state"] for row in scene.rows()] == ["due"] * len(scene.stories)
        for site in scene.sites.values():
            site.restore()
        # What a person does who has mended something; without it, they are tried again after a quarter of an hour.
        scene.bot.restart()
        tally = scene.finish()
        assert not tally, str(tally)
        for name in RESTORING:
            assert scene.told(f"Replies on {name} wait") == scene.told(f"Replies on {name} go out again") == 1
            # That it cannot be listened to either is a trouble of its own, if it was met meanwhile.
            assert scene.told(f"The source {name} is refused") <= 1
        return f"credentials revoked on {len(RESTORING)} services and back: {tally}; the admin was told once of each"


def _refusals(scene: RunningWithSites, name: str) -> int:
    lines = scene.bot.log.splitlines()
    return sum("its replies wait" in line and line.endswith(f"source={name}") for line in lines)


def second_person(folder: Path) -> str:
    """Ana writes in a form, Ben's one press approves and publishes, and the bot dies in the middle of it."""
    charter = 'publish = ["ben@acme.example"]\nreview = "second person"'
    with running_with_sites(folder, ["mastodon-deaf"], charter) as scene:
        (story,) = scene.begin("mastodon-deaf")
        scene.bot.start()
        scene.arrive()
        ana, ben = scene.office.ana, scene.office.ben
        scene.office.open_form(ana, scene.cards()[0], "draft")
        assert scene.slack.submit(ana, {"text": story.text, "then": "review"}).ok
        scene.bot.wait_for(lambda: "waits for a second person" in words(scene.cards()[0]))
        scene.office.open_form(ben, scene.cards()[0], "review")
        story.site.gate.hook = ("accepted", lambda: os.kill(scene.bot.pid, signal.SIGKILL))
        scene.slack.submit(ben, {"verdict": "approve_publish"})
        story.pressed = True
        scene.bot.wait_dead()
        scene.bot.start()
        tally = scene.finish()
        assert not tally, str(tally)
        actions = [row["action"] for row in scene.bot.reader.log()]
        wanted = ["arrived", "drafted", "review_asked", "approved", "owned_by_reply", "publishing", "responded"]
        assert actions == wanted
        return f"a second person's press, killed: {tally}"


def own_hands(folder: Path) -> str:
    """What a feed or a webhook brought is given to Ana to post it herself, and counts as answered when she says so."""
    charter = f"[charter]\n{CHARTER}"
    with running_on_slack(folder, [Item(id="post-1", text="Where is my refund?")], sources=charter) as scene:
        scene.bot.start()
        assert scene.bot.push(mentioned(1)) == 200
        scene.settle(["post-1", "hook-1"])
        slack, ana, room = scene.slack, scene.office.ana, scene.office.finance
        for row in scene.bot.reader.mentions():
            slack.slash(ana, room, f"draft #{row['token']} I am sorry. It was sent today. Ana here.")
            slack.slash(ana, room, f"publish #{row['token']}")
            given = slack.ephemerals(ana)[-1]
            assert "copy the text" in words(given)
            assert "It was sent today." in words(given)
            assert slack.press(ana, given, "dibs:posted").ok
            slack.submit(ana, {"url": f"https://forum.example/answers/{row['id']}"})
        scene.bot.wait_for(lambda: all("Ana answered" in words(card) for card in scene.office.cards(room)))
        assert scene.bot.command("log", "verify").returncode == 0
        assert {(row["attempts"], row["prepared"]) for row in scene.bot.reader.publications()} == {(0, None)}
        return "a feed and a webhook: 2 replies given to own hands, none sent"


def careless(folder: Path) -> str:
    """A bot that sends again without looking is caught at it: these tests can fail."""
    kills = [("answered before settled", site) for site in ("mastodon-deaf", "reddit")]
    figures = run_chain(folder, "a careless bot", kills, "tests.end_to_end.careless")
    assert figures.tally.twice, str(figures)
    return f"a bot that does not look, killed {figures.killed} times: twice {len(figures.tally.twice)}, as it should"


def spread(points: Sequence[str], *sites: str) -> list[tuple[str, str]]:
    """Return each point once, on these sites in turn."""
    return list(zip(points, cycle(sites), strict=False))


def kill_at(named: Mapping[str, list[tuple[str, str]]]) -> dict[str, Scenario]:
    """Return a scenario for each of these chains."""
    return {name: partial(kill_often, name, kills) for name, kills in named.items()}


# The longest first: they all begin together, a few at a time.
QUICK: dict[str, Scenario] = {
    "faults": partial(faults, HANGS),
    **kill_at(
        {
            "from the request on, on bluesky": spread(AFTER, "bluesky"),
            "from the request on, elsewhere": spread(AFTER[::-1], *OTHERS),
            "before the request, on bluesky": spread(BEFORE, "bluesky"),
            "before the request, elsewhere": spread(BEFORE, *OTHERS),
            "from the request on, on instagram": spread((*WIRE, "answered before settled"), "instagram"),
            "in either step, on threads": spread((STAGED, "answered before settled", *WIRE), "threads"),
        }
    ),
    **kill_at(
        {
            f"a few points, on {name}": spread(list(islice(cycle(EVERY), number * FEW, (number + 1) * FEW)), name)
            for number, name in enumerate(SITES)
        }
    ),
    **{f"the account of {name}": partial(renewed_often, name, 2) for name in ROTATING},
    "credentials revoked": revoked,
    "careless": careless,
    "second person": second_person,
    "own hands": own_hands,
}
SLOW: dict[str, Scenario] = {
    "every fault everywhere": partial(faults, {}),
    **{
        f"a talk on {site}, from {SENDING[shift]} on": partial(
            hold_talk, site=site, points=list(islice(cycle(SENDING), shift, shift + TURNS))
        )
        for site in CONVERSING
        for shift in (0, 5)
    },
    **{f"the account of {name}, often": partial(renewed_often, name, 2 * MANY) for name in ROTATING},
    **kill_at({f"{site}, {point}": [(point, site)] * MANY for site in SITES for point in EVERY}),
    **kill_at({f"{site}, {STAGED}": [(STAGED, site)] * MANY for site in STAGING}),
}
SCENARIOS = QUICK | SLOW


@pytest.mark.turns
@pytest.mark.parametrize("scenario", QUICK)
def test_a_reply_goes_out_once(scenario: str, running: Running, say: Callable[[str], None]) -> None:
    say(running[scenario].result())


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scenario", SLOW)
def test_a_reply_goes_out_once_through_twenty_kills(
    scenario: str, running: Running, say: Callable[[str], None]
) -> None:
    say(running[scenario].result())


@pytest.mark.slow
def test_a_reply_goes_out_once_on_postgresql(tmp_path: Path, cluster: Cluster, say: Callable[[str], None]) -> None:
    # A lease outlives its process there, since others may hold it: each kill costs a minute.
    kills = [(point, "mastodon-deaf") for point in ("begun", "sending written", "accepted before the answer")]
    figures = run_chain(tmp_path, "PostgreSQL", kills, database_url=cluster.create_database())
    assert not figures.tally, str(figures)
    say(str(figures))
