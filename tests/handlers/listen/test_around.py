"""Around: what others write below a mention stands beside its talk, as far as it is no mention by itself."""

from dataclasses import replace

import pytest

from handlers.base.events import Author, Posted
from handlers.base.talk import read_others, read_talk
from handlers.listen import follow_ups
from storage.engine.database import Database
from storage.listen import posts
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Held, PostRole, Status
from tests.harness.channels import card_key, deliver, message
from tests.harness.replying import ACME, KIM
from tests.harness.scene import ORGANISATION, Scene

LEE = Author(name="Lee", handle="lee", external_id="lee")


@pytest.fixture
def place(database: Database) -> Scene:
    """A source that drops what no topic recognises."""
    organisation = ORGANISATION
    rules = replace(organisation.sources[0], unmatched="drop", own_accounts=frozenset({"acme"}))
    return Scene(database, organisation=replace(organisation, sources=(rules,)))


def said(scene: Scene, name: str, to: str, text: str = "So it is.", author: Author = LEE) -> Posted:
    return scene.posted(text, external_id=name, author=author, reply_to=to)


def around(scene: Scene, mention: MentionRow) -> list[str]:
    return [one.external_id for one in scene.database.read(lambda session: read_others(session, mention.id, 500))]


def turns(scene: Scene, mention: MentionRow) -> list[str]:
    return [one.external_id for one in scene.database.read(lambda session: read_talk(session, mention.id)).turns]


def role(scene: Scene, name: str) -> str:
    found = scene.database.read(lambda session: posts.known(session, "blog", [name])).get(name)
    return found.role if found else ""


def number_of_mentions(scene: Scene) -> int:
    return scene.database.read(
        lambda session: mentions.count(session, Filter(statuses=tuple(Status), held=tuple(Held)))
    )


def test_what_others_write_below_a_mention_and_below_that_stands_beside_its_talk(place: Scene) -> None:
    mention = place.arrive(author=KIM)
    place.ingest(said(place, "o1", "post-1"), said(place, "o2", "o1"), said(place, "k1", "o2", author=KIM))
    assert around(place, mention) == ["o1", "o2", "k1"]
    assert turns(place, mention) == ["post-1"]
    assert place.look(mention).status == Status.NEW


def test_what_a_topic_recognises_is_a_mention_of_its_own(place: Scene) -> None:
    mention = place.arrive(author=KIM)
    place.ingest(said(place, "o1", "post-1", "My refund, too!"))
    assert role(place, "o1") == PostRole.ORIGINAL
    assert (number_of_mentions(place), around(place, mention)) == (2, [])


def test_what_is_below_nothing_that_we_have_is_dropped_as_before(place: Scene) -> None:
    place.arrive(author=KIM)
    arrival = place.ingest(said(place, "o1", "of-somebody"))
    assert (role(place, "o1"), arrival.dropped) == ("", 1)


def test_what_the_author_adds_before_we_said_anything_is_answered_and_told_to_nobody(place: Scene) -> None:
    mention = place.arrive(author=KIM)
    place.ingest(said(place, "k1", "post-1", "It was in May.", KIM))
    assert turns(place, mention) == ["post-1", "k1"]
    assert place.log(mention) == ["arrived"]


def test_our_account_answering_somebody_else_there_is_no_answer_to_the_author(place: Scene) -> None:
    mention = place.arrive(author=KIM)
    place.ingest(said(place, "o1", "post-1"), said(place, "r1", "o1", "Hello Lee", ACME))
    assert (around(place, mention), place.look(mention).status) == (["o1", "r1"], Status.NEW)


def test_a_flood_is_bounded_and_redraws_no_card(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_ups, "MOST_AROUND", 5)
    mention = place.arrive(author=KIM)
    deliver(place)
    before = message(place, card_key(mention, "C-FINANCE"))
    flood = [said(place, f"o{number}", "post-1") for number in range(8)]
    assert place.ingest(*flood).dropped == 3
    assert place.ingest(*(replace(one, text="Again") for one in flood)).dropped == 3
    assert around(place, mention) == ["o0", "o1", "o2", "o3", "o4"]
    after = message(place, card_key(mention, "C-FINANCE"))
    assert (after.version, after.shown_version) == (before.version, before.shown_version)
