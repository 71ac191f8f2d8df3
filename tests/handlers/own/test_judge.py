"""Judge, and how it ended: for colleagues, by anybody, on anything; it moves nothing but order, targets and readers."""

import pytest
from sqlmodel import Session

from handlers.ask.home import AskHome
from handlers.ask.list_unclaimed import AskList
from handlers.base.cards import Form, Notice
from handlers.base.command import Answer, Asking, ByToken, Who, read_value
from handlers.base.forms import draw_form
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.judge import JudgeMention
from handlers.own.note import NoteMention
from handlers.own.outcome import SayOutcome
from handlers.own.resolve import ResolveMention
from handlers.verbs import BY_NAME
from storage.own.mentions import MentionRow
from tests.harness.channels import card, card_key, deliver, message, remarks, said_behind
from tests.harness.scene import Scene, at


def judge(scene: Scene, who: Who, mention: MentionRow, verdict: str = "", risk: str = "") -> MentionRow:
    answer = scene.do(JudgeMention(who=who, reference=ByToken(mention.token), verdict=verdict, risk=risk))
    assert answer.ok, answer
    return scene.look(mention)


def said(scene: Scene, mention: MentionRow) -> list[str]:
    return said_behind(card(scene, mention, "C-FINANCE"))


def fields(scene: Scene, mention: MentionRow) -> dict[str, tuple[str, str]]:
    return {one.name: (one.initial, one.hint) for one in form(scene, mention).fields}


def test_anyone_judges_anything_at_any_time_and_it_is_logged_and_drawn(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    deliver(scene)
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(NoteMention(who=ben, reference=ByToken(mention.token), text="They called us."))
    claimed = scene.look(mention)
    found = judge(scene, ben, mention, "unhappy", "cancel")
    assert (found.verdict, found.risk, found.priority) == ("unhappy", "cancel", 1)
    # Whoever has it has it, and no button is stale.
    assert (found.version, found.owner_id, found.status) == (claimed.version, claimed.owner_id, "claimed")
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"
    assert "judged: unhappy, cancel" in said(scene, mention)
    # It is no note: the last one of those stays where it was.
    asides = [str(one.value) for one in card(scene, mention, "C-FINANCE").asides]
    assert [one for one in asides if "unhappy" in one] == []
    assert len([one for one in asides if "They called us." in one]) == 1
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    # Undone by judging again.
    again = judge(scene, ben, mention, "none", "none")
    assert (again.verdict, again.risk, again.priority) == ("", "", 0)
    assert scene.log(mention) == ["arrived", "claimed", "noted", "judged", "resolved", "judged"]
    assert remarks(scene, mention) == ["They called us.", "unhappy, cancel", "nothing to say"]


def test_what_is_not_said_stays_and_each_word_finds_its_place(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    assert judge(scene, ana, mention, "risk").risk == "risk"
    found = judge(scene, ana, mention, "Troll")
    assert (found.verdict, found.risk) == ("troll", "risk")
    found = judge(scene, ana, mention, "purchase", "happy")
    assert (found.verdict, found.risk, found.priority) == ("happy", "purchase", 0)
    assert scene.do(JudgeMention(who=ana, reference=at(mention), verdict="happy")).text.endswith("happy, purchase.")
    assert len(scene.log(mention)) == 4  # what is judged so already is no row


def form(scene: Scene, mention: MentionRow) -> Form:
    """Return the form as it is drawn now."""

    def draw(session: Session) -> Form:
        asking = Asking(session=session, organisation=scene.organisation, now=scene.now, found=scene.look(mention))
        return draw_form(BY_NAME["judge"], asking)

    return scene.database.read(draw)


def press(scene: Scene, who: Who, drawn: Form, verdict: str, risk: str) -> Answer:
    """Send a form as it was filled in."""
    about = read_value(drawn.value, drawn.shown)
    assert about is not None
    return scene.do(JudgeMention(who=who, reference=about, verdict=verdict, risk=risk))


def test_of_two_who_judge_at_once_the_second_sees_what_the_first_said_before_it_is_changed(scene: Scene) -> None:
    ana, ben, mention = scene.person("Ana"), scene.person("Ben"), scene.arrive()
    drawn = form(scene, mention)
    assert press(scene, ana, drawn, "unhappy", "none").ok
    answer = press(scene, ben, drawn, "none", "cancel")
    assert answer.text == (
        f"Ana judged #{mention.token} meanwhile: unhappy. Press Judge once more if you see it otherwise."
    )
    found = scene.look(mention)
    assert (found.verdict, found.risk, scene.log(mention)) == ("unhappy", "", ["arrived", "judged"])
    assert answer.form is not None
    begun = {one.name: one.initial for one in answer.form.fields}
    assert begun == {"verdict": "unhappy", "risk": "cancel"}
    assert press(scene, ben, answer.form, "unhappy", "cancel").ok
    # Who sees it the same way is told so, however old the form is.
    assert "judged so already" in press(scene, ana, drawn, "unhappy", "cancel").text


@pytest.mark.parametrize(("verdict", "risk"), [("", ""), ("angry", ""), ("happy", "fire"), ("risk", "cancel")])
def test_what_is_no_judgement_is_refused_in_its_field(scene: Scene, verdict: str, risk: str) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    answer = scene.do(JudgeMention(who=ana, reference=at(mention), verdict=verdict, risk=risk))
    assert not answer.ok
    assert answer.fields
    assert scene.log(mention) == ["arrived"]


def test_a_hint_names_its_word_fills_the_form_and_counts_in_lists_until_somebody_judged(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive("My lawyers will ask for that refund, I am disappointed")
    assert mention.priority == 1
    assert {"Perhaps risk: “lawyer*”", "Perhaps unhappy: “disappointed”"} <= set(said(scene, mention))
    drawn = fields(scene, mention)
    assert (drawn["verdict"][0], drawn["risk"][0]) == ("unhappy", "risk")
    assert drawn["risk"][1].startswith("Perhaps risk: “lawyer*”.")
    found = judge(scene, ana, mention, risk="none")
    assert (found.risk, found.priority) == ("", 0)
    # Of the other axis nobody said anything yet.
    assert [one for one in said(scene, mention) if one.startswith("Perhaps")] == ["Perhaps unhappy: “disappointed”"]
    assert fields(scene, mention)["risk"][0] == "none"


def test_how_it_ended_is_said_of_what_is_resolved_and_may_be_changed(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    early = scene.do(SayOutcome(who=ana, reference=ByToken(mention.token), outcome="thanked"))
    assert (early.ok, early.text) == (
        False,
        f"#{mention.token} is not resolved. How it ended is said of what is.",
    )
    offer = scene.do(ResolveMention(who=ana, reference=at(mention))).offer
    assert offer is not None
    assert (offer.verb, offer.label) == ("outcome", "How it ended")
    assert "outcome" in {one.verb for one in card(scene, mention, "C-FINANCE").buttons}
    for typed, kept in (("thanked", "thanked"), ("still unhappy", "unhappy"), ("Settled", "settled")):
        assert scene.do(SayOutcome(who=ana, reference=ByToken(mention.token), outcome=typed)).ok
        assert scene.look(mention).outcome == kept
    assert not scene.do(SayOutcome(who=ana, reference=ByToken(mention.token), outcome="gold")).ok
    assert scene.log(mention)[-3:] == ["ended"] * 3
    assert remarks(scene, mention) == ["Thanked us", "Still unhappy", "Settled"]
    other = scene.arrive()
    scene.do(DismissMention(who=ana, reference=at(other)))
    assert "outcome" not in {one.verb for one in card(scene, other, "C-FINANCE").buttons}


def titles(answer: Answer) -> tuple[str, list[str]]:
    assert isinstance(answer.notice, Notice)
    return answer.notice.title, [line.text for part in answer.notice.sections for line in part.lines]


def test_lists_of_what_nobody_has_say_that_what_stands_first_is_not_the_oldest(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.arrive("Where is my refund?")
    assert titles(scene.do(AskList(who=ana)))[0] == "Unclaimed in Finance: 1"
    scene.pass_time(minutes=5)
    scene.arrive("I am switching to another, refund me")
    title, lines = titles(scene.do(AskList(who=ana)))
    assert title == "Unclaimed in Finance: 2, customers and risks first"
    assert ["switching" in line for line in lines] == [True, False]
    home = scene.do(AskHome(who=ana)).notice
    assert isinstance(home, Notice)
    assert [part.title for part in home.sections] == ["Unclaimed in Finance, customers and risks first"]
    assert ["switching" in line.text for line in home.sections[0].lines] == [True, False]
