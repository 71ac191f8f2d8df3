"""Held back: nothing is lost by it, what must not be is not, and only a department that says so has a line."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlmodel import Session

from handlers.ask.add import AddPost
from handlers.base.clocks import Target, Targets
from handlers.base.command import ByToken
from handlers.base.events import Author, Posted
from handlers.listen.points import Weighed, weigh
from handlers.listen.route import decide
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.judge import JudgeMention
from handlers.own.note import NoteMention
from handlers.own.reconcile import reconcile
from handlers.own.reopen import ReopenMention
from handlers.own.show import ShowMention
from handlers.report.digest import build_digest
from handlers.text.match import Matcher
from storage.engine.database import Database
from storage.listen import customers
from storage.own import clocks, mentions, ownership
from storage.own.mentions import Filter, MentionRow
from storage.people import people
from storage.tables.states import ClockKind, Held, Status
from tests.harness.channels import card, history, in_channel, remarks, said_behind
from tests.harness.scene import ORGANISATION, Scene

TARGETS = Targets(by_kind={ClockKind.CLAIM: Target(within=timedelta(hours=1))})
LINED = tuple(
    replace(one, card_above=60, targets=TARGETS) if one.key == "finance" else one for one in ORGANISATION.departments
)
QUIET, LOUD = "My refund came, thank you.", "Where is my refund?"


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene in which finance wants more than sixty points."""
    return Scene(database, replace(ORGANISATION, departments=LINED))


def held(scene: Scene) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status), held=(Held.BELOW, Held.MUTED, Held.STORM))
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=1_000))


def kept_back(scene: Scene, text: str = QUIET, **fields: object) -> MentionRow:
    scene.ingest(scene.posted(text, **fields))
    return held(scene)[-1]


def now(scene: Scene, mention: MentionRow) -> MentionRow:
    return scene.database.read(lambda session: mentions.get(session, mention.id))


def actions(scene: Scene, mention: MentionRow) -> list[str]:
    return [row["action"] for row in history(scene, mention)]


def kinds_of_clocks(scene: Scene, mention: MentionRow) -> list[str]:
    return sorted(scene.database.read(lambda session: clocks.of_mention(session, mention.id)))


# --- what is held ----------------------------------------------------------------------------------------------------


def test_what_is_below_the_line_is_held_with_its_points_and_has_neither_card_nor_clock(scene: Scene) -> None:
    mention = kept_back(scene)
    assert (mention.held, mention.status, mention.points) == ("below", "new", 60)
    assert mention.points_why == "+50 topic billing, +10 says so in its first words"
    assert in_channel(scene, "C-FINANCE") == []
    assert kinds_of_clocks(scene, mention) == []
    assert actions(scene, mention) == ["held"]
    assert remarks(scene, mention) == [f"60 points, and Finance wants more than 60: {mention.points_why}."]


def test_what_is_above_it_or_of_a_department_without_one_has_its_card(scene: Scene) -> None:
    scene.ingest(scene.posted(LOUD), scene.posted("Nothing that anybody knows"))
    assert held(scene) == []
    assert len(in_channel(scene, "C-FINANCE")) == len(in_channel(scene, "C-SUPPORT")) == 1


def test_the_sum_is_right_under_a_flood(scene: Scene) -> None:
    """Every post has a card or a reason, whatever the author writes and however often it is shown."""
    flood = [
        scene.posted(LOUD if number % 3 else QUIET, author=Author(handle=f"a{number % 7}"), external_id=f"f{number}")
        for number in range(400)
    ]
    for some in (flood[:100], flood[50:150], flood[150:250], flood[250:350], flood[300:400], flood[:100]):
        scene.ingest(*some)
    carded = in_channel(scene, "C-FINANCE")
    assert len({one.key for one in carded}) == len(carded)
    assert (len(carded) + len(held(scene)), len(carded) > 10, len(held(scene)) > 100) == (400, True, True)
    assert scene.database.read(lambda session: ownership.verify(session)).trouble == ""


def test_it_counts_nowhere_as_what_waits(scene: Scene) -> None:
    mention = kept_back(scene)
    finance = mention.department_id

    def look(session: Session) -> tuple[int, str]:
        unclaimed = mentions.count(session, Filter(department_id=finance, unowned=True))
        return unclaimed, build_digest(session, scene.organisation, finance, scene.now).text

    unclaimed, digest = scene.database.read(look)
    assert unclaimed == 0
    assert "wait" not in digest.replace("Nothing is waiting", "")


def test_an_answer_to_us_is_never_held(scene: Scene) -> None:
    ours = replace(ORGANISATION.sources[0], own_accounts=frozenset({"acme"}))
    scene.organisation = replace(scene.organisation, sources=(ours,))
    first = scene.arrive(LOUD, external_id="first")
    scene.ingest(scene.posted("It is on its way.", external_id="ours", reply_to="first", author=Author(handle="acme")))
    stranger = Author(handle="sam", external_id="sam")
    scene.ingest(scene.posted(QUIET, reply_to="ours", author=stranger), scene.posted(QUIET, author=stranger))
    (alone,) = held(scene)
    assert (alone.id != first.id, len(in_channel(scene, "C-FINANCE"))) == (True, 2)


def test_what_somebody_adds_to_it_or_shows_again_stays_with_it(scene: Scene) -> None:
    mention = kept_back(scene, external_id="first", url="https://blog.example/first")
    scene.ingest(scene.posted("And the second, too.", reply_to="first"))
    assert (now(scene, mention).held, in_channel(scene, "C-FINANCE")) == ("below", [])


# --- brought forth ---------------------------------------------------------------------------------------------------


def test_show_gives_it_its_card_and_its_clocks_begin_then(scene: Scene) -> None:
    mention, ana = kept_back(scene), scene.person("Ana")
    scene.pass_time(hours=5)
    press = ShowMention(reference=ByToken(mention.token, mention.version), who=ana)
    assert scene.do(press).text == f"#{mention.token} has its card now, for Finance."
    assert actions(scene, mention) == ["held", "shown", "arrived"]
    assert [one.mention_id for one in in_channel(scene, "C-FINANCE")] == [mention.id]
    (clock,) = scene.database.read(lambda session: clocks.of_mention(session, mention.id)).values()
    assert clock.due_at == scene.now + timedelta(hours=1)
    assert "Ana (Finance) brought it forth." in said_behind(card(scene, mention, "C-FINANCE"))
    assert scene.do(press).text == f"#{mention.token} is not held back: it has its card."
    assert len(in_channel(scene, "C-FINANCE")) == 1


def test_whoever_claims_it_brings_it_forth(scene: Scene) -> None:
    mention, ana = kept_back(scene), scene.person("Ana")
    scene.do(ClaimMention(reference=ByToken(mention.token), who=ana))
    assert actions(scene, mention) == ["held", "shown", "arrived", "claimed"]
    assert (now(scene, mention).held, len(in_channel(scene, "C-FINANCE"))) == ("", 1)


def test_a_note_and_a_dismissal_leave_it_where_it_is_and_reopening_does_not(scene: Scene) -> None:
    mention, ana = kept_back(scene), scene.person("Ana")
    scene.do(NoteMention(reference=ByToken(mention.token), who=ana, text="Harmless."))
    scene.do(DismissMention(reference=ByToken(mention.token), who=ana))
    assert (now(scene, mention).held, in_channel(scene, "C-FINANCE")) == ("below", [])
    assert not scene.do(ShowMention(reference=ByToken(mention.token), who=ana)).ok
    scene.do(ReopenMention(reference=ByToken(mention.token), who=ana))
    assert actions(scene, mention) == ["held", "noted", "dismissed", "shown", "arrived", "reopened"]
    assert (now(scene, mention).held, len(in_channel(scene, "C-FINANCE"))) == ("", 1)


def test_what_a_person_brings_in_is_never_held_and_has_its_card_if_it_was(scene: Scene) -> None:
    mention, ana = kept_back(scene, url="https://blog.example/held"), scene.person("Ana")
    known = scene.do(AddPost(url="https://blog.example/held", who=ana))
    assert known.text.startswith(f"#{mention.token} was held back, and has its card now.")
    assert scene.do(AddPost(url="https://elsewhere.example/1", text=QUIET, who=ana)).ok
    assert (held(scene), len(in_channel(scene, "C-FINANCE"))) == ([], 2)


def test_what_dibs_toml_moves_stays_held(scene: Scene) -> None:
    mention = kept_back(scene)
    support = replace(scene.organisation, departments=scene.organisation.departments[:1], topics=())
    scene.database.write(lambda session: reconcile(session, support, scene.now, Random(1)))
    row = now(scene, mention)
    key = scene.database.read(lambda session: people.department_of(session, row.department_id).key)
    assert (row.held, key, in_channel(scene, "C-SUPPORT")) == ("below", "support", [])


# --- points ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number", "points", "why"),
    [
        (LOUD, 1, 70, "+50 topic billing, +10 a question, +10 says so in its first words"),
        (f"{'So it goes. ' * 9} My refund", 1, 50, "+50 topic billing"),
        ("refund https://a.example/?q=1", 1, 40, "−20 a link with hardly a word"),
        (QUIET, 5, 40, "−20 post 5 of its author today"),
        ("Good morning", 1, 0, "nothing speaks for it"),
    ],
)
def test_points_say_what_they_are_given_for(text: str, number: int, points: int, why: str) -> None:
    matcher, post = Matcher(ORGANISATION.topics), Posted(external_id="1", text=text)
    decision = decide(matcher, ORGANISATION, ORGANISATION.sources[0], post)
    assert decision is not None
    found, reasons = weigh(Weighed(post=post, decision=decision, matcher=matcher, source="blog", number=number))
    assert (found, why in reasons) == (points, True)


def test_what_its_vendor_calls_low_has_fewer_points() -> None:
    matcher, post = Matcher(ORGANISATION.topics), Posted(external_id="1", text=LOUD, low="Octolens says low")
    decision = decide(matcher, ORGANISATION, ORGANISATION.sources[0], post)
    assert decision is not None
    points, why = weigh(Weighed(post=post, decision=decision, matcher=matcher, source="blog"))
    assert (points, why.split(", ")[-1]) == (40, "−30 Octolens says low")


def test_an_author_who_writes_all_day_has_fewer_points_from_the_fifth_on(scene: Scene) -> None:
    for number in range(6):
        scene.ingest(scene.posted(f"{LOUD} {number}"))
    assert [one.points for one in held(scene)] == [50, 50]
    scene.pass_time(hours=24)
    scene.ingest(scene.posted(LOUD))
    assert len(held(scene)) == 2


# --- who is never held ------------------------------------------------------------------------------------------------


def test_a_judgement_begins_no_clock_of_what_is_held_and_leaves_it_there(scene: Scene) -> None:
    mention = kept_back(scene)
    ana = scene.person("Ana")
    assert scene.do(JudgeMention(who=ana, reference=ByToken(mention.token), risk="cancel")).ok
    assert scene.database.read(lambda session: clocks.of_mention(session, mention.id)) == {}
    assert now(scene, mention).held == Held.BELOW
    assert scene.do(ShowMention(who=ana, reference=ByToken(mention.token))).ok
    assert list(scene.database.read(lambda session: clocks.of_mention(session, mention.id))) == ["claim"]


def test_customers_and_risks_are_never_held_and_reach_counts(scene: Scene) -> None:
    scene.organisation = replace(scene.organisation, customers=True)
    listed = scene.database.write(lambda session: customers.begin(session, "list", 1))
    scene.database.write(lambda session: customers.add(session, listed, [("blog", "kim", "Gold plan")]))
    scene.database.write(lambda session: customers.complete(session, listed))
    lee = Author(name="Lee", handle="lee", external_id="lee")
    for text, author in (
        (QUIET, Author(name="Kim", handle="@Kim", external_id="kim")),
        ("My refund came; my lawyer wrote. Well.", lee),
        ("My refund came, and I am switching to others.", lee),
    ):
        scene.ingest(scene.posted(text, author=author))
    assert held(scene) == []
    assert kept_back(scene, author=lee).held == Held.BELOW
    known = kept_back(scene, author=replace(lee, handle="max", external_id="max", followers=50))
    assert "heard by many" not in known.points_why
    scene.ingest(scene.posted(QUIET, author=replace(lee, handle="zoe", external_id="zoe", followers=50_000)))
    assert len(held(scene)) == 2
