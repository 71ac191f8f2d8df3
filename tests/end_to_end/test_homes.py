"""Homes: a name is looked up again when the channel that bore it is gone, and never while that lives."""

from pathlib import Path

from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.office import running_on_slack, words


def test_a_home_that_got_another_id_has_its_cards_again_after_a_start(tmp_path: Path) -> None:
    with running_on_slack(tmp_path) as scene:
        slack, office = scene.slack, scene.office
        office.finance.is_private = True
        scene.bot.start()
        scene.bot.push(mentioned(1, "My refund does not come."))
        scene.bot.wait_for(lambda: office.cards(office.finance))
        scene.bot.kill()
        del slack.workspace.channels[office.finance.id]
        new = slack.workspace.add_channel("finance-care", id="C9NEW", members=[office.ana])
        scene.bot.start(ready=False)
        (card,) = scene.bot.wait_for(lambda: office.cards(new))
        assert "My refund does not come." in words(card)
        scene.bot.push(mentioned(2, "And the second refund neither."))
        scene.bot.wait_for(lambda: len(office.cards(new)) == 2)
        scene.bot.wait_ready()
        said = scene.bot.command("check").stdout
        assert "parked" not in said
        assert "cannot be reached" not in said


def test_a_channel_of_the_same_name_takes_nothing_while_the_old_one_lives(tmp_path: Path) -> None:
    with running_on_slack(tmp_path) as scene:
        slack, office = scene.slack, scene.office
        scene.bot.start()
        scene.bot.push(mentioned(1, "My refund does not come."))
        scene.bot.wait_for(lambda: office.cards(office.finance))
        office.finance.name = "finance-old"
        other = slack.workspace.add_channel("finance-care", id="C9OTHER", members=[office.ana])
        scene.bot.restart()
        scene.bot.push(mentioned(2, "And the second refund neither."))
        scene.bot.wait_for(lambda: len(office.cards(office.finance)) == 2)
        assert office.cards(other) == []
