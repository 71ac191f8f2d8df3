"""Tiers: who an author is to us is written down when they write, with the reasons, and stays so."""

from dataclasses import replace

import pytest

from handlers.base.events import Author
from handlers.base.organisation import SourceRules
from storage.engine.database import Session
from storage.listen import customers
from storage.own import marks, mentions
from storage.own.mentions import Filter, MentionRow
from tests.harness.channels import card, said_behind
from tests.harness.scene import ORGANISATION, Scene

KIM = Author(name="Kim", handle="@Kim", external_id="kim-1", url="https://blog.example/kim/")
# Two sources that show one network, and one of another.
SOURCES = tuple(
    SourceRules(name=name, kind=kind, network=network, baseline=False)
    for name, kind, network in (
        ("blog", "bluesky", "Bluesky"),
        ("other", "bluesky", "Bluesky"),
        ("hn", "hacker_news", "Hacker News"),
    )
)


@pytest.fixture
def house(scene: Scene) -> Scene:
    scene.organisation = replace(ORGANISATION, sources=SOURCES, customers=True)
    scene.__post_init__()
    return scene


def list_of(scene: Scene, *rows: tuple[str, str, str]) -> None:
    def write(session: Session) -> None:
        listed = customers.begin(session, str(rows), len(rows))
        customers.add(session, listed, rows)
        customers.complete(session, listed)

    scene.database.write(write)


def heard(scene: Scene, author: Author, source: str = "blog") -> MentionRow:
    scene.ingest(scene.posted("Where is my refund?", author=author), source=source)
    return scene.database.read(lambda session: mentions.listed(session, Filter(), limit=1, newest=True)[0])


def test_nobody_in_particular_is_none_and_has_no_reason(house: Scene) -> None:
    mention = heard(house, KIM)
    assert (mention.tier, mention.tier_why, mention.priority) == ("none", "", 0)


def test_whom_we_answered_is_known_on_all_sources_of_that_network_and_no_other(house: Scene) -> None:
    first = heard(house, KIM)
    house.pass_time(hours=1)
    house.database.write(lambda session: marks.mark_responded(session, first.id, house.now))
    house.pass_time(days=3)
    again = heard(house, replace(KIM, name="Kim Sample"), "other")
    assert (again.tier, again.tier_why) == ("known", "We answered them before, on 2 March")
    assert "We answered them before, on 2 March" in said_behind(card(house, again, "C-FINANCE"))
    assert heard(house, KIM, "hn").tier == "none"
    # It stays what it was then, and the year is said where it is another one.
    assert house.look(first).tier == "none"
    house.pass_time(days=365)
    assert heard(house, KIM).tier_why == "We answered them before, on 2 March 2026"


@pytest.mark.parametrize("name", ["kim", "kim-1", "https://blog.example/kim"])
@pytest.mark.parametrize("source", ["blog", "bluesky"])
def test_customers_are_compared_as_our_own_accounts_are(house: Scene, name: str, source: str) -> None:
    list_of(house, (source, name, "Gold plan"))
    found = heard(house, replace(KIM, followers=12_400))
    assert (found.tier, found.tier_why) == ("customer", "Customer: Gold plan; Followed by 12,400")
    assert found.priority == 1
    assert heard(house, KIM, "hn").tier == "none"
    assert heard(house, Author(name="kim", external_id="somebody")).tier == "none"  # a name is no handle


def test_a_list_counts_from_when_it_is_whole_and_without_one_nobody_is_asked(house: Scene) -> None:
    list_of(house, ("blog", "kim", "Gold plan"))
    house.database.write(
        lambda session: customers.add(session, customers.begin(session, "new", 1), [("blog", "x", "")])
    )
    assert heard(house, KIM).tier == "customer"
    list_of(house, ("blog", "lee", ""))
    assert heard(house, KIM).tier == "none"
    assert heard(house, Author(handle="lee")).tier_why == "Customer"
    house.organisation = replace(house.organisation, customers=False)
    assert heard(house, Author(handle="lee")).tier == "none"


def test_who_reaches_many_is_wide_from_ten_thousand_on(house: Scene) -> None:
    assert heard(house, replace(KIM, followers=9_999)).tier == "none"
    found = heard(house, replace(KIM, followers=10_000))
    assert (found.tier, found.tier_why, found.priority) == ("wide", "Followed by 10,000", 0)
    # A view of them that does not say so takes nothing away, but what is told is told.
    assert heard(house, KIM).tier == "none"
