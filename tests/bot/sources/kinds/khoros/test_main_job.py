"""The main job in a community: a post is a card, its reply stands below it once, and its author's answer comes home."""

from typing import cast

import pytest

from bot.net.errors import SourceRefused
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.khoros import OnKhoros
from tests.harness.channels import card_key, in_channel
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, Point, Talking, talking

THEIRS = "#acme refund: where is it?"
TEXT = "I am sorry, it goes out today. Ana here."


def begun(talk: Talking) -> str:
    """Let somebody post at this moment of the scene; returns the name of what they said."""
    site = cast(OnKhoros, talk.site)
    site.fake.now = lambda: talk.scene.now
    return site.write(THEIRS)


def test_each_turn_is_one_reply_below_the_right_post_and_the_answer_comes_to_the_same_card(scene: Scene) -> None:
    with talking(scene, "khoros") as talk:
        latest = begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        assert [one.key for one in in_channel(scene, "C-FINANCE")] == [card_key(mention, "C-FINANCE")]
        for turn, point in enumerate(POINTS[2:6], 1):
            row = talk.reply(mention, TEXT)
            talk.live(row, point)
            talk.listen()
            assert talk.settle(row) == PublicationState.PUBLISHED, (point, talk.look(row).trouble)
            ours = talk.site.replies()
            assert (len(ours), ours[-1].parent, ours[-1].text) == (turn, latest, TEXT)
            talk.scene.pass_time(minutes=1)
            latest = talk.site.answer(THEIRS, ours[-1].name)
            talk.listen()
            assert talk.talk(mention).answered.external_id == latest, point
        assert talk.mentions == [talk.scene.look(mention)]
        log = talk.scene.log(mention)
        counted = [log.count(one) for one in (Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.UNCLEAR)]
        assert counted == [4, 4, 0]


def test_a_reply_that_moderators_hold_is_sent_once_and_waits_for_them(scene: Scene) -> None:
    with talking(scene, "khoros") as talk:
        site = cast(OnKhoros, talk.site)
        begun(talk)
        talk.listen()
        (mention,) = talk.mentions
        site.fake.premoderated = True
        row = talk.reply(mention, TEXT)
        talk.live(row, Point("accepted before the answer", "accepted"))
        assert talk.settle(row) == PublicationState.HELD
        assert talk.scene.look(mention).status != Status.RESPONDED
        (ours,) = site.fake.ours()
        ours["moderation_status"] = "approved"
        talk.live(row)
        assert talk.look(row).state == PublicationState.PUBLISHED
        assert len(site.fake.ours()) == 1


def test_who_is_turned_away_with_its_password_sends_nothing_and_tries_no_more(scene: Scene) -> None:
    with talking(scene, "khoros") as talk:
        begun(talk)
        talk.listen()
        talk.site.revoke()
        for _ in range(2):
            with pytest.raises(SourceRefused, match="does not let our account in"):
                talk.runner.run(talk.source.prove())
        assert sum(path.startswith("/restapi") for _, path in cast(OnKhoros, talk.site).fake.asked) == 1
