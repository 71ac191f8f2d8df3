"""Confirm: what cannot go on by itself goes on as a person says, once."""

import pytest
from sqlmodel import Session

from handlers.base.cards import Form, Rank
from handlers.base.command import Answer, Asking, Who
from handlers.base.forms import draw_form
from handlers.base.replying import Changed, Gone
from handlers.draw.card import draw_card
from handlers.own.resolve import ResolveMention
from handlers.people.accounts import sync_members
from handlers.reply.confirm import ConfirmReply
from handlers.verbs import BY_NAME
from storage.listen import posts
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PostRole, PublicationState, Status
from tests.fakes.replies import FIVE_HUNDRED
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

DUE, ASKED, UNCLEAR = PublicationState.DUE, PublicationState.ASKED, PublicationState.UNCLEAR


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    desk = PublishingInstallation(scene)
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    return desk


def left(desk: PublishingInstallation, state: PublicationState) -> PublicationRow:
    """Let a reply wait for a person's word."""
    row = desk.on_its_way()

    def leave() -> bool:
        return desk.scene.database.write(
            lambda session: publications.answer(session, row.id, DUE, state=str(state), sending_at=desk.clock.now())
        )

    assert leave()
    if state == UNCLEAR:
        desk.scene.database.write(
            lambda session: publications.free_draft(session, row, DraftState.UNCLEAR, desk.clock.now())
        )
    return row


def say(
    desk: PublishingInstallation, row: PublicationRow, answer: str, who: Who | None = None, url: str = ""
) -> Answer:
    actor = who or desk.scene.who("UANA", "Ana")
    return desk.scene.do(ConfirmReply(who=actor, reference=at(desk.mention(row)), answer=answer, url=url))


def offered(desk: PublishingInstallation, mention: MentionRow) -> set[str]:
    card = desk.scene.database.read(lambda session: draw_card(session, mention.id, desk.scene.organisation))
    return {button.verb for button in card.buttons if button.rank != Rank.MORE}


def test_i_see_it_settles_the_reply_with_all_that_follows(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    ben = desk.scene.who("UBEN", "Ben")
    assert say(desk, row, "seen", ben, url="https://blog.example/1#comment-9").ok
    mention, settled = desk.mention(row), desk.look(row)
    assert (settled.state, settled.url) == (PublicationState.PUBLISHED, "https://blog.example/1#comment-9")
    assert desk.draft_of(row).state == DraftState.PUBLISHED
    assert (mention.status, mention.owner_id) == (Status.RESPONDED, desk.ana)
    assert mention.first_response_at is not None
    assert desk.scene.log(mention)[-1] == Action.RESPONDED
    assert desk.told() == [f"Ben saw your reply to #{mention.token}: it is published."]
    shown = desk.scene.posted("Ours", external_id="c9", url="https://blog.example/1#comment-9")
    desk.scene.ingest(shown)
    known = desk.scene.database.read(lambda session: posts.known(session, "blog", ["c9"]))["c9"]
    assert (known.role, known.mention_id) == (PostRole.OURS, mention.id)


def test_i_see_it_without_an_address_is_enough(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    assert say(desk, row, "seen").ok
    assert desk.mention(row).status == Status.RESPONDED


def test_send_again_puts_it_on_its_way_once(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    assert say(desk, row, "send").ok
    assert desk.draft_of(row).state == DraftState.PUBLISHING
    desk.work_to(row, PublicationState.PUBLISHED)
    assert len(desk.source.standing) == 1


def test_leave_it_frees_the_draft_which_may_be_published_again(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    assert say(desk, row, "stop").ok
    assert (desk.state(row), desk.draft_of(row).state) == (PublicationState.FAILED, DraftState.APPROVED)
    again = desk.press(desk.draft_of(row))
    desk.work_to(again, PublicationState.PUBLISHED)


def test_send_all_the_same_and_do_not_send(desk: PublishingInstallation) -> None:
    first, second = left(desk, ASKED), left(desk, ASKED)
    assert say(desk, first, "send").ok
    assert desk.look(first).despite_change
    assert say(desk, second, "stop").ok
    assert desk.draft_of(second).state == DraftState.APPROVED
    assert desk.scene.log(desk.mention(second))[-1] == Action.NOT_PUBLISHED
    desk.source.states["post-1"] = Changed("It was edited.", '{"cid": "c2"}')
    desk.work_to(first, PublicationState.PUBLISHED)
    assert [one.parent for one in desk.source.standing] == ["post-1"]


def test_of_two_who_answer_the_first_decides(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    assert say(desk, row, "seen").ok
    late = say(desk, row, "send", desk.scene.who("UBEN", "Ben"))
    assert not late.ok
    assert desk.state(row) == PublicationState.PUBLISHED
    assert desk.scene.log(desk.mention(row)).count(Action.RESPONDED) == 1


@pytest.mark.parametrize("state", [ASKED, UNCLEAR])
def test_what_makes_no_sense_now_is_refused(desk: PublishingInstallation, state: PublicationState) -> None:
    row = left(desk, state)
    wrong = say(desk, row, "seen" if state == ASKED else "perhaps")
    assert (wrong.ok, "answer" in wrong.fields) == (False, True)
    assert desk.state(row) == state


def test_an_address_that_is_none_is_refused(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    assert "url" in say(desk, row, "seen", url="javascript:alert(1)").fields
    assert desk.state(row) == UNCLEAR


def test_it_is_for_who_wrote_or_pressed_or_may_publish(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    eve = desk.scene.person("Eve", "eve@acme.example")
    refused = say(desk, row, "send", eve)
    assert not refused.ok
    assert "Finance" in refused.text
    assert desk.state(row) == UNCLEAR


def test_what_is_on_its_way_by_itself_waits_for_no_word(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    assert not say(desk, row, "stop").ok
    assert desk.state(row) == DUE


def test_nothing_is_sent_for_what_was_closed_meanwhile(desk: PublishingInstallation) -> None:
    row = left(desk, UNCLEAR)
    desk.scene.do(ResolveMention(who=desk.scene.who("UANA"), reference=at(desk.mention(row))))
    assert not say(desk, row, "send").ok
    assert desk.state(row) == UNCLEAR
    assert say(desk, row, "seen").ok
    assert desk.mention(row).status == Status.RESOLVED


@pytest.mark.parametrize(("state", "choices"), [(UNCLEAR, {"seen", "send", "stop"}), (ASKED, {"send", "stop"})])
def test_the_card_offers_it_and_the_form_shows_the_reply(
    desk: PublishingInstallation, state: PublicationState, choices: set[str]
) -> None:
    row = left(desk, state)
    assert "confirm" in offered(desk, desk.mention(row))

    def draw(session: object) -> Form:
        asking = Asking(
            session=session,  # type: ignore[arg-type]
            organisation=desk.scene.organisation,
            now=desk.scene.now,
            found=desk.mention(row),
            person_id=desk.ana,
        )
        return draw_form(BY_NAME["confirm"], asking)

    form = desk.scene.database.read(draw)
    assert {one.value for one in form.fields[0].choices} == choices
    assert any(line.text == row.text for part in form.beside for line in part.lines)


WHY = "The author deleted the post."


def form_of(desk: PublishingInstallation, row: PublicationRow) -> Form:
    def draw(session: Session) -> Form:
        organisation, found = desk.scene.organisation, desk.mention(row)
        return draw_form(
            BY_NAME["confirm"],
            Asking(session=session, organisation=organisation, now=desk.scene.now, found=found, person_id=desk.ana),
        )

    return desk.read(draw)


@pytest.mark.parametrize("changed_first", [False, True])
def test_where_the_post_is_gone_all_that_can_be_said_is_that_it_is_not_sent(
    desk: PublishingInstallation, changed_first: bool
) -> None:
    row = desk.on_its_way()
    if changed_first:  # and somebody wanted it out all the same
        desk.source.states["post-1"] = Changed("It was edited.", '{"cid": "c2"}')
        desk.work_to(row, ASKED)
        assert say(desk, row, "send").ok
        desk.wait(seconds=9)
    desk.source.states["post-1"] = Gone(WHY)
    desk.work_to(row, ASKED)
    token = desk.mention(row).token
    assert desk.told()[-1] == f"Your reply to #{token} was not sent, and cannot be: {WHY} The draft is kept."
    form = form_of(desk, row)
    assert [one.value for one in form.fields[0].choices] == ["stop"]
    assert any(line.text == WHY for part in form.beside for line in part.lines)
    refused = say(desk, row, "send")
    assert (refused.ok, refused.text) == (False, f"{WHY} It cannot be sent any more. Say stop.")
    assert say(desk, row, "stop").ok
    assert (desk.state(row), desk.draft_of(row).state) == (PublicationState.FAILED, DraftState.APPROVED)
    assert desk.source.standing == []
    del desk.source.states["post-1"]  # the thread was unlocked: the same draft goes out after all
    desk.work_to(desk.press(desk.draft_of(row)), PublicationState.PUBLISHED)


def test_a_reply_on_its_way_offers_no_word(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    assert "confirm" not in offered(desk, desk.mention(row))
