"""Posted: a reply that a person posted by hand is logged as one that we published."""

import pytest
from sqlmodel import Session, select

from handlers.base.cards import Form
from handlers.base.charter import BY_HAND
from handlers.base.command import Answer, Asking, Who
from handlers.base.events import Author
from handlers.base.forms import draw_form
from handlers.draw.card import draw_card
from handlers.own.resolve import ResolveMention
from handlers.people.accounts import sync_members
from handlers.reply.posted_by_hand import PostedReply
from handlers.verbs import BY_NAME
from storage.listen import posts
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import drafts, past_replies
from storage.tables.replies import Publication
from storage.tables.states import Action, DraftState, PostRole, PublicationState, Status
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import last
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

URL = "https://blog.example/1#comment-77"


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def say(
    desk: PublishingInstallation, mention: MentionRow, url: str = URL, who: Who | None = None, draft: str = ""
) -> Answer:
    actor = who or finance(desk)
    return desk.scene.do(PostedReply(who=actor, reference=at(desk.scene.look(mention)), url=url, draft=draft))


def finance(desk: PublishingInstallation) -> Who:
    """Return Ana, who belongs to the department that owns refunds."""
    desk.scene.database.write(lambda session: sync_members(session, desk.scene.organisation, {}))
    return desk.scene.who("UANA", "Ana")


def test_a_reply_posted_by_hand_is_booked_like_a_published_one(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    draft = desk.draft(mention)
    assert say(desk, mention).ok
    now = desk.scene.look(mention)
    assert (now.status, now.owner_id, now.first_response_at) == (Status.RESPONDED, desk.ana, desk.clock.now())
    assert desk.scene.log(mention)[-2:] == [Action.OWNED_BY_REPLY, Action.RESPONDED]
    kept = desk.scene.database.read(lambda session: session.exec(select(Publication.state, Publication.url)).one())
    assert tuple(kept) == (PublicationState.PUBLISHED, URL)
    assert desk.scene.database.read(lambda session: drafts.get(session, draft.id)).state == DraftState.PUBLISHED
    assert desk.scene.database.read(lambda session: past_replies.recent_texts(session, "blog")) == (draft.text,)


def test_the_log_has_the_department_it_was_drafted_for_and_not_the_first_of_its_writer(
    house: RepliesInstallation,
) -> None:
    scene = house.scene
    ana, ben = house.hire("Ana"), house.hire("Ben")

    def into_both(session: Session) -> int:
        support, finance = people.departments(session)[:2]
        people.add_member(session, support.id, house.person_id(ana), "channel")
        assert people.department_ids(session, house.person_id(ana)) == [support.id, finance.id]
        return finance.id

    finance_id = scene.database.write(into_both)
    mention = scene.arrive()
    house.draft(ana, mention, then="review")  # in the channel of finance, while support is the first of hers
    assert house.review(ben, house.of(ana, mention)).ok
    house.charter(BY_HAND, purpose="To help.")
    assert scene.do(PostedReply(who=ana, reference=at(scene.look(mention)), url=URL)).ok
    answered = last(scene, mention)
    assert (answered["action"], answered["actor_id"]) == ("responded", house.person_id(ana))
    assert answered["actor_department_id"] == finance_id


def test_what_was_posted_by_hand_is_no_card_when_its_source_shows_it_and_its_answers_find_home(
    desk: PublishingInstallation,
) -> None:
    mention = desk.scene.arrive()
    desk.draft(mention)
    assert say(desk, mention).ok
    desk.scene.ingest(desk.scene.posted("Our refund words", external_id="c77", url=URL, author=Author(handle="acme")))
    kim = Author(name="Kim", handle="kim", external_id="kim")
    desk.scene.ingest(desk.scene.posted("Still no refund", external_id="c78", author=kim, reply_to="c77"))
    known = desk.scene.database.read(lambda session: posts.known(session, "blog", ["c77", "c78"]))
    assert [(one.role, one.mention_id) for one in (known["c77"], known["c78"])] == [
        (PostRole.OURS, mention.id),
        (PostRole.FOLLOW_UP, mention.id),
    ]
    assert desk.scene.look(mention).status == Status.CLAIMED


@pytest.mark.parametrize("url", ["", "over there", "javascript:alert(1)", "https://blog.example/1"])
def test_what_is_no_address_of_a_reply_is_refused(desk: PublishingInstallation, url: str) -> None:
    mention = desk.scene.arrive(url="https://blog.example/1")
    desk.draft(mention)
    answer = say(desk, mention, url)
    assert (answer.ok, "url" in answer.fields) == (False, True)
    assert desk.scene.look(mention).status == Status.NEW


def test_it_takes_the_right_to_publish(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.draft(mention)
    refused = say(desk, mention, who=desk.scene.person("Eve", "eve@acme.example"))
    assert not refused.ok
    assert "Finance" in refused.text


def test_it_takes_a_draft_that_is_ready(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    assert "no draft" in say(desk, mention).text
    draft = desk.draft(mention)
    desk.scene.database.write(lambda session: drafts.edit(session, draft, "Another text. Ana", desk.clock.now()))
    assert "Ask for a review." in say(desk, mention).text
    assert desk.scene.look(mention).status == Status.NEW


def test_it_waits_for_a_reply_that_is_on_its_way(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.on_its_way(mention)
    desk.draft(mention, by=desk.ben)
    assert "on its way" in say(desk, mention).text


def test_where_two_drafts_could_be_meant_the_form_asks_which(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.draft(mention)
    other = desk.draft(mention, "It is Ben. We look after it.", by=desk.ben)
    answer = say(desk, mention)
    assert answer.form is not None
    assert [one.name for one in answer.form.fields] == ["url", "draft"]
    assert say(desk, mention, draft=f"{other.token}.{other.version}").ok
    assert desk.scene.look(mention).owner_id == desk.ben


def test_what_was_closed_is_reopened_first(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.draft(mention)
    desk.scene.do(ResolveMention(who=finance(desk), reference=at(mention)))
    assert not say(desk, mention).ok


def test_the_card_offers_it_and_the_form_holds_the_text_to_copy(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    draft = desk.draft(mention)
    card = desk.scene.database.read(lambda session: draw_card(session, mention.id, desk.scene.organisation))
    assert "posted" in {button.verb for button in card.buttons}

    def draw(session: object) -> Form:
        asking = Asking(
            session=session,  # type: ignore[arg-type]
            organisation=desk.scene.organisation,
            now=desk.scene.now,
            found=mention,
            person_id=desk.ana,
        )
        return draw_form(BY_NAME["posted"], asking)

    form = desk.scene.database.read(draw)
    assert form.beside[0].copy == draft.text
