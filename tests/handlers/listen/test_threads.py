"""Threads: what is said in one public thread stands on one card, and whoever must not be overlooked has their own."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlmodel import Session

from handlers.ask.add import AddPost
from handlers.base.command import ByToken
from handlers.base.events import Author, Posted
from handlers.base.organisation import Organisation
from handlers.draw.card import Seen, draw_cards
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.join import MOST_UNDER
from handlers.own.snooze import SnoozeMention
from storage.engine.database import Database
from storage.listen import customers, erase, mutes
from storage.own import ownership
from storage.people import people
from storage.tables.base import table_of
from storage.tables.posts import Post
from storage.tables.states import Held, Status
from tests.conftest import FIGURES
from tests.harness.channels import card_key, deliver, in_channel, notices, told
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene, at
from tests.harness.storms import minute, with_history
from tests.harness.threads import listed, posts, say


def configure(scene: Scene, organisation: Organisation) -> None:
    scene.organisation = organisation
    scene.__post_init__()


# --- one card --------------------------------------------------------------------------------------------------------


def test_what_is_said_in_one_thread_stands_on_the_card_of_the_first(scene: Scene) -> None:
    say(scene, thread="t3_1")
    (lead,) = listed(scene)
    say(scene, 2, thread="t3_1")
    say(scene, thread="t3_2")
    under = listed(scene, Held.THREAD)
    assert [one.held_by for one in under] == [lead.id, lead.id]
    assert {tuple(scene.log(one)) for one in under} == {("held", "arrived")}
    cards = [one.key for one in in_channel(scene, "C-FINANCE") if one.key.startswith("card:")]
    assert cards == [card_key(one, "C-FINANCE") for one in listed(scene)]
    assert len(cards) == 2


def test_what_arrives_at_once_stands_on_one_card(scene: Scene) -> None:
    say(scene, 5, thread="t3_1")
    (lead,) = listed(scene)
    assert [one.held_by for one in listed(scene, Held.THREAD)] == [lead.id] * 4


def test_the_post_with_which_a_thread_began_is_of_it_before_and_after_the_others(scene: Scene) -> None:
    say(scene, external_id="t3_1")
    say(scene, thread="t3_1")
    say(scene, thread="t3_2")
    say(scene, external_id="t3_2")
    assert len(listed(scene)) == len(listed(scene, Held.THREAD)) == 2


def test_where_its_source_says_nothing_a_post_is_of_the_thread_of_what_it_answers(scene: Scene) -> None:
    say(scene, external_id="1")
    say(scene, external_id="2", reply_to="1")
    say(scene, external_id="3", reply_to="2")
    say(scene, external_id="4", reply_to="nobody-knows")
    assert [len(listed(scene)), len(listed(scene, Held.THREAD))] == [2, 2]


def test_what_no_topic_recognised_tells_of_the_thread_too(scene: Scene) -> None:
    drop = replace(scene.organisation.sources[0], unmatched="drop")
    configure(scene, replace(scene.organisation, sources=(drop,)))
    say(scene, external_id="1")
    say(scene, external_id="2", reply_to="1", text="Same here!")
    say(scene, external_id="3", reply_to="2")
    assert len(listed(scene)) == len(listed(scene, Held.THREAD)) == 1


def test_each_department_has_a_card_of_its_own(scene: Scene) -> None:
    say(scene, thread="t3_1")
    say(scene, 2, thread="t3_1", text="Where is my parcel?")
    assert len({one.department_id for one in listed(scene)}) == 2
    assert len(listed(scene, Held.THREAD)) == 1


def test_threads_of_two_sources_are_two(scene: Scene) -> None:
    other = replace(scene.organisation.sources[0], name="forum")
    configure(scene, replace(scene.organisation, sources=(*scene.organisation.sources, other)))
    say(scene, thread="1")
    scene.ingest(*posts(scene, 1, thread="1"), source="forum")
    assert len(listed(scene)) == 2


def test_a_department_may_do_without(scene: Scene) -> None:
    support, finance = scene.organisation.departments
    configure(scene, replace(scene.organisation, departments=(support, replace(finance, public_threads=False))))
    say(scene, 3, thread="t3_1")
    assert (len(listed(scene)), listed(scene, Held.THREAD)) == (3, [])


def test_a_card_has_room_for_twenty_and_the_next_one_names_it(scene: Scene) -> None:
    say(scene, MOST_UNDER, thread="t3_1")
    say(scene, 3, thread="t3_1")
    first, second = listed(scene)
    assert [one.held_by for one in listed(scene, Held.THREAD)] == [first.id] * MOST_UNDER + [second.id]
    assert second.reason == f"Topic billing: “refund”. The public thread of #{first.token} goes on."


def test_what_arrives_at_once_finds_no_more_room_either(scene: Scene) -> None:
    say(scene, 2 * MOST_UNDER + 3, thread="t3_1")
    assert [len(listed(scene)), len(listed(scene, Held.THREAD))] == [3, 2 * MOST_UNDER]


@pytest.mark.parametrize("ends", ["dismissed", "snoozed", "old"])
def test_nothing_is_laid_on_a_card_that_nobody_looks_at(scene: Scene, ends: str) -> None:
    say(scene, thread="t3_1")
    (lead,) = listed(scene)
    ana = scene.person("Ana")
    if ends == "dismissed":
        scene.do(DismissMention(who=ana, reference=at(lead)))
    if ends == "snoozed":
        scene.do(SnoozeMention(who=ana, reference=at(lead), until="2h"))
    scene.pass_time(days=8 if ends == "old" else 0)
    say(scene, thread="t3_1")
    _, new = listed(scene)
    assert ("goes on" in new.reason) == (ends != "old")
    assert listed(scene, Held.THREAD) == []


@pytest.mark.race
def test_two_posts_of_one_thread_that_arrive_at_the_same_moment_have_one_card(scene: Scene) -> None:
    for turn in range(10):
        barrier = threading.Barrier(2)

        def arrive(post: Posted, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(HANG_SECONDS)
            scene.ingest(post)

        both = [threading.Thread(target=arrive, args=(one,)) for one in posts(scene, 2, thread=f"t3_{turn}")]
        for one in both:
            one.start()
        for one in both:
            one.join(HANG_SECONDS)
        assert [len(listed(scene)), len(listed(scene, Held.THREAD))] == [turn + 1, turn + 1]


# --- who has their own -----------------------------------------------------------------------------------------------


def test_customers_risks_answers_to_us_and_what_somebody_brings_in_have_their_own(database: Database) -> None:
    scene = Scene(database)

    def list_customer(session: Session) -> None:
        number = customers.begin(session, "list", 1)
        customers.add(session, number, [("blog", "cust", "Acme Gold")])
        customers.complete(session, number)

    scene.database.write(list_customer)
    rules = replace(scene.organisation.sources[0], own_accounts=frozenset({"acme"}))
    configure(scene, replace(scene.organisation, sources=(rules,), customers=True))
    say(scene, external_id="t3_1")
    say(scene, external_id="ours", author=Author(external_id="acme"), reply_to="t3_1", thread="t3_1", text="Sorry!")
    say(scene, thread="t3_1", author=Author(external_id="cust", handle="cust"))
    say(scene, thread="t3_1", text="My lawyer asks for the refund.")
    say(scene, thread="t3_1", reply_to="ours", text="And my refund?")
    ana = scene.person("Ana")
    assert listed(scene, Held.THREAD) == []
    (under,) = say(scene, thread="t3_1")
    assert len(listed(scene, Held.THREAD)) == 1
    answer = scene.do(AddPost(who=ana, url=under.url))
    assert "stood on another card, and has its own now. New. Nobody has it." in answer.text
    assert (len(listed(scene)), listed(scene, Held.THREAD)) == (5, [])


def test_below_what_we_said_ourselves_each_talks_to_us(scene: Scene) -> None:
    rules = replace(scene.organisation.sources[0], own_accounts=frozenset({"acme"}))
    configure(scene, replace(scene.organisation, sources=(rules,)))
    say(scene, external_id="ours", author=Author(external_id="acme"), text="We refund all!")
    say(scene, 3, reply_to="ours")
    say(scene, 2, reply_to="ours", thread="ours")
    assert (len(listed(scene)), listed(scene, Held.THREAD)) == (5, [])


# --- what is told ----------------------------------------------------------------------------------------------------


def test_what_comes_on_a_card_that_stood_is_told_below_it_and_to_whoever_has_it(scene: Scene) -> None:
    ana = scene.person("Ana")
    say(scene, 3, thread="t3_1")
    assert notices(scene, "C-FINANCE") == []  # the card itself is the news
    (lead,) = listed(scene)
    scene.do(ClaimMention(who=ana, reference=at(lead)))
    say(scene, 2, thread="t3_1")
    (notice,) = notices(scene, "C-FINANCE")
    assert notice.title == f"2 more in the public thread of #{lead.token}"
    assert [one.button.label for one in notice.sections[0].lines if one.button] == ["Split", "Split"]
    (row,) = (one for one in in_channel(scene, "C-FINANCE") if one.body)
    assert row.key.startswith(f"thread:{lead.id}:")
    assert told(scene, ana) == [f"2 more in the public thread of #{lead.token}, which you have"]


# --- the sum ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "threads", "storms"),
    [
        (600, 30, True),
        (600, 1, False),
        pytest.param(5_000, 30, True, marks=pytest.mark.slow),
        pytest.param(5_000, 1, True, marks=pytest.mark.slow),
        pytest.param(5_000, 1, False, marks=pytest.mark.slow),
    ],
)
def test_the_sum_is_right_under_a_flood_of_threads_with_a_storm_inside(
    database: Database, number: int, threads: int, storms: bool, record_property: Callable[[str, object], None]
) -> None:
    scene, minutes = with_history(database), 10
    support, finance = scene.organisation.departments
    configure(scene, replace(scene.organisation, departments=(support, replace(finance, storms=storms))))
    ana = scene.person("Ana")
    said = [f"t{one % threads}" if one % 3 else "" for one in range(number)]
    for now in range(minutes):
        batch = said[now * number // minutes : (now + 1) * number // minutes]
        for first in range(0, len(batch), 100):
            some = batch[first : first + 100]
            scene.ingest(*(posts(scene, 1, thread=one, published_at=scene.now)[0] for one in some))
        (first_open,) = [one for one in listed(scene) if one.status == Status.NEW][:1]
        scene.do(DismissMention(who=ana, reference=ByToken(first_open.token)))
        scene.pass_time(minutes=1)
        minute(scene)
        minute(scene, "threads")
        deliver(scene)
    rows = [*listed(scene), *listed(scene, Held.THREAD), *listed(scene, Held.STORM)]
    assert len(rows) == number
    by_id = {one.id: one for one in rows}
    standing = {one.mention_id for one in in_channel(scene, "C-FINANCE") if one.kind == "card"}
    assert standing >= {one.id for one in rows if not one.held}
    under = [one for one in rows if one.held == Held.THREAD and one.status == Status.NEW]
    leads = Counter(one.held_by for one in under)
    assert leads
    assert max(leads.values()) <= MOST_UNDER
    assert all((by_id[lead or 0].held, by_id[lead or 0].status) == (Held.NO, Status.NEW) for lead in leads)
    notices = Counter(one.key.partition(":")[0] for one in in_channel(scene, "C-FINANCE") if one.kind != "card")
    assert set(notices) <= {"folded", "thread"}
    assert notices["folded"] <= minutes  # one list a minute; of a thread, below the one or two cards with room a batch
    assert notices["thread"] <= 2 * threads * minutes * -(-number // minutes // 100)
    # Each card says how many stand on it, so the sum is told where people look.
    seen, there, told = Seen(platform="slack", channel="C-FINANCE"), sorted(one for one in leads if one is not None), 0
    for first in range(0, len(there), 32):
        few = there[first : first + 32]
        drawn = scene.database.read(partial(draw_cards, mention_ids=few, organisation=scene.organisation, seen=seen))
        told += sum(len(one.under.lines) + one.under.more for one in drawn.values() if one.under is not None)
    assert told == len(under)
    kinds = Counter(str(one.held or "a card") for one in rows)
    record_property(FIGURES, f"{number} posts of {threads} threads: {dict(kinds)}, {dict(notices)} below")
    assert scene.database.read(ownership.verify).trouble == ""


def test_what_is_forgotten_names_no_thread_and_ends_its_mute(scene: Scene) -> None:
    (first,) = say(scene, external_id="t3_1")
    say(scene, thread="t3_1")
    (lead,) = listed(scene)
    until = scene.now + timedelta(days=7)
    told_of = {"token": "m1", "kind": "thread", "source": "blog", "author": "", "needle": lead.token, "thread": "t3_1"}

    def forget(session: Session) -> list[str]:
        by = people.by_email(session, "ana@acme.example") or people.get(session, 1)
        mutes.add(session, **told_of, mention_id=lead.id, by_id=by.id, at=scene.now, until=until)
        erase.blank_posts(session, erase.posts_of(session, mention_ids=[lead.id]), scene.now)
        found = session.connection().scalars(select(table_of(Post).c.thread))
        return [*found, *(one.thread for one in mutes.in_force(session, scene.now))]

    scene.person("Ana")
    assert scene.database.write(forget) == ["", ""]
    assert first.external_id == "t3_1"
