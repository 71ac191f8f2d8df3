"""Asked: a review that is asked for is heard, once a version, by who may read; and what says so ends in one line."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from handlers.base.cards import Notice
from handlers.base.command import ByCard, ByToken, Who
from handlers.base.stored import from_json
from handlers.dispatch.react import CardPresence, what_stands
from handlers.draw.refresh import refresh
from handlers.own.claim import ClaimMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.reply.asked import MOST_TOLD
from storage.channels import messages
from storage.channels.messages import MessageRow
from storage.own.mentions import MentionRow
from storage.people import people
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import card_key, deliver, in_channel, told


def asks(house: RepliesInstallation, channel: str = "C-FINANCE") -> list[MessageRow]:
    """Return the messages of a channel that ask somebody to read."""
    return [row for row in in_channel(house.scene, channel) if row.key.startswith("review:")]


def shown(house: RepliesInstallation, row: MessageRow) -> Notice:
    """Draw a message as delivery draws it now."""
    return house.read(lambda session: refresh(session, house.scene.organisation, from_json(row.body or "")))


def test_who_asks_for_a_second_person_is_heard_below_the_card_once_a_version(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ana, mention, then="review")
    (row,) = asks(house)
    draft = house.only(mention)
    assert row.key == f"review:{draft.token}:1:C-FINANCE"
    assert row.thread is None, "the card does not stand yet"
    deliver(house.scene)
    (row,) = asks(house)
    card = house.read(lambda session: messages.by_key(session, card_key(mention, "C-FINANCE")))
    assert card is not None
    assert row.thread == card.reference
    notice = shown(house, row)
    assert notice.title == f"Ana's reply to #{mention.token} waits for a second person to read it."
    (line,) = notice.sections[0].lines
    assert line.button is not None
    assert (line.button.verb, line.link.places if line.link else ()) == (
        "review",
        (("slack", "C-FINANCE", card.reference),),
    )
    assert told(house.scene, ana) == []
    house.draft(ana, mention, "I sent it again. Ana", then="review")
    assert [one.key for one in asks(house)] == [f"review:{draft.token}:{version}:C-FINANCE" for version in (1, 2)]
    assert shown(house, asks(house)[0]).title == f"Ana's reply to #{mention.token} was changed before anybody decided."


def test_an_emoji_on_it_claims_nothing(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    deliver(house.scene)
    (row,) = asks(house)
    place = ByCard("slack", "C-FINANCE", row.reference or "")
    assert house.read(lambda session: what_stands(session, place)) == CardPresence.NOTHING


@pytest.mark.parametrize("many", [False, True])
def test_where_a_department_reads_its_members_are_told_directly_and_a_large_one_in_its_channel(
    house: RepliesInstallation, many: bool
) -> None:
    house.charter(review="support")
    writer, reader = house.scene.person("Lee", "lee@acme.example"), house.hire("Ben")
    if many:
        for number in range(MOST_TOLD):
            house.scene.person(f"Extra{number}", account=f"UX{number}")
        join_support(house)
    mention = house.scene.arrive()
    house.draft(writer, mention, then="review")
    assert asks(house) == [], "who sees the card may not judge it"
    assert len(asks(house, "C-SUPPORT")) == many
    expected = [] if many else [f"Lee asks you to read a reply to #{mention.token}."]
    assert told(house.scene, reader) == expected
    assert told(house.scene, writer) == []


def join_support(house: RepliesInstallation) -> None:
    def work(session: Session) -> None:
        department = people.department(session, "support")
        assert department is not None
        for one in people.active(session):
            if one.name.startswith("Extra"):
                people.add_member(session, department.id, one.id, "group")

    house.scene.database.write(work)


def test_nobody_is_told_of_what_they_wrote_though_they_may_judge_it(house: RepliesInstallation) -> None:
    house.charter(review="support", own_review=True)
    ben = house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, then="review")
    assert told(house.scene, ben) == []
    assert len(asks(house, "C-SUPPORT")) == 1, "nobody else is there to be told"


def test_the_owner_hears_of_it_where_somebody_else_wrote(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention, own = house.scene.arrive(), house.scene.arrive()
    for one in (mention, own):
        house.scene.do(ClaimMention(who=ben, reference=ByToken(one.token)))
    house.draft(ana, mention, then="review")
    house.draft(ana, mention, then="review")
    house.draft(ben, own, then="review")
    assert told(house.scene, ben) == [
        f"Ana's reply to #{mention.token}, which you have, waits for a second person to read it."
    ]


Ending = Callable[[RepliesInstallation, Who, Who, MentionRow], object]
ENDINGS: dict[str, tuple[Ending, str]] = {
    "approved": (lambda h, a, b, m: h.review(b, h.of(a, m)), "Decided: Ben approved Ana's reply to #{}."),
    "changes": (
        lambda h, a, b, m: h.review(b, h.of(a, m), "changes", remark="Shorter."),
        "Decided: Ben asked for changes to Ana's reply to #{}.",
    ),
    "rejected": (
        lambda h, a, b, m: h.review(b, h.of(a, m), "reject", remark="No."),
        "Decided: Ben rejected Ana's reply to #{}.",
    ),
    "published": (
        lambda h, a, b, m: (h.review(b, h.of(a, m)), h.publish(a, m)),
        "Decided: Ben approved Ana's reply to #{}.",
    ),
    "withdrawn": (lambda h, a, b, m: h.withdraw(a, m), "Ana's reply to #{} was withdrawn."),
    "closed": (
        lambda h, a, b, m: h.scene.do(ResolveMention(who=b, reference=ByToken(m.token))),
        "Ana's reply to #{} waits for nobody to read it any more.",
    ),
    "superseded": (
        lambda h, a, b, m: (h.draft(b, m, "Ben here.", then="review"), h.review(a, h.of(b, m))),
        "Ana's reply to #{} gave way to another one.",
    ),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_once_it_is_decided_it_is_one_line_in_the_channel_and_in_a_chat(house: RepliesInstallation, how: str) -> None:
    ana, ben, eve = house.hire("Ana"), house.hire("Ben"), house.scene.person("Eve", "eve@acme.example")
    mention = house.scene.arrive()
    if how != "closed":  # what somebody else has, Ben would not close
        house.scene.do(ClaimMention(who=eve, reference=ByToken(mention.token)))
    house.draft(ana, mention, then="review")
    deliver(house.scene)
    ending, said = ENDINGS[how]
    ending(house, ana, ben, mention)
    expected = said.format(mention.token)
    standing = [*asks(house)[:1], *asks(house, "@UEVE")[:1]]
    assert len(standing) == 1 + (how != "closed")
    assert [row.version > row.shown_version for row in standing] == [True] * len(standing), "they are behind"
    assert [shown(house, row) for row in standing] == [Notice(title=expected, text=expected)] * len(standing)


def test_a_claim_in_between_changes_none_of_them(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    deliver(house.scene)
    house.scene.do(ClaimMention(who=ben, reference=ByToken(mention.token)))
    (row,) = asks(house)
    assert row.version == row.shown_version
    assert shown(house, row).sections


def test_what_is_asked_again_in_the_same_version_waits_again_where_it_stood(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.scene.do(ResolveMention(who=ben, reference=ByToken(mention.token)))
    deliver(house.scene)
    house.scene.do(ReopenMention(who=ben, reference=ByToken(mention.token)))
    house.draft(ana, mention, then="review")
    (row,) = asks(house)
    assert row.version > row.shown_version
    assert shown(house, row).sections


def test_an_approval_that_does_not_hold_any_more_is_asked_for_by_a_new_message(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive(external_id="one", url="https://blog.example/one")
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention))
    house.charter(purpose="To help otherwise.")
    house.publish(ana, mention)
    assert house.states(mention) == ["in_review"]
    first, second = asks(house)
    assert shown(house, first).title == f"Decided: Ben approved Ana's reply to #{mention.token}."
    assert shown(house, second).sections
