"""A conversation: ten turns with one author, each reply below the author's latest post, once, and no question asked."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import pytest

from handlers.base.charter import ReplyRules
from handlers.base.command import ByToken
from handlers.base.events import Deleted
from handlers.base.talk import Talk, read_talk
from handlers.reply.draft import DraftReply
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.replies import FIVE_HUNDRED, Fault, Standing
from tests.harness.replying import ACME, KIM, TALKING_BLOG, PublishingInstallation
from tests.harness.scene import ORGANISATION, Scene

TURNS = 10
BLOG = replace(TALKING_BLOG, reply=ReplyRules(by_api=True, limit=300))


class Conversation(PublishingInstallation):
    """Ana talks with Kim on a source that takes our replies."""

    def begin(self) -> MentionRow:
        self.talked = self.scene.arrive(author=KIM)
        return self.talked

    def reply(self, text: str = "Thanks!") -> PublicationRow:
        """Let Ana write and send a reply; returns it on its way."""
        ana = self.scene.who("UANA", "Ana")
        reference = ByToken(self.talked.token)
        said = self.scene.do(DraftReply(who=ana, reference=reference, text=text, then="publish"))
        assert "on its way" in said.text, said.text
        row = self.read(lambda session: publications.in_flight(session, self.talked.id))
        assert row is not None
        return row

    def settle(self, row: PublicationRow) -> PublicationState:
        """Let fresh workers, as after a restart each, take the steps that are due until nothing is."""
        self.settle_down(row)
        return self.state(row)

    def answer(self, name: str, text: str = "Thanks!", to: str = "") -> None:
        """Let Kim answer what we said last."""
        self.scene.pass_time(minutes=1)
        under = to or self.source.standing[-1].external_id
        self.scene.ingest(self.scene.posted(text, external_id=name, author=KIM, reply_to=under))

    def by_hand(self, name: str, to: str, text: str = "Ben here: it was sent today.", **fields: object) -> None:
        """Let the source show what somebody posted from our account."""
        self.scene.ingest(self.scene.posted(text, external_id=name, author=ACME, reply_to=to, **fields))

    def talk(self) -> Talk:
        return self.read(lambda session: read_talk(session, self.talked.id))

    @property
    def parents(self) -> list[str]:
        return [one.parent for one in self.source.standing]


@pytest.fixture
def talk(scene: Scene) -> Conversation:
    """A conversation that begins with Kim's post."""
    scene.organisation = replace(ORGANISATION, sources=(BLOG,))
    scene.__post_init__()
    conversation = Conversation(scene)
    conversation.begin()
    return conversation


# What goes wrong in one turn after the other.
IN_TURN = (None, FIVE_HUNDRED, Fault(accepts=True, error=RuntimeError("a bug")), Fault(error=TimeoutError("cut")))


@pytest.mark.parametrize("faults", [(None,), IN_TURN], ids=["plain", "with faults"])
def test_ten_turns_are_ten_replies_each_below_the_latest_post_and_none_is_asked_about(
    talk: Conversation, faults: Sequence[Fault | None]
) -> None:
    first = None
    for turn in range(1, TURNS + 1):
        talk.source.faults = deque([faults[turn % len(faults)]])
        row = talk.reply()
        assert talk.settle(row) == PublicationState.PUBLISHED
        now = talk.scene.look(talk.talked)
        assert (now.status, now.owner_id) == (Status.RESPONDED, talk.ana)
        first = first or now.first_response_at
        assert now.first_response_at == first
        talk.answer(f"a{turn}")
        assert talk.scene.look(talk.talked).status == Status.CLAIMED
    assert talk.parents == ["post-1", *(f"a{turn}" for turn in range(1, TURNS))]
    assert {one.text for one in talk.source.standing} == {"Thanks!"}
    log = talk.scene.log(talk.talked)
    assert [log.count(one) for one in (Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.UNCLEAR)] == [TURNS, TURNS, 0]
    turns = [(one.who, one.reply_to) for one in talk.talk().turns]
    assert turns[:3] == [("they", ""), ("we", "post-1"), ("they", "reply-1")]
    assert len(turns) == 2 * TURNS + 1


def test_a_second_reply_to_the_same_post_is_no_question_either(talk: Conversation) -> None:
    for text in ("We look into it.", "It was sent today.", "It was sent today."):
        assert talk.settle(talk.reply(text)) == PublicationState.PUBLISHED
    assert talk.parents == ["post-1"] * 3


def test_an_answer_of_our_account_that_nobody_here_knows_of_is_asked_about(talk: Conversation) -> None:
    talk.settle(talk.reply())
    talk.answer("a1")
    talk.source.standing.append(Standing("reply-7", "of a colleague", "a1", "Ben here"))
    row = talk.reply("It was sent today.")
    assert talk.settle(row) == PublicationState.ASKED
    assert "Our account answered it already: https://replies.example/reply-7" in talk.look(row).trouble
    assert len(talk.source.standing) == 2


def test_who_writes_again_is_heard_before_a_reply_to_what_they_wrote_before_goes_out(talk: Conversation) -> None:
    talk.settle(talk.reply())
    talk.answer("a1", "Which account?")
    row = talk.reply("The one that ends with 7.")
    talk.answer("a2", "Never mind, I found it.", to="a1")
    assert talk.settle(row) == PublicationState.ASKED
    assert "the author wrote again" in talk.look(row).trouble
    assert len(talk.source.standing) == 1


def test_an_answer_by_hand_that_a_source_shows_is_told_before_a_reply_goes_out(talk: Conversation) -> None:
    row = talk.reply("It was sent today.")
    talk.by_hand("hand-1", to="post-1", url="https://blog.example/hand-1")
    assert talk.settle(row) == PublicationState.ASKED
    assert "our account answered there already (https://blog.example/hand-1)" in talk.look(row).trouble
    assert talk.source.standing == []


def test_below_a_post_that_is_gone_nothing_is_sent_and_nothing_is_lost(talk: Conversation) -> None:
    talk.settle(talk.reply())
    talk.answer("a1", "Which account?")
    row = talk.reply("The one that ends with 7.")
    talk.scene.ingest(Deleted(external_id="a1"))
    assert talk.settle(row) == PublicationState.ASKED
    assert "the author deleted the post" in talk.look(row).trouble
    assert talk.draft_of(row).text == "The one that ends with 7."
    assert len(talk.source.standing) == 1


def test_a_reply_that_was_sent_when_its_process_died_is_the_publications_own(talk: Conversation) -> None:
    talk.settle(talk.reply())
    talk.answer("a1")
    talk.source.faults = deque([FIVE_HUNDRED])
    row = talk.reply("It was sent today.")
    talk.work_to(row, PublicationState.SENDING)
    talk.wait(seconds=10)
    talk.by_hand("reply-2", to="a1", text="(mangled) it was sent")  # as the source writes it, before anybody looked
    assert talk.settle(row) == PublicationState.PUBLISHED
    log = talk.scene.log(talk.talked)
    assert log.count(Action.RESPONDED) == 2
    assert [one.external_id for one in talk.talk().ours] == ["reply-1", "reply-2"]


def test_what_a_colleague_posts_while_a_reply_is_under_way_counts_once_it_is_known_which_is_which(
    talk: Conversation,
) -> None:
    talk.source.faults = deque([FIVE_HUNDRED])
    row = talk.reply("It was sent today.")
    talk.work_to(row, PublicationState.SENDING)
    talk.wait(seconds=10)
    talk.by_hand("hand-1", to="post-1")
    assert talk.scene.log(talk.talked).count(Action.RESPONDED) == 0
    assert talk.settle(row) == PublicationState.PUBLISHED
    assert talk.scene.log(talk.talked).count(Action.RESPONDED) == 2
    assert {one.external_id for one in talk.talk().ours} == {"reply-1", "hand-1"}
