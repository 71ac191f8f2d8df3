"""Talks of many turns with one author, and a bot that is killed in each of them; then what stands there is counted.

Each turn: start, hear the author, draft, arm, publish, die at a point, start again, settle, and the author answers.
"""

import signal
from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.answering import RunningWithSites, Story, running_with_sites
from tests.end_to_end.reply_chains import MODULE, arm, start_for

# The same in every turn, where that is taken, so that none is told from another by what it says.
TEXT = "I am sorry. #acme sends the refund today. Ana here."
THEIRS = "#acme refund: it is not there yet."


def hold_talk(folder: Path, site: str, points: Sequence[str]) -> str:
    """Kill a bot in every turn of a talk on a site, at these points; returns the figures."""
    with running_with_sites(folder, [site]) as scene:
        (first,) = scene.begin(site)
        there, latest, parents = first.site, first.parent, []
        start_for(scene, MODULE, points[0], site)
        scene.arrive()
        for turn, point in enumerate(points, 1):
            parents.append(latest)
            text = TEXT if there.repeats else f"{TEXT} That is {turn}."
            _die(scene, Story(there, latest, text, token=first.token), point, turn)
            start_for(scene, MODULE, points[turn % len(points)], site)
            scene.say(f"publish #{first.token}")  # as whoever pressed and was not answered does
            scene.bot.wait_for(lambda turn=turn: _published(scene) == turn)  # type: ignore[misc]
            latest = there.answer(THEIRS, there.replies()[-1].name)
            scene.bot.wait_for(lambda turn=turn: _counted(scene, "author_answered") == turn)  # type: ignore[misc]
        scene.bot.settle(1)
        assert scene.bot.command("log", "verify").returncode == 0
        assert there.is_let_in()
        replies, wanted = there.replies(), [there.stands_below(one) for one in parents]
        assert [one.parent for one in replies] == wanted, f"{len(replies)} replies to {len(parents)} posts"
        assert {one.root for one in replies} <= {first.parent, ""}
        told = {one: _counted(scene, one) for one in ("arrived", "publishing", "responded", "unclear")}
        assert told == {"arrived": 1, "publishing": len(points), "responded": len(points), "unclear": 0}
        assert scene.told(f"#{first.token} is published") == len(points)
        assert len(scene.cards()) == 1
        return f"{site}: killed {len(points)} times in {len(points)} turns: {len(replies)} replies, none asked about"


def _die(scene: RunningWithSites, story: Story, point: str, turn: int) -> None:
    """Let Ana write and send her reply, and the bot die of it at a point."""
    said = scene.say(f"draft #{story.token} {story.text}")
    assert "is kept" in said.json["text"], said.json
    arm(scene, point, story, turn)
    scene.say(f"publish #{story.token}")
    died = scene.bot.wait_dead()
    assert died == -signal.SIGKILL, f"{point}: ended with {died}\n{scene.bot.log[-3000:]}"


def _published(scene: RunningWithSites) -> int:
    """Return how many replies were published; none may wait for a person."""
    states = [row["state"] for row in scene.rows()]
    assert not {"asked", "unclear", "failed"} & set(states), [row["trouble"] for row in scene.rows()]
    return states.count("published")


def _counted(scene: RunningWithSites, action: str) -> int:
    return [row["action"] for row in scene.bot.reader.log()].count(action)
