"""Shown: what a card and the form of *Hand off* say of a suggestion, on every platform, as long as it fits."""

import html
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.chat.slack.draw.card import draw_card as draw_for_slack
from bot.chat.slack.draw.form import draw_form as draw_slack_form
from bot.chat.teams.draw.card import draw_card as draw_for_teams
from bot.chat.teams.draw.form import draw_form as draw_teams_form
from handlers.base.cards import Button, Card, Field, Form
from handlers.base.command import Asking, ByToken
from handlers.base.forms import draw_form
from handlers.base.organisation import DepartmentConfig
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.release import ReleaseMention
from handlers.verbs import BY_NAME
from storage.own.mentions import MentionRow
from storage.report import suggestions
from storage.tables.judgements import Shown
from tests.bot.chat.desk.installation import open_installation
from tests.handlers.suggest.taught import Taught
from tests.harness.channels import card, card_key, deliver
from tests.harness.scene import ORGANISATION, Scene, at

WHY = "Perhaps Finance: “deposit”, as #past159 and 53 others."


@pytest.fixture
def taught(scene: Scene) -> Taught:
    """An installation in which much was resolved already, and the suggestions have earned their place."""
    there = Taught(scene)
    there.close(160)
    there.work()
    return there


def hand_off_on(shown: Card) -> Button:
    return next(one for one in shown.buttons if one.verb == "handoff")


def form_of(here: Taught, mention: MentionRow) -> Form:
    def draw(session: Session) -> Form:
        found = here.scene.look(mention)
        asking = Asking(session=session, organisation=here.scene.organisation, now=here.scene.now, found=found)
        return draw_form(BY_NAME["handoff"], asking)

    return here.read(draw)


def department_of(form: Form) -> Field:
    return next(one for one in form.fields if one.name == "department")


def test_while_nobody_has_it_hand_off_names_the_department_and_the_state_says_why(taught: Taught) -> None:
    mention = taught.arrive()
    shown = card(taught.scene, mention, "C-SUPPORT")
    named = hand_off_on(shown)
    assert named.label == "Hand off to Finance"
    assert named.accessibility_label.startswith(f"Hand off to Finance #{mention.token}")
    assert named.opens_form
    assert shown.state == f"New. Nobody has it. {WHY}"
    assert WHY in shown.text
    plain = card(taught.scene, taught.arrive("Something else"), "C-SUPPORT")
    assert [one.verb for one in shown.buttons] == [one.verb for one in plain.buttons]  # no button more
    assert hand_off_on(plain).label == "Hand off"


def test_the_card_that_stands_is_drawn_anew_once_it_is_known(taught: Taught) -> None:
    mention = taught.scene.arrive("Where is the deposit of order 77?")
    deliver(taught.scene)
    taught.work()
    assert deliver(taught.scene) == [card_key(mention, "C-SUPPORT")]


def test_the_press_opens_the_form_with_what_the_card_showed_even_after_it_was_learnt_anew(taught: Taught) -> None:
    mention = taught.arrive()
    taught.close(60)
    taught.wait(seconds=61)
    taught.work()
    assert taught.learnt == 2
    asked = department_of(form_of(taught, mention))
    assert (asked.initial, asked.hint) == ("finance", WHY)
    assert taught.scene.look(mention).department_id == mention.department_id  # nothing moves by one press


def test_what_is_not_named_on_the_card_orders_the_choices_alone(taught: Taught) -> None:
    mention = taught.arrive("My lawyer asks for the deposit of order 7")
    assert taught.suggested(mention).shown == Shown.CHOICES
    assert hand_off_on(card(taught.scene, mention, "C-SUPPORT")).label == "Hand off"
    asked = department_of(form_of(taught, mention))
    assert (asked.initial, asked.hint, asked.choices[0].value) == ("", "", "finance")


def test_once_somebody_had_it_in_hand_the_card_says_so_and_again_when_they_gave_it_back(taught: Taught) -> None:
    mention, ana = taught.arrive(), taught.scene.person("Ana")
    taught.scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert hand_off_on(card(taught.scene, mention, "C-SUPPORT")).label == "Hand off"
    assert "Perhaps" not in card(taught.scene, mention, "C-SUPPORT").state
    assert department_of(form_of(taught, mention)).initial == ""  # whoever has it decides without
    taught.scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    assert hand_off_on(card(taught.scene, mention, "C-SUPPORT")).label == "Hand off to Finance"


def test_where_a_person_sent_it_no_other_department_is_suggested(taught: Taught) -> None:
    mention, ana = taught.arrive(), taught.scene.person("Ana")
    taught.scene.do(HandOffMention(who=ana, reference=at(mention), department="finance"))
    assert "Perhaps" not in card(taught.scene, mention, "C-FINANCE").state
    assert department_of(form_of(taught, mention)).initial == ""


def test_what_is_hidden_silent_or_switched_off_is_shown_nowhere(taught: Taught) -> None:
    mention = taught.arrive()
    taught.scene.organisation = replace(taught.scene.organisation, suggests=False)
    assert hand_off_on(card(taught.scene, mention, "C-SUPPORT")).label == "Hand off"
    assert department_of(form_of(taught, mention)).initial == ""


def test_a_long_name_is_cut_so_that_it_fits_a_button(taught: Taught) -> None:
    scene = taught.scene
    mention = taught.arrive()
    name = "Finance, control and all that is to be counted"
    assert taught.read(lambda session: suggestions.of_mentions(session, [mention.id]))
    finance = replace(scene.organisation.department("finance"), name=name)
    others = tuple(finance if one.key == "finance" else one for one in scene.organisation.departments)
    renamed = Scene(scene.database, replace(scene.organisation, departments=others))
    label = hand_off_on(card(renamed, mention, "C-SUPPORT")).label
    assert label.startswith("Hand off to Finance, ")
    assert len(label) <= 30


def test_slack_teams_and_the_desk_show_it(taught: Taught) -> None:
    mention = taught.arrive()
    shown, form = card(taught.scene, mention, "C-SUPPORT"), form_of(taught, mention)
    slack, teams = (json.dumps(one, ensure_ascii=False) for one in (draw_for_slack(shown), draw_for_teams(shown, "")))
    for drawn in (slack, teams):
        assert "Hand off to Finance" in drawn
        assert "Perhaps Finance: “deposit”" in drawn
    chosen = json.dumps(draw_slack_form(form), ensure_ascii=False)
    assert '"initial_option": {"text": {"type": "plain_text", "text": "Finance"' in chosen
    assert '"value": "finance"' in json.dumps(draw_teams_form(form))


def test_the_desk_shows_it_on_the_page_and_chooses_it_in_its_form(tmp_path: Path) -> None:
    another = DepartmentConfig(key="people", name="People", timezone="UTC")
    several = replace(ORGANISATION, departments=(*ORGANISATION.departments, another))
    with open_installation(tmp_path, several) as house:
        there = Taught(house.scene)
        there.close(160)
        there.work()
        mention = there.arrive()
        ana = house.visitor()
        page = html.unescape(ana.get(f"/m/{mention.token}").text)
        assert "Hand off to Finance" in page
        assert WHY in page
        form = ana.get(f"/m/{mention.token}/handoff").text
        assert '<option value="finance" selected>' in form
