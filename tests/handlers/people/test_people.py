"""People: one person across platforms by e-mail, departments from groups, patterns, lists and channels."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from handlers.base.command import ByCard, ByToken
from handlers.base.organisation import DepartmentConfig
from handlers.dispatch.react import ReactToCard
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, sync_members
from handlers.reply.draft import DraftReply
from handlers.report.digest import build_digest
from handlers.report.log import mention_log
from storage.channels import lanes
from storage.channels.lanes import Outcome
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import IdentityKind, MessageState, Via
from tests.harness.channels import card, card_key, deliver, last, message
from tests.harness.scene import Scene, at


def account(name: str, platform: str = "slack", workspace: str = "T1", **fields: object) -> Account:
    values: dict[str, object] = {"workspace": workspace, "external_id": f"U{name.upper()}", **fields}
    return Account(platform=platform, name=name, **values)  # type: ignore[arg-type]


def learn(scene: Scene, *accounts: Account) -> list[int]:
    return [scene.learn(one) for one in accounts]


def departments_of(scene: Scene, person: int) -> list[str]:
    def look(session: Session) -> list[str]:
        keys = {one.id: one.key for one in people.departments(session)}
        return [keys[one] for one in people.department_ids(session, person)]

    return scene.database.read(look)


def sync(scene: Scene, members: tuple[str, ...], groups: dict[str, list[tuple[str, str, str]]] | None = None) -> None:
    finance = replace(scene.organisation.departments[1], members=members)
    changed = replace(scene.organisation, departments=(scene.organisation.departments[0], finance))
    scene.database.write(lambda session: sync_members(session, changed, groups or {}))


# --- joined by e-mail ------------------------------------------------------------------------------------------------


def test_one_e_mail_address_is_one_person_on_every_platform(scene: Scene) -> None:
    slack, teams = learn(
        scene,
        account("Ana", email="Ana@Acme.example "),
        account("Ana Lopez", "teams", workspace="tenant", email="ana@acme.example"),
    )
    assert slack == teams


def test_who_claimed_before_we_knew_them_is_joined_when_the_platform_confirms_the_address(scene: Scene) -> None:
    (ana,) = learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.who("UANA", "ana"), reference=at(mention)))
    (joined,) = learn(scene, account("Ana", email="ana@acme.example"))
    assert joined == ana
    scene.do(NoteMention(who=scene.who("UANA"), reference=ByToken(mention.token), text="Me."))
    assert last(scene, mention)["actor_id"] == ana


def strangers_claim(scene: Scene) -> tuple[int, MentionRow]:
    """Let Ana claim from an account that nobody knows to be hers yet; its card stands. Returns her and the mention."""
    (ana,) = learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.who("UANA", "ana84"), reference=at(mention)))
    deliver(scene)
    return ana, mention


def test_what_they_claimed_before_is_theirs_when_they_are_joined_and_the_log_says_how(scene: Scene) -> None:
    ana, mention = strangers_claim(scene)
    closed = scene.arrive()
    scene.do(ClaimMention(who=scene.who("UANA"), reference=at(closed)))
    scene.do(ResolveMention(who=scene.who("UANA"), reference=ByToken(closed.token)))
    before = scene.look(mention)
    learn(scene, account("Ana", email="ana@acme.example"))
    now = scene.look(mention)
    assert (now.owner_id, now.status, now.version) == (ana, "claimed", before.version + 1)
    assert (scene.look(closed).owner_id, scene.look(closed).status) == (ana, "resolved")
    row = last(scene, mention)
    assert (row["action"], row["actor_id"], row["via"]) == ("joined", None, "api")
    assert (row["from_owner_id"], row["to_owner_id"]) == (before.owner_id, ana)
    assert row["from_department_id"] == row["to_department_id"] == now.department_id
    words = scene.database.read(lambda session: mention_log(session, mention.id))[-1].words
    assert words == "Ana kept it, known as ana84 until then"
    assert scene.log(closed) == ["arrived", "claimed", "resolved", "joined"]
    assert scene.database.read(ownership.verify).trouble == ""
    assert scene.do(ReleaseMention(who=scene.who("UANA"), reference=ByToken(mention.token))).ok


def test_who_is_joined_is_one_with_who_they_were_though_they_owned_nothing_and_whoever_turns_out_to_be_whom(
    scene: Scene,
) -> None:
    def one_with(former: int) -> int:
        return scene.database.read(people.joined).get(former, former)

    (ana,) = learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    (ana84,) = learn(scene, account("Ana84", external_id="UANA"))
    assert (ana84 != ana, one_with(ana84)) == (True, ana84)
    learn(scene, account("Ana", email="ana@acme.example"))
    assert (one_with(ana84), one_with(ana)) == (ana, ana)
    assert scene.database.read(lambda session: people.formerly(session, ana)) == [ana84]
    (lea,) = learn(scene, account("Lea", email="lea@acme.example"))
    learn(scene, account("Lea", email="lea@acme.example"), account("Ana", email="lea@acme.example"))
    learn(scene, account("Ana", "teams", workspace="tenant", email="lea@acme.example"))
    assert {one_with(one) for one in (ana84, ana, lea)} == {lea}
    learn(scene, *(replace(one, email="ana@acme.example") for one in (account("Ana"), account("Lea"))))
    learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    assert {one_with(one) for one in (ana84, ana, lea)} == {ana}  # back again, and round in no circle


def test_the_cards_of_what_they_claimed_before_are_drawn_again(scene: Scene) -> None:
    _, mention = strangers_claim(scene)
    heard: list[int] = []
    scene.database.listen(heard.extend)
    assert deliver(scene) == []
    learn(scene, account("Ana", email="ana@acme.example"))
    assert deliver(scene) == [card_key(mention, "C-FINANCE")]
    assert card(scene, mention, "C-FINANCE").state.startswith("Ana has it")
    assert heard == [mention.id]


def test_being_joined_is_no_change_of_hands_in_the_digest(scene: Scene) -> None:
    _, mention = strangers_claim(scene)
    learn(scene, account("Ana", email="ana@acme.example"))
    tomorrow = scene.now + timedelta(days=1)
    notice = scene.database.read(
        lambda session: build_digest(session, scene.organisation, mention.department_id, tomorrow)
    )
    (changes,) = [one for one in notice.sections if "changes of hands" in one.title]
    assert "claimed 1" in str(changes.lines)
    assert "joined" not in str(changes.lines)


def test_taking_the_emoji_away_after_being_joined_still_releases(scene: Scene) -> None:
    learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    mention, place = scene.arrive(), ByCard("slack", "C-FINANCE", "1.0")
    row = message(scene, card_key(mention, "C-FINANCE"))
    shown = Outcome(message_id=row.id, state=MessageState.SHOWN, shown=row.version, reference=place.reference)
    scene.database.write(lambda session: lanes.settle(session, [shown]))

    def reaction(moment: float, *, added: bool) -> ReactToCard:
        who = scene.who("UANA")
        return ReactToCard(card=place, verb="claim", emoji="eyes", added=added, at=moment, who=who, via=Via.EMOJI)

    scene.do(reaction(1.0, added=True))
    learn(scene, account("Ana", email="ana@acme.example"))
    scene.do(reaction(2.0, added=False))
    assert scene.log(mention) == ["arrived", "claimed", "joined", "released"]


def test_who_still_has_another_account_stays_somebody_with_what_they_own(scene: Scene) -> None:
    learn(scene, account("Ana", "teams", workspace="tenant", email="ana@acme.example"))
    ben, same = learn(
        scene, account("Ben", email="ben@acme.example"), account("Ben", "teams", "tenant", email="ben@acme.example")
    )
    assert ben == same
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.who("UBEN"), reference=at(mention)))
    learn(scene, account("Ben", "teams", "tenant", email="ana@acme.example"))  # one of the accounts was Ana's
    assert scene.look(mention).owner_id == ben
    assert scene.log(mention) == ["arrived", "claimed"]


def test_a_guests_address_joins_nobody(scene: Scene) -> None:
    ana, guest = learn(
        scene,
        account("Ana", email="ana@acme.example"),
        account("Eve", email="ana@acme.example", kind=IdentityKind.GUEST),
    )
    assert ana != guest


def test_learning_the_same_again_changes_nothing_and_news_are_taken_in(scene: Scene) -> None:
    first, again, renamed = learn(
        scene,
        account("Ana", email="ana@acme.example"),
        account("Ana", email="ana@acme.example"),
        account("Ana Maria", external_id="UANA", timezone="Europe/Madrid"),
    )
    assert first == again == renamed
    person = scene.database.read(lambda session: people.get(session, first))
    assert (person.name, person.email, person.timezone) == ("Ana Maria", "ana@acme.example", "Europe/Madrid")


# --- departments -----------------------------------------------------------------------------------------------------


def test_departments_come_from_groups_patterns_and_lists(scene: Scene) -> None:
    ana, ben, chloe, dan = learn(
        scene,
        account("Ana"),
        account("Ben", email="Ben@finance.acme.example"),
        account("Chloe", email="chloe@acme.example"),
        account("Dan", email="dan@evil-finance.acme.example.evil"),
    )
    members = ("@money", "*@finance.acme.example", "Chloe@acme.example")
    sync(scene, members, {"money": [("slack", "T1", "UANA"), ("slack", "T1", "UNKNOWN")]})
    assert [departments_of(scene, one) for one in (ana, ben, chloe, dan)] == [["finance"]] * 3 + [[]]


def test_who_leaves_the_group_leaves_the_department(scene: Scene) -> None:
    (ana,) = learn(scene, account("Ana"))
    sync(scene, ("@money",), {"money": [("slack", "T1", "UANA")]})
    sync(scene, ("@money",), {"money": []})
    assert departments_of(scene, ana) == []


def test_a_group_that_was_not_read_keeps_its_people(scene: Scene) -> None:
    (ana,) = learn(scene, account("Ana"))
    sync(scene, ("@money",), {"money": [("slack", "T1", "UANA")]})
    sync(scene, ("@money",), {})
    assert departments_of(scene, ana) == ["finance"]
    sync(scene, (), {})
    assert departments_of(scene, ana) == []


def test_who_leaves_one_way_stays_by_another(scene: Scene) -> None:
    (ana,) = learn(scene, account("Ana", email="ana@acme.example"))
    group = {"money": [("slack", "T1", "UANA")]}
    sync(scene, ("*@acme.example",))
    sync(scene, ("@money",), group)
    assert departments_of(scene, ana) == ["finance"]
    sync(scene, ("ana@acme.example",))
    assert departments_of(scene, ana) == ["finance"]


def test_bots_in_a_group_belong_to_nothing(scene: Scene) -> None:
    (bot,) = learn(scene, account("Robo", kind=IdentityKind.BOT))
    sync(scene, ("@money",), {"money": [("slack", "T1", "UROBO")]})
    assert departments_of(scene, bot) == []


def test_an_unknown_employee_belongs_to_the_department_of_the_channel(scene: Scene) -> None:
    mention = scene.arrive()
    scene.do(ClaimMention(who=scene.who("UNIA", channel="C-SUPPORT"), reference=at(mention)))
    row = last(scene, mention)
    assert departments_of(scene, row["actor_id"]) == ["support"]
    assert row["actor_department_id"] != mention.department_id


# --- acting for ------------------------------------------------------------------------------------------------------


def acting_for(scene: Scene, account_id: str, channel: str) -> str | None:
    mention = scene.arrive()
    scene.do(NoteMention(who=scene.who(account_id, channel=channel), reference=at(mention), text="Look."))
    keys = scene.database.read(lambda session: {one.id: one.key for one in people.departments(session)})
    return keys.get(last(scene, mention)["actor_department_id"])


def test_who_belongs_to_several_acts_for_the_one_of_the_channel_else_the_first(scene: Scene) -> None:
    learn(scene, account("Ana", email="ana@acme.example"))
    both = tuple(replace(one, members=("ana@acme.example",)) for one in scene.organisation.departments)
    changed = replace(scene.organisation, departments=both)
    scene.database.write(lambda session: sync_members(session, changed, {}))
    assert acting_for(scene, "UANA", "C-FINANCE") == "finance"
    assert acting_for(scene, "UANA", "C-SUPPORT") == "support"
    assert acting_for(scene, "UANA", "C-ELSEWHERE") == "support"


def test_who_acts_in_a_strangers_channel_acts_for_their_own(scene: Scene) -> None:
    learn(scene, account("Ben", email="ben@acme.example"))
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    assert acting_for(scene, "UBEN", "C-FINANCE") == "support"


def test_who_belongs_nowhere_acts_for_the_channel_or_for_none(scene: Scene) -> None:
    learn(scene, account("Zoe"))
    assert acting_for(scene, "UZOE", "C-FINANCE") == "finance"
    assert acting_for(scene, "UZOE", "C-ELSEWHERE") is None


def test_of_two_departments_in_one_channel_the_first_counts(scene: Scene) -> None:
    shared = DepartmentConfig(key="billing", name="Billing", timezone="UTC", homes={"slack": "C-FINANCE"})
    organisation = replace(scene.organisation, departments=(*scene.organisation.departments, shared))
    Scene(scene.database, organisation)
    learn(scene, account("Zoe"))
    assert acting_for(scene, "UZOE", "C-FINANCE") == "finance"


# --- renamed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["claimed", "snoozed", "in review", "drafted"])
def test_open_cards_that_name_somebody_are_drawn_anew_when_their_name_changes(scene: Scene, state: str) -> None:
    ana, ben = scene.person("Ana Lopez", account="UANA"), scene.person("Ben")
    mention = scene.arrive()
    by = ByToken(mention.token)
    if state == "drafted":
        scene.do(ClaimMention(who=ben, reference=by))
        scene.do(DraftReply(who=ana, reference=by, text="I am sorry. Ana"))
    else:
        scene.do(ClaimMention(who=ana, reference=by))
    if state == "snoozed":
        scene.do(SnoozeMention(who=ana, reference=by, until="2h"))
    elif state == "in review":
        scene.do(DraftReply(who=ana, reference=by, text="I am sorry. Ana", then="review"))
    statuses = {"snoozed": "snoozed", "in review": "in_review"}
    assert scene.look(mention).status == statuses.get(state, "claimed")
    deliver(scene)
    learn(scene, account("Ana Smith", external_id="UANA"))
    assert card_key(mention, "C-FINANCE") in deliver(scene)
    drawn = card(scene, mention, "C-FINANCE")
    assert "Ana Smith" in f"{drawn.state} {drawn.details}"
    learn(scene, account("Ana Smith", external_id="UANA"))
    assert deliver(scene) == []


def test_closed_cards_keep_the_name_that_was_then(scene: Scene) -> None:
    ana, mention = scene.person("Ana Lopez", account="UANA"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    deliver(scene)
    learn(scene, account("Ana Smith", external_id="UANA"))
    assert deliver(scene) == []
