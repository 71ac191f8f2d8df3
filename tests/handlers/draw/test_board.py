"""The board as a person reads it: a view in words, what of its address means nothing, and numbers that are its rows."""

from dataclasses import replace

import pytest

from handlers.draw.board import NO_WORDS, NOTHING_FITS, TOO_MANY_WORDS, Board, Count, read_board
from handlers.draw.wanted import Wanted
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.people.sign_in import Visitor
from handlers.text.match import Matcher, Topic
from storage.own.board import COUNTED
from storage.people import people
from storage.search import due
from storage.tables.states import Tab
from tests.harness.scene import Scene, at


def board_of(scene: Scene, wanted: Wanted) -> Board:
    """Read a board as Ana sees it; every number on it is that of the cards behind it."""

    def look(session: object) -> Board:
        visitor = Visitor(person_id=people.by_name(session, "Ana")[0].id, name="Ana")  # type: ignore[arg-type]
        read = read_board(session, scene.organisation, wanted, visitor, now=scene.now)  # type: ignore[arg-type]
        assert read.found.number == len(read.cards)
        assert read.found in read.tabs.tabs
        return read

    return scene.database.read(look)


@pytest.fixture
def ana(scene: Scene) -> Scene:
    """Four mentions, of which Ana has one and Ben another; one is done."""
    ana, ben = scene.person("Ana"), scene.person("Ben")
    rows = [scene.arrive(f"A refund for {name}", lang="de") for name in ("Kim", "Robin", "Sasha")]
    scene.pass_time(days=2)
    rows.append(scene.arrive("A refund for Toni", lang="en-gb"))
    scene.do(ClaimMention(who=ana, reference=at(rows[0])))
    scene.do(ClaimMention(who=ben, reference=at(rows[1])))
    scene.do(ResolveMention(who=ana, reference=at(rows[2])))
    return scene


@pytest.mark.parametrize(
    ("wanted", "title", "number"),
    [
        (Wanted(), "Unclaimed", 1),
        (Wanted(tab=Tab.ALL), "All", 4),
        (Wanted(tab=Tab.ALL, q="refund"), "Refund", 4),
        (Wanted(tab=Tab.ALL, q="refund", lang="de", owner="nobody"), "Refund, German, nobody's", 1),
        (Wanted(tab=Tab.ALL, owner="me", source="blog"), "Blog, mine", 1),
        (Wanted(tab=Tab.ALL, owner="others"), "Others'", 1),
        (Wanted(tab=Tab.ALL, state="resolved", department="finance"), "Resolved, Finance", 1),
        (Wanted(tab=Tab.DONE, q="sasha"), "Done: sasha", 1),
        (Wanted(age="1d"), "Unclaimed: last 24 hours", 1),
        (Wanted(tab=Tab.ALL, age="older"), "Older than 7 days", 0),
        (Wanted(tab=Tab.ALL, age="3d", source="kind:feed"), "Feed, last 3 days", 4),
    ],
)
def test_a_view_has_a_title_and_shows_what_it_says(ana: Scene, wanted: Wanted, title: str, number: int) -> None:
    read = board_of(ana, wanted)
    assert (read.title, read.found.number, read.notes) == (title, number, ())
    if not number:
        assert read.empty == NOTHING_FITS


def test_what_an_address_names_and_nobody_knows_narrows_nothing_and_is_named(ana: Scene) -> None:
    read = board_of(ana, Wanted(tab=Tab.ALL, department="legal", source="fax", unread=("colour=red",)))
    assert read.found.number == 4
    assert read.notes == ("Not understood, and left out of this view: colour=red, department=legal, source=fax.",)


def test_signs_alone_find_all_there_is_and_a_sentence(ana: Scene) -> None:
    read = board_of(ana, Wanted(tab=Tab.ALL, q='"*" -()'))
    assert (read.found.number, read.notes) == (4, (NO_WORDS,))


def test_a_question_that_is_too_long_is_cut_and_says_so(ana: Scene) -> None:
    read = board_of(
        ana, Wanted(tab=Tab.ALL, q="a refund for " + "toni " * 3 + " ".join(f"w{one}" for one in range(40)))
    )
    assert (read.found.number, read.notes) == (0, (TOO_MANY_WORDS,))


def test_who_searches_is_told_what_cannot_be_found_yet(ana: Scene) -> None:
    ana.database.write(due.begin_anew)
    (note,) = board_of(ana, Wanted(tab=Tab.ALL, q="refund")).notes
    assert "up to 4 cannot be found yet" in note
    assert board_of(ana, Wanted(tab=Tab.ALL)).notes == ()


def test_there_is_to_choose_what_came_and_what_is_chosen(ana: Scene) -> None:
    choices = board_of(ana, Wanted(tab=Tab.ALL, lang="ja", source="blog")).choices
    assert [one.label for one in choices.languages] == ["All languages", "English", "German", "Japanese"]
    assert [(one.key, one.chosen) for one in choices.sources] == [("", False), ("blog", True)]
    chosen = [one.key for part in (choices.languages, choices.ages, choices.owners) for one in part if one.chosen]
    assert chosen == ["ja", "", ""]


def test_a_product_is_a_second_axis_beside_the_department_and_stays_with_what_came(scene: Scene) -> None:
    scene.person("Ana")
    pay = Topic(name="pay", department="finance", any=("refund",), product="Acme Pay")
    shop = Topic(name="shop", department="finance", query="parcel", product="Größe & Co")
    for topics in ((pay, shop), (replace(pay, product="Acme Purse"),)):
        scene.organisation, scene.matcher = replace(scene.organisation, topics=topics), Matcher(topics)
        for text in ("A refund", "My parcel", "Hello"):
            scene.arrive(text)
    for product, word in (("Acme Pay", "refund"), ("Größe & Co", "parcel"), ("Acme Purse", "refund")):
        read = board_of(scene, Wanted(product=product))
        assert (read.title, read.found.number, read.notes) == (f"Unclaimed: {product}", 1, ())
        assert [one.value for one in read.cards[0].details if one.label == "about"] == [product]
        assert board_of(scene, Wanted(tab=Tab.ALL, product=product, q=word, department="finance")).found.number == 1
        assert board_of(scene, Wanted(tab=Tab.ALL, product=product, q="hello")).found.number == 0
    assert [one.label for one in read.choices.products] == ["All products", "Acme Pay", "Acme Purse", "Größe & Co"]
    assert [one.chosen for one in read.choices.products] == [False, False, True, False]
    (note,) = board_of(scene, Wanted(tab=Tab.ALL, product="Anvil")).notes
    assert note.endswith("product=Anvil.")


def test_a_number_beyond_what_is_counted_says_more() -> None:
    said = [Count("all", "All", number).said for number in (0, 1_000, COUNTED + 1, None)]
    assert said == ["0", "1,000", "1,000+", ""]
