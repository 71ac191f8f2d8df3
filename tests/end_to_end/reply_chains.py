"""Chains of kills while replies go out: start, write, draft, arm, publish, die at a point, start again; then count.

Where it dies of a post on its way in, that is written when all is armed, and answered after the next start. What a kill
left under way is settled before the next one. Most of a chain is the five seconds for which Dibs waits
before it looks up what a killed process may have sent.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.answering import RunningWithSites, Story, Tally, running_with_sites
from tests.end_to_end.killed import ARMED
from tests.end_to_end.killed_publishing import BOUGHT, FETCHED, KEPT, LOOKED_UP, POINTS
from tests.fakes.gate import Fault, Moment

# Where the process is killed from outside, at a moment of the request that publishes.
WIRE: dict[str, Moment] = {"request on the wire": "arrived", "accepted before the answer": "accepted"}
MODULE = "tests.end_to_end.killed_publishing"
# What the admin is told once of an account that is not let in any more.
SIGN_IN = "dibs source login {}"
# In the order in which a post passes them, and then its reply.
ARRIVING = (FETCHED, "before commit", "after commit")
BEFORE = ("begun", "leased", "sending written")
AFTER = (*WIRE, "answered before settled", LOOKED_UP)
SENDING = (*BEFORE, *AFTER)
EVERY = (*ARRIVING, *SENDING)


@dataclass
class Figures:
    """What a chain came to; ``again`` counts the requests beyond the first of each reply."""

    name: str
    killed: int = 0
    again: int = 0
    tally: Tally = field(default_factory=Tally)

    def __str__(self) -> str:
        return f"{self.name}: killed {self.killed} times, {self.tally}, {self.again} sent again"


def run_chain(
    folder: Path,
    name: str,
    kills: Sequence[tuple[str, str]],
    module: str = MODULE,
    **bot: Any,
) -> Figures:
    """Kill a bot at a point of a reply on a site, again and again; each site of the chain has a reply each time.

    Args:
        folder: Where the process lives.
        name: What the figures are called.
        kills: Point and site of each kill.
        module: What is run where the process kills itself.
        bot: Options of the process.
    """
    figures = Figures(name)
    sites = list(dict.fromkeys(site for _, site in kills))
    with running_with_sites(folder, sites, **bot) as scene:
        rounds = [[] if point in ARRIVING else scene.begin(*sites) for point, _ in kills]
        for number, (point, site) in enumerate(kills):
            start_for(scene, module, point, site)
            if number:
                _go_on(scene, rounds[number - 1])
            if point in ARRIVING:
                rounds[number] = _kill_on_arrival(scene, site, number)
            else:
                # The one on which it dies is pressed last: the others are under way then, or published.
                _kill(scene, point, sorted(rounds[number], key=lambda one: one.site.name == site), number)
            figures.killed += 1
        start_for(scene, module, *kills[-1])
        _go_on(scene, rounds[-1])
        figures.tally = scene.finish()
        figures.again = sum(site.gate.again for site in scene.sites.values())
    return figures


def renew_often(folder: Path, name: str, times: int) -> Figures:
    """Kill a bot between the moment at which a rotating account got its next tokens and the one at which it uses them.

    Before they are committed they are lost, and who rotates does not give them again: a person signs in. Afterwards
    the account lives on, whatever dies.
    """
    figures, points = Figures(f"{name}, its account"), (BOUGHT, KEPT)
    with running_with_sites(folder, [name]) as scene:
        site = scene.sites[name]
        for number in range(times):
            point = points[number % len(points)]
            (story,) = scene.begin(name)
            start_for(scene, MODULE, point, name)
            scene.arrive()
            scene.draft([story])
            _signal(scene)
            site.expire()
            scene.publish([story])
            _died(scene, point)
            figures.killed += 1
            scene.bot.start()
            if point == BOUGHT:
                scene.bot.wait_for(lambda number=number: scene.told(SIGN_IN.format(name)) == number // 2 + 1)  # type: ignore[misc]
                assert not site.is_let_in()
                site.sign_in()
                scene.bot.secrets = {**scene.bot.secrets, **site.secrets()}
                scene.bot.restart()
            assert site.is_let_in()
            _go_on(scene, [story])
            scene.bot.kill()
        scene.bot.start()
        figures.tally = scene.finish()
    return figures


def start_for(scene: RunningWithSites, module: str, point: str, site: str) -> None:
    """Start the bot as one that can die at this point of a reply on this site."""
    scene.bot.runner = (module, point, site, "run") if point in POINTS else ("bot", "run")
    scene.bot.start()


def _go_on(scene: RunningWithSites, stories: Sequence[Story]) -> None:
    """Let Ana press again what was not acknowledged, and wait until all replies are where they belong."""
    scene.arrive()
    scene.draft([one for one in stories if not one.drafted])
    scene.publish(stories)
    scene.settle()


def _kill_on_arrival(scene: RunningWithSites, site: str, number: int) -> list[Story]:
    """Let the process die of a post on this site; returns it, and what was written elsewhere at that moment."""
    began = _heard(scene, site)
    scene.bot.wait_for(lambda: _heard(scene, site) != began)  # so that it knows what was there before
    _signal(scene)
    stories = scene.begin(*scene.sites)
    _died(scene, f"arrival {number}")
    return stories


def _heard(scene: RunningWithSites, site: str) -> object:
    return [row["last_ok_at"] for row in scene.bot.reader.rows("SELECT * FROM source_state") if row["name"] == site]


def _kill(scene: RunningWithSites, point: str, stories: Sequence[Story], number: int) -> None:
    """Let the process die at the point, on the last of these stories."""
    scene.arrive()
    scene.draft(stories)
    arm(scene, point, stories[-1], number)
    scene.publish(stories)
    _died(scene, point)


def _died(scene: RunningWithSites, point: str) -> None:
    died = scene.bot.wait_dead()
    assert died == -signal.SIGKILL, f"{point}: ended with {died}\n{scene.bot.log[-3000:]}"


def arm(scene: RunningWithSites, point: str, story: Story, number: int) -> None:
    """Let it die at the point from now on."""
    bot, gate = scene.bot, story.site.gate
    if point in WIRE:

        def kill() -> Fault | None:
            os.kill(bot.pid, signal.SIGKILL)
            # What is under way may still arrive after its sender's death, or never.
            return Fault() if number % 2 else None

        gate.hook = (WIRE[point], kill)
        return
    if point == LOOKED_UP:
        gate.faults[story.site.stands_below(story.parent)] = Fault(accepted=number % 2 == 0)
    _signal(scene)


def _signal(scene: RunningWithSites) -> None:
    """Say that it may die from now on."""
    bot = scene.bot
    before = bot.log.count(ARMED)
    os.kill(bot.pid, signal.SIGUSR1)
    bot.wait_for(lambda: bot.log.count(ARMED) > before)
