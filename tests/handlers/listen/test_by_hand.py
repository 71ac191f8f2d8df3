"""By hand: what our account answered there counts as an answer, once, in whatever order it is shown."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.events import Author, Deleted, Posted
from handlers.base.replying import Published
from handlers.base.talk import Talk, read_talk
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.reply.confirm import ConfirmReply
from handlers.reply.draft import DraftReply
from handlers.reply.outcome import steps
from handlers.reply.outcome.steps import LeasedPublication
from handlers.reply.posted_by_hand import PostedReply
from storage.listen import posts
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, PublicationState, Status, Via
from tests.harness.channels import told
from tests.harness.replying import ACME, KIM, TALKING_BLOG, PublishingInstallation
from tests.harness.scene import ORGANISATION, Scene, at


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.organisation = replace(ORGANISATION, sources=(TALKING_BLOG, replace(TALKING_BLOG, name="echo")))
    scene.__post_init__()
    scene.person("Ana", "ana@acme.example")
    return scene


def ours(scene: Scene, name: str = "hand-1", to: str = "post-1", text: str = "It was sent today.") -> Posted:
    return scene.posted(text, external_id=name, author=ACME, reply_to=to, url=f"https://blog.example/{name}")


def theirs(scene: Scene, name: str, to: str, text: str = "Thanks!") -> Posted:
    return scene.posted(text, external_id=name, author=KIM, reply_to=to)


def answers(scene: Scene, mention: MentionRow) -> list[tuple[int | None, str]]:
    """Return who the log says answered, and by which way."""
    rows = scene.database.read(lambda session: list(ownership.rows(session, mention_id=mention.id)))
    return [(row["actor_id"], row["via"]) for row in rows if row["action"] == Action.RESPONDED]


def talk(scene: Scene, mention: MentionRow) -> Talk:
    return scene.database.read(lambda session: read_talk(session, mention.id))


def turns(scene: Scene, mention: MentionRow) -> str:
    return " ".join(one.external_id for one in talk(scene, mention).turns)


def claimed(scene: Scene) -> MentionRow:
    mention = scene.arrive(author=KIM)
    scene.do(ClaimMention(who=scene.who("UANA", "Ana"), reference=at(mention)))
    return mention


def test_an_answer_by_hand_is_logged_without_an_actor_and_its_owner_hears_of_it_once(scene: Scene) -> None:
    mention = claimed(scene)
    shown = ours(scene)
    for _ in range(3):
        scene.ingest(shown)
    scene.ingest(replace(shown, text="It was sent yesterday."))
    assert answers(scene, mention) == [(None, Via.SOURCE)]
    now = scene.look(mention)
    assert (now.status, now.first_response_at) == (Status.RESPONDED, scene.now)
    ana = scene.who("UANA", "Ana")
    assert [one for one in told(scene, ana) if "by hand" in one] == [
        f"Our account answered on #{mention.token}, by hand: It was sent today."
    ]
    assert talk(scene, mention).turns[-1].words == "It was sent yesterday."


def test_each_turn_follows_the_one_before(scene: Scene) -> None:
    mention = claimed(scene)
    first = scene.now
    for turn in range(1, 11):
        scene.ingest(ours(scene, f"r{turn}", f"a{turn - 1}" if turn > 1 else "post-1", "Thanks!"))
        assert scene.look(mention).status == Status.RESPONDED
        scene.pass_time(minutes=1)
        scene.ingest(theirs(scene, f"a{turn}", f"r{turn}"))
        assert scene.look(mention).status == Status.CLAIMED
    assert len(answers(scene, mention)) == 10
    assert scene.look(mention).first_response_at == first
    assert turns(scene, mention).startswith("post-1 r1 a1 r2 a2 r3")


def test_what_nobody_has_is_answered_and_still_nobodys(scene: Scene) -> None:
    mention = scene.arrive(author=KIM)
    scene.ingest(ours(scene))
    now = scene.look(mention)
    assert (now.status, now.owner_id) == (Status.RESPONDED, None)


def test_what_is_closed_stays_closed(scene: Scene) -> None:
    mention = claimed(scene)
    scene.do(ResolveMention(who=scene.who("UANA", "Ana"), reference=at(scene.look(mention))))
    scene.ingest(ours(scene))
    assert scene.look(mention).status == Status.RESOLVED
    assert len(answers(scene, mention)) == 1


def test_a_whole_talk_in_one_batch_is_the_same_talk_in_whatever_order_it_comes(scene: Scene) -> None:
    parts = [
        scene.posted("Where is my refund?", external_id="p", author=KIM),
        ours(scene, "r1", "p"),
        theirs(scene, "a1", "r1", "My refund is still wrong."),
        ours(scene, "r2", "a1"),
    ]
    scene.ingest(*parts[::-1])
    rows = scene.database.read(lambda session: list(ownership.rows(session)))
    assert [row["action"] for row in rows].count(Action.ARRIVED) == 1
    (mention_id,) = {row["mention_id"] for row in rows if row["mention_id"]}
    order = scene.database.read(lambda session: [one.external_id for one in read_talk(session, mention_id).turns])
    assert order == ["p", "r1", "a1", "r2"]
    assert [row["action"] for row in rows][-3:] == [Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.RESPONDED]


def test_an_answer_that_is_shown_before_what_it_answers_counts_when_that_is_shown(scene: Scene) -> None:
    scene.ingest(ours(scene, "r1", "late"))
    scene.ingest(scene.posted("Where is my refund?", external_id="late", author=KIM))
    (row,) = scene.database.read(lambda session: posts.known(session, "blog", ["late"])).values()
    mention = scene.database.read(lambda session: mentions.get(session, row.mention_id or 0))
    assert answers(scene, mention) == [(None, Via.SOURCE)]
    assert scene.look(mention).status == Status.RESPONDED
    scene.ingest(theirs(scene, "a1", "r1"))
    assert turns(scene, mention) == "late r1 a1"


def test_below_a_post_that_was_there_before_we_listened_nothing_is_answered(scene: Scene) -> None:
    old = scene.posted("Where is my refund?", external_id="old", author=KIM)
    answer = ours(scene, "r1", "old")
    scene.ingest(old, answer, baseline={"old", "r1"})
    assert scene.database.read(lambda session: list(ownership.rows(session))) == []


def test_an_old_answer_that_is_shown_late_leaves_open_what_was_asked_since(scene: Scene) -> None:
    mention = claimed(scene)
    begin = scene.now
    scene.ingest(replace(ours(scene, "r1"), published_at=begin))
    scene.pass_time(minutes=10)
    scene.ingest(replace(theirs(scene, "a1", "r1", "And the invoice?"), published_at=scene.now))
    scene.pass_time(minutes=10)
    scene.ingest(replace(ours(scene, "r0"), published_at=begin))
    assert scene.look(mention).status == Status.CLAIMED
    assert turns(scene, mention) == "post-1 r1 r0 a1"


def test_a_deleted_answer_stays_in_the_log_and_is_no_turn_that_stands(scene: Scene) -> None:
    mention = claimed(scene)
    scene.ingest(ours(scene))
    scene.ingest(Deleted(external_id="hand-1"))
    assert talk(scene, mention).turns[-1].gone
    assert len(answers(scene, mention)) == 1


def test_two_sources_that_show_one_answer_count_it_once(scene: Scene) -> None:
    mention = claimed(scene)
    shown = ours(scene)
    scene.ingest(shown)
    same = scene.posted("Where is my refund?", external_id="e1", author=KIM, url="https://blog.example/1")
    scene.ingest(same, source="echo")
    scene.ingest(replace(shown, external_id="e2", reply_to="e1", text="(set otherwise)"), source="echo")
    assert len(answers(scene, mention)) == 1


# --- and what a person says of it -------------------------------------------------------------------------------------


def draft(scene: Scene, mention: MentionRow, text: str) -> None:
    ana = scene.who("UANA", "Ana")
    scene.do(DraftReply(who=ana, reference=ByToken(mention.token), text=text, then="publish"))


def say(scene: Scene, mention: MentionRow, url: str) -> str:
    return scene.do(PostedReply(who=scene.who("UANA", "Ana"), reference=ByToken(mention.token), url=url)).text


@pytest.mark.parametrize("url", ["https://blog.example/hand-1", "https://elsewhere.example/the-same"])
def test_what_ana_says_that_she_posted_is_what_was_shown_already(scene: Scene, url: str) -> None:
    mention = claimed(scene)
    draft(scene, mention, "It was sent today.")
    scene.ingest(ours(scene))
    assert "is answered" in say(scene, mention, url)
    assert len(answers(scene, mention)) == 1
    assert scene.log(mention)[-1] == Action.NOTED
    assert turns(scene, mention) == "post-1 hand-1"


def test_what_is_shown_after_ana_said_that_she_posted_it_is_that_though_it_reads_as_others_do(scene: Scene) -> None:
    mention = claimed(scene)
    for turn in range(1, 4):
        draft(scene, mention, "Thanks!")
        assert "is answered" in say(scene, mention, f"https://pasted.example/{turn}")
        scene.ingest(ours(scene, f"r{turn}", f"a{turn - 1}" if turn > 1 else "post-1", "@kim Thanks!"))
        scene.pass_time(minutes=1)
        scene.ingest(theirs(scene, f"a{turn}", f"r{turn}"))
    assert len(answers(scene, mention)) == 3
    assert turns(scene, mention) == "post-1 r1 a1 r2 a2 r3 a3"


def sent(desk: PublishingInstallation, mention: MentionRow, text: str) -> Callable[[], bool]:
    """Send a reply; returns what writes down, later, that it stands there."""
    scene, row = desk.scene, desk.on_its_way(mention, text)

    def send(session: Session) -> PublicationRow | None:
        publications.take(session, row.id, row.source, "t", scene.now)
        return publications.mark_sending(session, row.id, "t", "{}", scene.now)

    marked = scene.database.write(send)
    assert marked is not None
    of = {"organisation": scene.organisation, "now": scene.now, "random": Random(1), "row": marked, "token": "t"}

    def settle(session: Session) -> bool:
        return steps.published(LeasedPublication(session=session, **of), Published("reply-2", ""))  # type: ignore[arg-type]

    return lambda: scene.database.write(settle)


@pytest.mark.parametrize("words", ["It was sent today.", "And it is with your bank."])
def test_what_ana_posted_counts_once_though_it_is_shown_while_another_goes_out(scene: Scene, words: str) -> None:
    desk, mention = PublishingInstallation(scene), claimed(scene)
    draft(scene, mention, "It was sent today.")
    assert "is answered" in say(scene, mention, "https://pasted.example/1")
    stands = sent(desk, mention, words)
    scene.ingest(ours(scene))
    assert stands()
    assert None not in [actor_id for actor_id, _ in answers(scene, mention)]
    assert len(answers(scene, mention)) == 2
    known = scene.database.read(lambda session: publications.standing(session, "blog", ["hand-1", "reply-2"]))
    assert known == {"hand-1": mention.id, "reply-2": mention.id}


def test_what_ben_sees_there_is_not_taken_for_the_reply_before_it(scene: Scene) -> None:
    desk, mention = PublishingInstallation(scene), claimed(scene)
    sent(desk, mention, "It was sent today.")()
    row = desk.on_its_way(mention, "And it is with your bank.")
    unclear = {"state": str(PublicationState.UNCLEAR), "sending_at": scene.now}
    scene.database.write(lambda session: publications.answer(session, row.id, PublicationState.DUE, **unclear))
    assert scene.do(ConfirmReply(who=scene.who("UANA", "Ana"), reference=ByToken(mention.token), answer="seen")).ok
    assert (desk.state(row), desk.look(row).reference) == (PublicationState.PUBLISHED, "")


def test_the_address_of_an_earlier_turn_is_no_address_of_this_one(scene: Scene) -> None:
    mention = claimed(scene)
    draft(scene, mention, "Thanks!")
    say(scene, mention, "https://pasted.example/1")
    scene.ingest(ours(scene, "r1", text="Thanks!"), theirs(scene, "a1", "r1"))
    draft(scene, mention, "It was sent today.")
    assert "the address of an earlier reply" in say(scene, mention, "https://pasted.example/1")
    answer = talk(scene, mention).turns[-1].url
    assert "the address of the post" in say(scene, mention, answer)
    assert len(answers(scene, mention)) == 1


def test_a_person_is_given_the_authors_latest_post_to_answer_by_hand(scene: Scene) -> None:
    mention = claimed(scene)
    scene.ingest(ours(scene), theirs(scene, "a1", "hand-1", "Which account?"))
    ana, reference = scene.who("UANA", "Ana"), ByToken(mention.token)
    given = scene.do(DraftReply(who=ana, reference=reference, text="The one with 7.", then="publish"))
    assert given.notice is not None
    links = [line.link.url for one in given.notice.sections for line in one.lines if line.link]
    assert links == [talk(scene, mention).answered.url]
    assert talk(scene, mention).answered.external_id == "a1"


def test_no_other_account_answers_for_us(scene: Scene) -> None:
    mention = claimed(scene)
    lee = Author(name="Acme Support", handle="acme-support", external_id="lee")
    scene.ingest(replace(ours(scene), author=lee))

    def look(session: Session) -> int:
        return len(read_talk(session, mention.id).ours)

    assert scene.database.read(look) == 0
    assert answers(scene, mention) == []
