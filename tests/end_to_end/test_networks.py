"""The main job on every network that Dibs answers: a card on all faces, one reply there, and the author comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.chat.teams.installation import words as teams_words
from tests.end_to_end.answering import RunningWithSites, Story, running_with_sites
from tests.end_to_end.at_desk import AtDesk
from tests.end_to_end.office import words
from tests.end_to_end.teams_office import TeamsOffice
from tests.fakes.sites.served import CONVERSING, SITES
from tests.fakes.teams.server import FakeTeams

THANKS = "#acme refund: it came, thank you"


@pytest.mark.turns
def test_each_network_has_one_card_on_every_face_one_reply_there_and_the_answer_on_that_card(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    with FakeTeams.run(paced=False) as teams, running_with_sites(tmp_path, list(SITES), teams=teams) as scene:
        there, stories = TeamsOffice.open(teams), scene.begin(*SITES)
        scene.bot.start()
        there.install()
        scene.arrive()
        scene.draft(stories)
        scene.publish(stories)
        tally = scene.finish()
        assert not [*tally.lost, *tally.twice, *tally.unclear], str(tally)
        answered = [one for one in stories if one.site.name in CONVERSING]
        shown = {one.token: _cards(scene, there, one) for one in stories}
        for story in answered:
            below = story.site.stands_below(story.parent)
            (ours,) = [one for one in story.site.replies() if one.parent == below]
            story.site.answer(THANKS, ours.name)
        scene.bot.wait_for(lambda: _came_back(scene) == len(answered))
        scene.bot.settle(len(stories))
        assert {one.token: _cards(scene, there, one) for one in stories} == shown
        desk = AtDesk(scene.bot)
        for story in stories:
            faces = [*_words(scene, there, story), desk.page(f"/m/{story.token}")]
            assert len(faces) == 3
            wanted = THANKS if story in answered else "Ana Lopez answered"
            assert all(wanted in one for one in faces), (story.site.name, faces)
        say(f"{len(stories)} networks on Slack, Teams and the desk: {tally.replies} replies, {len(answered)} came back")


def _came_back(scene: RunningWithSites) -> int:
    return [row["action"] for row in scene.bot.reader.log()].count("author_answered")


def _cards(scene: RunningWithSites, there: TeamsOffice, story: Story) -> tuple[list[str], list[str]]:
    """Return by what the cards of a story are known, on Slack and on Teams."""
    return (
        [one.ts for one in scene.cards() if f"#{story.token}" in words(one)],
        [one.id for one in there.of(story.token)],
    )


def _words(scene: RunningWithSites, there: TeamsOffice, story: Story) -> list[str]:
    """Return what the cards of a story say."""
    here = [words(one) for one in scene.cards() if f"#{story.token}" in words(one)]
    return [*here, *(teams_words(one) for one in there.of(story.token))]
