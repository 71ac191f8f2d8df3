"""Who may act: our own people, known or not; guests where allowed; nobody from outside, no bot."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from handlers.verbs import ON_CARDS
from storage.people import people
from storage.people.people import KnownPerson
from tests.bot.chat.slack.installation import SlackInstallation, fine, installation
from tests.fakes.slack.methods import DEFAULT_SCOPES
from tests.fakes.slack.records import ENTERPRISE_ID, OTHER_TEAM_ID, TEAM_ID, Message, User
from tests.fakes.slack.server import FakeSlack

Gesture = Callable[[SlackInstallation, User, Message, str], object]
GESTURES: dict[str, Gesture] = {
    "button": lambda home, user, card, token: home.slack.press(user, card, "dibs:claim"),
    "emoji": lambda home, user, card, token: home.slack.react(user, card, "eyes"),
    "slash": lambda home, user, card, token: home.slack.slash(user, home.finance, f"claim {token}"),
    "shortcut": lambda home, user, card, token: home.slack.shortcut(user, card, "dibs_claim"),
    "form": lambda home, user, card, token: home.slack.press(user, card, f"handoff {token}.1"),
}


@pytest.mark.parametrize("gesture", GESTURES)
def test_nobody_from_outside_changes_anything_and_each_is_told_so_privately(tmp_path: Path, gesture: str) -> None:
    with installation(tmp_path) as home:
        row, card = home.arrive()
        eve = home.slack.workspace.add_stranger("eve")
        home.finance.members.add(eve.id)
        action = GESTURES["button"] if gesture == "form" else GESTURES[gesture]
        if gesture == "form":
            assert fine(home.slack.press(eve, card, "dibs:handoff"))
            assert home.slack.views(eve) == []
        else:
            action(home, eve, card, row.token)
        assert "another organisation" in home.told(eve, "another organisation")
        assert home.scene.log(row) == ["arrived"]


def test_nobody_from_outside_is_given_a_mention(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        row, card = home.arrive()
        eve = home.slack.workspace.add_stranger("eve")
        answer = home.slack.slash(home.ana, home.finance, f"assign {row.token} {home.slack.mention(eve)}")
        assert "Only our own people" in answer.json["text"]
        home.slack.press(home.ana, card, f"assign {row.token}.1")
        home.slack.submit(home.ana, {"person": eve.id})
        (view,) = home.slack.views(home.ana)
        assert "Only our own people" in view.errors["person"]
        assert home.scene.log(row) == ["arrived"]


@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES, DEFAULT_SCOPES - {"users:read", "users:read.email"}])
def test_a_member_whom_we_have_not_met_is_given_one_whether_or_not_slack_tells_of_them(
    tmp_path: Path, scopes: frozenset[str]
) -> None:
    with installation(tmp_path, scopes=scopes) as home:
        row, _ = home.arrive()
        new = home.slack.workspace.add_user("nora")
        answer = home.slack.slash(home.ana, home.finance, f"assign {row.token} {home.slack.mention(new)}")
        assert home.scene.log(row) == ["arrived", "assigned"], answer.json["text"]


def test_an_account_that_is_typed_as_we_write_it_makes_nobody_one_of_us(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        row, _ = home.arrive()
        answer = home.slack.slash(home.ana, home.finance, f"assign {row.token} slack:{TEAM_ID}:U0NOBODY")
        assert "I know nobody called" in answer.json["text"]
        assert home.scene.log(row) == ["arrived"]


@pytest.mark.parametrize("allowed", [False, True])
def test_guests_act_only_where_dibs_toml_says_so(tmp_path: Path, allowed: bool) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.workspace.add_user("gus", id="U0GUS", is_restricted=True)

    with installation(tmp_path, prepare_slack=prepare, changes={"guests": allowed}) as home:
        row, card = home.arrive()
        gus = home.slack.workspace.users["U0GUS"]
        home.finance.members.add(gus.id)
        home.slack.press(gus, card, "dibs:claim")
        if allowed:
            home.shows(row, "Gus has it.")
        else:
            home.told(gus, "Guests cannot do this here")
        assert home.scene.log(row) == (["arrived", "claimed"] if allowed else ["arrived"])


def test_another_bot_claims_nothing_and_is_not_talked_to(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        row, card = home.arrive()
        robot = home.slack.workspace.add_user("robot", is_bot=True)
        assert fine(home.slack.react(robot, card, "eyes"))
        home.settle()
        assert home.scene.log(row) == ["arrived"]
        assert home.slack.requests("chat.postEphemeral") == []


def test_a_member_who_is_not_known_yet_may_claim_and_is_looked_up_afterwards(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        row, card = home.arrive()
        new = home.slack.workspace.add_user("nia", email="nia@acme.example", real_name="Nia Novak")
        home.slack.press(new, card, "dibs:claim")
        assert home.scene.log(row) == ["arrived", "claimed"]
        home.settle()
        found = _known(home, new.id)
        assert found is not None
        assert found.name == "Nia Novak"
        assert home.scene.database.read(lambda session: people.by_email(session, "nia@acme.example"))


def test_while_slack_cannot_say_who_reacts_it_is_asked_to_tell_again(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        row, card = home.arrive()
        new = home.slack.workspace.add_user("nia")
        home.slack.fault("users.info", status=503)
        react = home.slack.build.react(new, card, "eyes")
        assert home.slack.send(react).status == 503
        assert home.scene.log(row) == ["arrived"]
        assert home.slack.send(react).status == 200
        assert home.scene.log(row) == ["arrived", "claimed"]


def test_people_and_user_groups_are_learned_at_start_and_on_their_events(tmp_path: Path) -> None:
    changes = {"departments": _with_group()}

    def prepare(slack: FakeSlack) -> None:
        zoe = slack.workspace.add_user("zoe", id="U0ZOE", email="Zoe@acme.example")
        slack.workspace.add_user("old", id="U0OLD", deleted=True)
        slack.workspace.add_group("finance-team", [zoe])

    with installation(tmp_path, prepare_slack=prepare, changes=changes) as home:
        zoe, group = home.slack.workspace.users["U0ZOE"], next(iter(home.slack.workspace.groups.values()))
        assert _departments(home, zoe) == ["finance"]
        assert _known(home, "U0OLD") is None
        group.users.append(home.ben.id)
        home.slack.group_changed(group)
        home.settle()
        assert "finance" in _departments(home, home.ben)
        zoe.deleted = True
        home.slack.user_change(zoe)
        home.settle()
        known = _known(home, zoe.id)
        assert known is not None
        assert not known.active


@pytest.mark.parametrize("missing", ["users:read", "usergroups:read", "users:read.email", "reactions:read", "im:write"])
def test_a_missing_scope_switches_off_its_feature_and_never_stops_the_rest(tmp_path: Path, missing: str) -> None:
    with installation(tmp_path, scopes=DEFAULT_SCOPES - {missing}) as home:
        row, card = home.arrive()
        home.slack.press(home.ana, card, "dibs:claim")
        home.slack.wait_for(lambda: home.owner(row))
        assert home.platform.health().ok
        findings = home.do(home.platform.check())
        assert any(missing in one.subject and not one.ok and one.mend for one in findings)


def _known(home: SlackInstallation, account: str) -> KnownPerson | None:
    return home.scene.database.read(lambda session: people.known(session, "slack", TEAM_ID, account))


def _departments(home: SlackInstallation, user: User) -> list[str]:
    def read(session: Session) -> list[str]:
        known = people.known(session, "slack", TEAM_ID, user.id)
        mine = people.department_ids(session, known.id) if known else []
        return [one.key for one in people.departments(session) if one.id in mine]

    return home.scene.database.read(read)


def _with_group() -> object:
    from dataclasses import replace

    from tests.bot.chat.slack.installation import organisation

    return tuple(
        replace(one, members=(*one.members, "@finance-team")) if one.key == "finance" else one
        for one in organisation().departments
    )


# --- one of us, whatever accounts ------------------------------------------------------------------------------------


def test_whichever_of_two_accounts_slack_tells_of_last_who_came_back_is_here_at_every_look(tmp_path: Path) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.workspace.add_user("dana", id="U0OLD", email="dana@acme.example", real_name="Dana Old", deleted=True)
        slack.workspace.add_user("dana2", id="U1NEW", email="Dana@acme.example", real_name="Dana Novak")

    with installation(tmp_path, prepare_slack=prepare) as home:
        row, _ = home.arrive()
        old, new = home.slack.workspace.users["U0OLD"], home.slack.workspace.users["U1NEW"]
        for turn in range(6):
            if turn % 3 == 2:
                home.do(home.platform.refresh())
            else:
                home.slack.user_change((old, new)[turn % 3])
            home.settle()
            answer = home.slack.slash(new, home.finance, "mine").json["text"]
            assert "You have nothing" in answer, turn
        home.slack.slash(new, home.finance, f"claim {row.token}")
        home.shows(row, "Dana Novak has it.")


@pytest.mark.parametrize("kind", ["is_restricted", "is_ultra_restricted", "deleted", "stranger"])
def test_a_form_opens_only_for_whom_the_sentence_would_let_act(tmp_path: Path, kind: str) -> None:
    def prepare(slack: FakeSlack) -> None:
        add = slack.workspace.add_stranger if kind == "stranger" else slack.workspace.add_user
        add("gus", id="U0GUS", email="gus@acme.example")

    with installation(tmp_path, prepare_slack=prepare) as home:
        _, card = home.arrive()
        gus = home.slack.workspace.users["U0GUS"]
        if kind != "stranger":
            setattr(gus, kind, True)
            home.slack.user_change(gus)
        home.finance.members.add(gus.id)
        forms = [verb.name for verb in ON_CARDS if verb.form]
        assert len(forms) > 5
        for verb in forms:
            for who, opens in ((gus, False), (home.ben, True)):
                gesture = home.slack.build.press(who, card, "dibs:claim")
                gesture.payload["actions"][0]["action_id"] = f"dibs:{verb}"
                before = len(home.slack.views(who))
                assert fine(home.slack.send(gesture))
                if not opens:
                    assert home.slack.views(who) == [], verb
                elif verb == "draft":
                    assert len(home.slack.views(who)) == before + 1
        sentence = {"deleted": "switched off", "stranger": "another organisation"}
        home.told(gus, sentence.get(kind, "Guests cannot do this here"))


# --- an organisation of several workspaces ---------------------------------------------------------------------------


def in_an_organisation(slack: FakeSlack) -> None:
    slack.workspace.enterprise_id = ENTERPRISE_ID


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("gesture", [*GESTURES, "foreign slash"])
def test_a_full_member_of_our_own_organisation_acts_from_its_other_workspaces(
    tmp_path: Path, gesture: str, known: bool
) -> None:
    def prepare(slack: FakeSlack) -> None:
        in_an_organisation(slack)
        slack.workspace.add_user("cleo", id="W0CLEO", team_id=OTHER_TEAM_ID, enterprise_id=ENTERPRISE_ID)

    with installation(tmp_path, prepare_slack=prepare) as home:
        row, card = home.arrive()
        cleo = home.slack.workspace.users["W0CLEO"]
        if not known:
            cleo = home.slack.workspace.add_user(
                "cora", id="W0CORA", team_id=OTHER_TEAM_ID, enterprise_id=ENTERPRISE_ID
            )
        home.finance.members.add(cleo.id)
        if gesture == "form":
            assert fine(home.slack.press(cleo, card, "dibs:handoff"))
            assert len(home.slack.views(cleo)) == 1
            return
        if gesture == "foreign slash":
            typed = home.slack.build.slash(cleo, home.finance, f"claim {row.token}")
            typed.payload.update({"team_id": OTHER_TEAM_ID, "enterprise_id": ENTERPRISE_ID})
            home.slack.send(typed)
        else:
            GESTURES[gesture](home, cleo, card, row.token)
        home.shows(row, f"{cleo.name.title()} has it.")


@pytest.mark.parametrize("enterprise", ["E0OTHER", ""])
@pytest.mark.parametrize("gesture", GESTURES)
def test_somebody_of_another_organisation_stays_a_stranger(tmp_path: Path, gesture: str, enterprise: str) -> None:
    with installation(tmp_path, prepare_slack=in_an_organisation) as home:
        row, card = home.arrive()
        eve = home.slack.workspace.add_user("eve", team_id=OTHER_TEAM_ID, enterprise_id=enterprise)
        home.finance.members.add(eve.id)
        if gesture == "form":
            home.slack.press(eve, card, "dibs:handoff")
            assert home.slack.views(eve) == []
        else:
            GESTURES[gesture](home, eve, card, row.token)
        home.told(eve, "another organisation")
        assert home.scene.log(row) == ["arrived"]


def test_the_organisation_decides_whatever_workspace_stands_beside_it(tmp_path: Path) -> None:
    with installation(tmp_path, prepare_slack=in_an_organisation) as home:
        row, _ = home.arrive()
        eve = home.slack.workspace.add_user("eve", team_id=TEAM_ID, enterprise_id="E0OTHER")
        assert "another organisation" in home.slack.slash(eve, home.finance, f"claim {row.token}").json["text"]
        assert home.scene.log(row) == ["arrived"]


def test_while_slack_cannot_say_who_somebody_of_another_workspace_is_nothing_is_done(tmp_path: Path) -> None:
    with installation(tmp_path, prepare_slack=in_an_organisation) as home:
        row, card = home.arrive()
        cleo = home.slack.workspace.add_user("cleo", team_id=OTHER_TEAM_ID, enterprise_id=ENTERPRISE_ID)
        home.slack.fault("users.info", status=503)
        home.slack.press(cleo, card, "dibs:claim")
        assert home.scene.log(row) == ["arrived"]
