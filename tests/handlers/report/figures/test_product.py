"""A product: the figures that a log of nothing else would have, and nobody who could be told from them."""

from dataclasses import replace
from functools import partial
from random import Random

import pytest

from handlers.ask.report import AskReport
from handlers.base.errors import WrongInput
from handlers.report.figures.listed import read_listed
from handlers.report.figures.product import NOT_OF_ONE, NOTE
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import read_product
from handlers.report.figures.written import as_json
from handlers.text.match import Topic
from storage.engine.database import Database, Session
from tests.handlers.report.figures.test_report import COMPANY, PEOPLE, PERIOD, UNTIL, busy
from tests.handlers.report.figures.test_vectors import clear
from tests.harness.counted import Case, count, put
from tests.harness.scene import ORGANISATION, Scene

ANVIL = replace(COMPANY, topics=(Topic(name="anvils", department="support", any=("anvil",), product="Anvil"),))


def about(case: Case, of: dict[int, str]) -> Case:
    """Return a case whose mentions are about products, by their numbers."""
    told = {key: {**one, "product": of.get(int(key), "")} for key, one in case.mentions.items()}
    return replace(case, mentions=told)


def only(case: Case, product: str) -> Case:
    """Return what is about one product, and nothing else."""
    mentions = {key: one for key, one in case.mentions.items() if one["product"] == product}
    return replace(case, mentions=mentions, rows=[row for row in case.rows if str(row[2]) in mentions])


def put_in(database: Database, case: Case) -> None:
    database.write(lambda session: put(session, case))
    count(database)


def build(database: Database, product: str = "") -> Report:
    return database.read(lambda session: build_report(session, ANVIL, PERIOD, UNTIL, product=product))


def told(report: Report) -> list[Figure]:
    return [one for _, one in report.figures if one.name not in NOT_OF_ONE and not one.name.startswith("breadth")]


def mixed(seed: int = 3) -> Case:
    case, chance = busy(PEOPLE, seed, mentions=200), Random(seed)
    return about(case, {int(key): chance.choice(("Anvil", "Rocket", "")) for key in case.mentions})


def test_its_figures_are_those_of_a_log_that_holds_nothing_else(database: Database) -> None:
    case = mixed()
    put_in(database, case)
    report = build(database, "anvil")
    assert (report.title, report.departments, report.matrices) == ("Acme, March 2026, Anvil", (), ())
    assert (report.sentences[0], report.note) == ("All of this is about Anvil alone.", NOTE)
    assert as_json(report)["product"] == "Anvil"
    asked: list[str] = []

    def look(session: Session) -> None:
        found = read_product(session, ANVIL, PERIOD, UNTIL, "Anvil")
        for _, one in report.figures:
            if one.rows:
                rows = rows_of(session, found, one.rows, one.of)
                assert rows is not None, one
                assert len(rows) == one.length, one
                asked.append(one.name)
        listed = read_listed(session, ANVIL, PERIOD, UNTIL, "claims", (), product="Anvil")
        assert listed.total == next(one.value for _, one in report.figures if one.name == "claims")

    database.read(look)
    assert {"claims", "handed_off", "released_unworked", "waiting", "answered_on", "said"} <= set(asked)
    database.write(clear)
    put_in(database, only(case, "Anvil"))
    alone = build(database)
    assert alone.company is not None
    assert told(report) == [one for one in told(alone) if one in (*alone.company.figures, *alone.days)]


def test_it_is_not_told_where_it_or_what_it_leaves_would_tell_of_a_person(in_memory: Database) -> None:
    case = busy({"support": 9}, mentions=90)
    who = {row[2]: row[4] for row in case.rows if row[4]}
    fours = {mention: "Rocket" for mention, person in who.items() if person in (100, 101, 102, 103)}
    put_in(in_memory, about(case, {int(key): "Anvil" for key in case.mentions} | fours))
    for product in ("Anvil", "Rocket"):  # five acted on the one, and what it leaves is four people's
        with pytest.raises(WrongInput, match=f"{product} has no figures of its own in March 2026: too few people"):
            build(in_memory, product)


def test_of_what_nobody_acted_on_nobody_is_told(in_memory: Database) -> None:
    case = busy({"support": 6}, mentions=60)
    silent = [max(map(int, case.mentions)) + 1]
    at = PERIOD.since.isoformat()
    row = [len(case.rows) + 1, at, silent[0], "arrived", None, None, None, None, None, 1, "button"]
    more = {**case.mentions, str(silent[0]): {"source": "blog", "product": "Rocket"}}
    put_in(in_memory, replace(case, mentions=more, rows=[*case.rows, row]))
    report = build(in_memory, "ROCKET")
    assert report.sentences[1].startswith("In March 2026 1 mention arrived; 0 of the 1")
    assert report.sentences[-1].startswith("Waiting now: 1, the oldest since 1 March 2026")


def test_what_is_none_or_asked_with_a_department_is_refused(in_memory: Database) -> None:
    put_in(in_memory, busy(PEOPLE, mentions=10))
    ask = partial(build_report, organisation=ANVIL, period=PERIOD, now=UNTIL)
    with pytest.raises(WrongInput, match=r"There is no product “rocket”\. There are: Anvil"):
        in_memory.read(partial(ask, product="rocket"))
    with pytest.raises(WrongInput, match="for a department or for a product"):
        in_memory.read(partial(ask, product="anvil", department="support"))


def test_in_the_chat_a_product_stands_where_a_department_may(in_memory: Database) -> None:
    scene = Scene(in_memory, organisation=replace(ORGANISATION, topics=ANVIL.topics))
    scene.arrive("My anvil fell.")
    count(scene.database, scene.organisation.timezone)
    answer = scene.do(AskReport(who=scene.person("Ana"), period="2026-03", department="anvil"))
    assert answer.text.startswith("All of this is about Anvil alone. In March 2026 1 mention arrived so far")
