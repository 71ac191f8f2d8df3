"""Reconcile: what dibs.toml says now moves what has to move, once, and the log says via=config."""

from dataclasses import replace
from random import Random

from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.own.claim import ClaimMention
from handlers.own.reconcile import reconcile
from handlers.own.resolve import ResolveMention
from storage.people import people
from storage.tables.people import Department
from tests.harness.channels import card, card_key, deliver, history, in_channel, last, message, notices, remarks
from tests.harness.scene import ORGANISATION, Scene, at

SUPPORT, FINANCE = ORGANISATION.departments


def run(scene: Scene, *departments: DepartmentConfig) -> None:
    scene.organisation = replace(scene.organisation, departments=departments)
    scene.database.write(lambda session: reconcile(session, scene.organisation, scene.now, Random(1)))


def snapshot(scene: Scene) -> list[str]:
    """Return all rows of all tables, as text."""

    def look(session: Session) -> list[str]:
        tables = Department.metadata.sorted_tables
        return [repr(tuple(row)) for table in tables for row in session.connection().execute(table.select())]

    return sorted(scene.database.read(look))


def department_key(scene: Scene, department_id: int) -> str:
    found = scene.database.read(lambda session: people.departments(session, removed=True))
    return next(one.key for one in found if one.id == department_id)


def test_a_second_run_does_nothing(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    run(scene, SUPPORT, FINANCE)
    before = snapshot(scene)
    scene.pass_time(hours=1)
    run(scene, SUPPORT, FINANCE)
    assert snapshot(scene) == before


def test_open_mentions_of_a_removed_department_go_to_the_fallback_and_the_log_says_why(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    deliver(scene)
    run(scene, SUPPORT)
    now, row = scene.look(mention), last(scene, mention)
    assert (now.status, now.owner_id, department_key(scene, now.department_id)) == ("new", None, "support")
    assert (row["action"], row["via"], row["actor_id"]) == ("handed_off", "config", None)
    assert (row["from_department_id"], row["to_department_id"]) == (mention.department_id, now.department_id)
    assert remarks(scene, mention) == ["Its department is not configured any more."]
    assert card(scene, mention, "C-SUPPORT").buttons
    assert card(scene, mention, "C-FINANCE").state == "Moved to Customer support (#support-social)."
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"
    before = snapshot(scene)
    run(scene, SUPPORT)
    assert snapshot(scene) == before


def test_closed_mentions_of_a_removed_department_stay_in_the_record_as_they_are(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    closed = scene.look(mention)
    run(scene, SUPPORT)
    assert scene.look(mention) == closed
    assert len(history(scene, mention)) == 2


def test_a_removed_department_that_returns_is_the_same_one(scene: Scene) -> None:
    def ident_of() -> int | None:
        found = scene.database.read(lambda session: people.department(session, "finance"))
        assert found is not None
        return found.id

    before = ident_of()
    run(scene, SUPPORT)
    run(scene, SUPPORT, FINANCE)
    assert ident_of() == before
    assert department_key(scene, scene.arrive().department_id) == "finance"


def test_a_changed_home_moves_its_open_cards_and_no_owner(scene: Scene) -> None:
    ana = scene.person("Ana")
    open_one, done = scene.arrive(), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(open_one)))
    scene.do(ResolveMention(who=ana, reference=at(done)))
    deliver(scene)
    owned = scene.look(open_one)
    run(scene, SUPPORT, replace(FINANCE, homes={"slack": "C-NEW"}, home_names={"slack": "#money"}))
    assert [row.key for row in in_channel(scene, "C-NEW")] == [card_key(open_one, "C-NEW")]
    assert card(scene, open_one, "C-FINANCE").state == "Moved to Finance (#money)."
    assert message(scene, card_key(open_one, "C-FINANCE")).state == "due"
    assert scene.look(open_one) == owned
    assert scene.log(open_one) == ["arrived", "claimed"]


def test_a_home_that_changes_back_revives_its_cards_with_one_notice(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    run(scene, SUPPORT, replace(FINANCE, homes={"slack": "C-NEW"}))
    deliver(scene)
    run(scene, SUPPORT, FINANCE)
    run(scene, SUPPORT, FINANCE)
    assert card(scene, mention, "C-FINANCE").buttons
    assert [one.text for one in notices(scene, "C-FINANCE")] == [f"#{mention.token} came back to this channel."]


def test_a_home_on_another_platform_gets_the_open_cards(scene: Scene) -> None:
    mention = scene.arrive()
    run(scene, SUPPORT, replace(FINANCE, homes={**FINANCE.homes, "teams": "19:finance"}))
    assert [row.key for row in in_channel(scene, "19:finance")] == [card_key(mention, "19:finance")]


def test_a_home_that_is_given_up_draws_its_cards_without_buttons(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    run(scene, SUPPORT, replace(FINANCE, homes={}, home_names={}))
    drawn = card(scene, mention, "C-FINANCE")
    assert (drawn.state, drawn.buttons) == ("Moved to Finance.", ())
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"


def test_a_renamed_channel_moves_nothing(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    run(scene, SUPPORT, replace(FINANCE, home_names={"slack": "#renamed"}))
    assert message(scene, card_key(mention, "C-FINANCE")).state == "shown"
    assert card(scene, mention, "C-OLD").state == "Moved to Finance (#renamed)."


def test_name_order_and_zone_follow_the_configuration(scene: Scene) -> None:
    run(scene, replace(FINANCE, name="Money", timezone="Asia/Tokyo"), SUPPORT)
    rows = scene.database.read(lambda session: people.departments(session))
    assert [(row.key, row.name, row.timezone) for row in rows] == [
        ("finance", "Money", "Asia/Tokyo"),
        ("support", "Customer support", "America/New_York"),
    ]


def test_topics_apply_to_new_posts_only(scene: Scene) -> None:
    mention = scene.arrive()
    organisation: Organisation = replace(ORGANISATION, topics=())
    later = Scene(scene.database, organisation, numbers=scene.numbers)
    assert later.look(mention) == mention
    assert department_key(later, later.arrive().department_id) == "support"


def test_an_owner_who_lost_it_to_the_fallback_may_claim_it_again(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    run(scene, SUPPORT)
    assert scene.do(ClaimMention(who=ana, reference=ByToken(mention.token))).ok
