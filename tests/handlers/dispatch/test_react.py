"""React: an emoji claims, and taking it away gives back only what it took, on both databases."""

import threading
from dataclasses import replace

import pytest
from sqlmodel import Session

from handlers.base.command import Answer, ByCard, Who
from handlers.dispatch.react import CardPresence, ReactToCard, what_stands
from handlers.own.claim import ClaimMention
from handlers.own.release import ReleaseMention
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.own.mentions import MentionRow
from storage.tables.states import MessageState, Via
from tests.harness.scene import Scene, at

PLACE = ByCard("slack", "C-FINANCE", "1700000000.000100")


def posted(scene: Scene, mention: MentionRow) -> None:
    """Let the card of a mention stand at PLACE."""

    def work(session: Session) -> None:
        row = messages.by_key(session, f"card:{mention.id}:C-FINANCE")
        assert row is not None
        outcome = Outcome(message_id=row.id, state=MessageState.SHOWN, shown=row.version, reference=PLACE.reference)
        lanes.settle(session, [outcome])

    scene.database.write(work)


def reaction(who: Who, at: float, *, added: bool = True, verb: str = "claim", emoji: str = "eyes") -> ReactToCard:
    return ReactToCard(card=PLACE, verb=verb, emoji=emoji, added=added, at=at, who=who, via=Via.EMOJI)


def test_an_emoji_claims_and_its_removal_releases(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    posted(scene, mention)
    assert scene.do(reaction(ana, 1.0)).ok
    assert scene.do(reaction(ana, 2.0, added=False)).ok
    assert scene.log(mention) == ["arrived", "claimed", "released"]
    assert scene.do(reaction(ana, 2.0, added=False)).text == ""
    assert scene.log(mention) == ["arrived", "claimed", "released"]


def test_an_older_setting_does_nothing_and_a_newer_one_claims_again(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    posted(scene, mention)
    scene.do(reaction(ana, 5.0, added=False))
    assert scene.do(reaction(ana, 4.0)) == Answer(text="")
    scene.do(reaction(ana, 6.0))
    assert scene.log(mention) == ["arrived", "claimed"]


def test_what_another_way_claimed_stays(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    posted(scene, mention)
    scene.do(reaction(ana, 1.0))
    scene.do(ReleaseMention(who=ana, reference=at(scene.look(mention))))
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(reaction(ana, 2.0, added=False))
    assert scene.log(mention) == ["arrived", "claimed", "released", "claimed"]


def test_the_second_reactor_is_told_who_was_first_and_their_removal_does_nothing(scene: Scene) -> None:
    ana, ben, mention = scene.person("Ana"), scene.person("Ben"), scene.arrive()
    posted(scene, mention)
    scene.do(reaction(ana, 1.0))
    refused = scene.do(reaction(ben, 1.0))
    assert not refused.ok
    assert "Ana has" in refused.text
    scene.do(reaction(ben, 2.0, added=False))
    assert scene.log(mention) == ["arrived", "claimed"]


def test_taking_the_emoji_off_a_closed_mention_says_and_does_nothing(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    posted(scene, mention)
    scene.do(reaction(ana, 1.0))
    scene.do(reaction(ana, 2.0, verb="resolve", emoji="white_check_mark"))
    assert scene.do(reaction(ana, 3.0, added=False)) == Answer(text="")
    assert scene.log(mention) == ["arrived", "claimed", "resolved"]


def test_only_a_card_counts(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    elsewhere = replace(reaction(ana, 1.0), card=ByCard("slack", "C-FINANCE", "1700000000.999999"))
    assert scene.do(elsewhere) == Answer(text="")
    stands = scene.database.read(lambda session: what_stands(session, PLACE))
    assert stands == CardPresence.NOTHING
    posted(scene, mention)
    assert scene.database.read(lambda session: what_stands(session, PLACE)) == CardPresence.CARD


@pytest.mark.race
@pytest.mark.parametrize("_round", range(5))
def test_setting_and_taking_away_at_once_end_as_the_later_one_says(scene: Scene, _round: int) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    posted(scene, mention)
    both = [reaction(ana, 1.0), reaction(ana, 2.0, added=False)]
    threads = [threading.Thread(target=scene.do, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scene.look(mention).owner_id is None
    assert scene.log(mention) in (["arrived"], ["arrived", "claimed", "released"])
