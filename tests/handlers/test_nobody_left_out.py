"""Nobody is left out for who they are: no tier, no verdict and no risk decides whether, wherever a mention goes."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlmodel import Session

from handlers.base.cards import Form
from handlers.base.charter import NO_REVIEW
from handlers.base.clocks import Target, Targets
from handlers.base.events import Author
from handlers.base.standing import WIDE, priority_of
from handlers.draw.board import PAGE, Board, read_board
from handlers.draw.wanted import Wanted
from handlers.people.sign_in import Visitor
from handlers.report.digest import build_digest
from storage.listen import customers
from storage.own import clocks, marks, mentions
from storage.own.mentions import Filter, MentionRow
from storage.people import people
from storage.tables.judgements import AuthorVerdict, Risk, Tier
from storage.tables.states import ClockKind, Tab
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import card, card_key, deliver, message
from tests.harness.scene import Scene

TARGETS = Targets(by_kind={ClockKind.CLAIM: Target(within=timedelta(hours=1))})
AUTHORS = {
    Tier.NONE: Author(name="Noa", handle="noa", external_id="noa"),
    Tier.KNOWN: Author(name="Kim", handle="kim", external_id="kim"),
    Tier.WIDE: Author(name="Wes", handle="wes", external_id="wes", followers=WIDE),
    Tier.CUSTOMER: Author(name="Cem", handle="cem", external_id="cem"),
}
# Every tier with every verdict, and each risk with some of them.
ALL = [(tier, verdict, list(Risk)[n % len(Risk)]) for n, (tier, verdict) in enumerate(product(Tier, AuthorVerdict))]


@pytest.fixture
def house(scene: Scene) -> RepliesInstallation:
    """A house with a customer and somebody whom we answered; whoever drafts there may publish."""
    made = RepliesInstallation(scene)
    made.charter(review=NO_REVIEW, publish=("anyone",))
    departments = tuple(replace(one, targets=TARGETS) for one in scene.organisation.departments)
    scene.organisation = replace(scene.organisation, customers=True, departments=departments)
    scene.__post_init__()

    def know(session: Session) -> None:
        listed = customers.begin(session, "list", 1)
        customers.add(session, listed, [("blog", "cem", "Gold plan")])
        customers.complete(session, listed)

    scene.database.write(know)
    first = scene.arrive(author=AUTHORS[Tier.KNOWN])
    scene.database.write(lambda session: marks.mark_responded(session, first.id, scene.now))
    scene.database.write(lambda session: marks.mark(session, first.id, status="resolved"))
    return made


def arrived(house: RepliesInstallation) -> dict[tuple[Tier, AuthorVerdict, Risk], MentionRow]:
    """Let somebody of each tier write, and judge each as told; what arrives is all that was written."""
    scene = house.scene
    found: dict[tuple[Tier, AuthorVerdict, Risk], MentionRow] = {}
    for tier, verdict, risk in ALL:
        brought = scene.ingest(scene.posted("Where is my refund?", author=AUTHORS[tier]))
        assert (brought.matched, brought.dropped) == (1, 0)
        row = scene.database.read(lambda session: mentions.listed(session, Filter(), limit=1, newest=True)[0])
        assert (row.tier, row.held) == (tier, "")
        values = {"verdict": str(verdict), "risk": str(risk), "priority": priority_of(tier, risk, "")}
        found[tier, verdict, risk] = scene.database.write(
            lambda session, row=row, values=values: marks.mark(session, row.id, **values)  # type: ignore[misc]
        )
    return found


def test_everybody_has_a_card_a_clock_a_place_in_every_list_and_an_answer(house: RepliesInstallation) -> None:
    scene, ana = house.scene, house.hire("Ana")
    rows = arrived(house)
    deliver(scene)
    finance = scene.database.read(lambda session: people.department(session, "finance"))
    assert finance is not None
    digest = scene.database.read(lambda session: build_digest(session, scene.organisation, finance.id, scene.now))
    unclaimed = [one for one in digest.sections if one.title.startswith("Unclaimed")]
    assert [one.title for one in unclaimed] == [f"Unclaimed: {len(rows)}, customers and risks first"]
    assert sum(len(one.lines) + one.more for one in unclaimed) == len(rows)
    plain = rows[ALL[0]]
    wanted_buttons = [one.verb for one in card(scene, plain, "C-FINANCE").buttons]
    wanted_form = _asked(house.form("draft", ana, plain))
    for row in rows.values():
        assert message(scene, card_key(row, "C-FINANCE")).state == "shown"
        assert [one.verb for one in card(scene, row, "C-FINANCE").buttons] == wanted_buttons
        assert list(scene.database.read(lambda session, row=row: clocks.of_mention(session, row.id))) == ["claim"]  # type: ignore[misc]
        assert _asked(house.form("draft", ana, row)) == wanted_form
        assert house.draft(ana, row, then="publish").ok


def _asked(form: object) -> list[tuple[object, ...]]:
    assert isinstance(form, Form)
    return [(one.name, one.choices, one.required) for one in form.fields]


def test_the_order_of_a_list_loses_nobody_and_shows_nobody_twice(house: RepliesInstallation) -> None:
    scene = house.scene
    house.hire("Ana")
    rows = arrived(house)
    for newest in (True, False):
        seen: list[str] = []
        after: int | None = None
        while True:
            wanted = Wanted(after=after, newest=newest)
            read = scene.database.read(lambda session, wanted=wanted: _board(session, scene, wanted))  # type: ignore[misc]
            seen += [one.token for one in read.cards]
            after = read.next
            if after is None:
                break
        assert len(seen) > PAGE
        order = sorted(rows.values(), key=lambda row: (-row.priority, -row.id if newest else row.id))
        assert seen == [row.token for row in order]
        assert len({row.priority for row in order}) == 2


def _board(session: Session, scene: Scene, wanted: Wanted) -> Board:
    visitor = Visitor(person_id=people.by_name(session, "Ana")[0].id, name="Ana")
    return read_board(session, scene.organisation, wanted, visitor, now=scene.now)


@pytest.mark.parametrize("field", ["tier", "risk"])
def test_a_filter_shows_those_and_no_others(house: RepliesInstallation, field: str) -> None:
    scene = house.scene
    house.hire("Ana")
    rows = arrived(house)
    values = {getattr(row, field) for row in rows.values()} - {"", "none"}
    for value in sorted(values):
        for tab in (Tab.UNCLAIMED, Tab.ALL):
            wanted = replace(Wanted(tab=tab), **{field: value})
            read = scene.database.read(lambda session, wanted=wanted: _board(session, scene, wanted))  # type: ignore[misc]
            those = {row.token for row in rows.values() if getattr(row, field) == value}
            assert {one.token for one in read.cards} == those
            assert read.found.number == len(those)
            assert read.wanted.unread == ()
