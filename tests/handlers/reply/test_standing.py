"""Who the author is stands in the forms of a reply, and says who reads first; it takes nothing away."""

import pytest

from handlers.base.cards import Form
from handlers.base.charter import ReviewWhen
from handlers.base.command import ByToken, Who
from handlers.own.judge import JudgeMention
from storage.own import marks
from storage.own.mentions import MentionRow
from storage.tables.judgements import Tier
from tests.handlers.reply.installation import RepliesInstallation


def beside(house: RepliesInstallation, verb: str, who: Who, mention: MentionRow) -> list[str]:
    form = house.form(verb, who, mention)
    assert isinstance(form, Form)
    return [line.text for part in form.beside if part.title == "The author" for line in part.lines]


def judge(house: RepliesInstallation, who: Who, mention: MentionRow, verdict: str, risk: str = "") -> None:
    command = JudgeMention(who=who, reference=ByToken(mention.token), verdict=verdict, risk=risk)
    assert house.scene.do(command).ok


def test_the_form_says_who_they_are_and_what_was_judged_or_supposed(house: RepliesInstallation) -> None:
    ana, ben, mention = house.hire("Ana"), house.hire("Ben"), house.scene.arrive("My refund is a lawsuit by now")
    assert beside(house, "draft", ana, mention) == ["Perhaps risk: “lawsuit*”"]
    plain = house.scene.arrive("Where is my refund?")
    assert beside(house, "draft", ana, plain) == []
    house.scene.database.write(
        lambda session: marks.mark(session, mention.id, tier=str(Tier.CUSTOMER), tier_why="Customer: Gold plan")
    )
    judge(house, ben, mention, verdict="unhappy", risk="risk")
    assert beside(house, "draft", ana, mention) == ["Customer: Gold plan", "Judged: unhappy, risk"]
    house.draft(ana, mention, then="review")
    assert beside(house, "review", ben, mention) == ["Customer: Gold plan", "Judged: unhappy, risk"]


@pytest.mark.parametrize("verdict", ["rager", "troll"])
def test_a_rager_or_a_troll_is_to_be_watched_and_can_be_answered(house: RepliesInstallation, verdict: str) -> None:
    house.charter(review="none", publish=("anyone",))
    ana, mention = house.hire("Ana"), house.scene.arrive()
    judge(house, ana, mention, verdict=verdict)
    first, *_ = beside(house, "draft", ana, mention)
    assert first == f"Watch, do not answer: a colleague called its author a {verdict}. You can answer all the same."
    assert house.draft(ana, mention, then="publish").ok


@pytest.mark.parametrize(
    ("tier", "risk", "why"),
    [
        (Tier.CUSTOMER, "", "Its author is a customer, so a second person reads first."),
        (Tier.KNOWN, "cancel", "It is judged as a risk, so a second person reads first."),
        (Tier.WIDE, "purchase", ""),
    ],
)
def test_what_is_high_is_read_first_where_the_charter_says_so(
    house: RepliesInstallation, tier: Tier, risk: str, why: str
) -> None:
    house.charter(review_when=ReviewWhen(high=True), publish=("anyone",))
    ana, mention = house.hire("Ana"), house.scene.arrive()
    house.scene.database.write(lambda session: marks.mark(session, mention.id, tier=str(tier), risk=risk))
    answer = house.draft(ana, mention, then="publish")
    assert (why in answer.text, answer.ok) == (True, not why), answer
