"""Forget: no table holds the words any more, the log is still proven, and what comes of it later is not stored."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from handlers.ask.add import AddPost
from handlers.base.cards import Line, Notice, Section
from handlers.base.errors import BotError
from handlers.base.events import Author
from handlers.base.stored import from_json, to_json
from handlers.own.note import NoteMention
from handlers.privacy import authors as forget
from handlers.privacy.authors import Forgetting
from handlers.report.lines import draw_lines
from storage.channels import messages
from storage.listen import customers, forgotten, kept, mutes
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.tables.states import Action, MessageKind, PublicationState, Status
from tests.handlers.privacy.everywhere import found_in
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene, at

ZOE = Author(name="Zoe Quillfeather", handle="zoequill", external_id="zid-9917", url="https://blog.example/zoequill")
WORDS = ("quetzalwort", "quillfeather", "zoequill", "zid-9917")


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def forgetting(scene: Scene) -> Forgetting:
    return Forgetting(scene.organisation, scene.now, Random(7))


def forget_zoe(scene: Scene, most: int = 100) -> None:
    """Forget her, in at most so many transactions."""
    database = scene.database
    ids = database.read(lambda session: forget.find_author(session, scene.organisation, "blog", "@ZoeQuill"))
    database.write(lambda session: forget.begin_author(session, forgetting(scene), ids))
    for _ in range(most):
        if not database.write(lambda session: forget.forget_some_of_author(session, forgetting(scene), ids)):
            return


def by_zoe(scene: Scene, text: str = "The refund of my quetzalwort never came", **fields: Any) -> Any:
    return scene.posted(text, author=ZOE, **fields)


def arrive(scene: Scene, **fields: Any) -> MentionRow:
    return scene.arrive("The refund of my quetzalwort never came", author=ZOE, **fields)


def filled(desk: PublishingInstallation) -> tuple[MentionRow, MentionRow]:
    """Let her words be wherever they get to; returns a mention that was answered, and one that is open."""
    scene = desk.scene
    ben = scene.person("Ben", "ben@acme.example")
    answered = arrive(scene, external_id="q1")
    row = desk.on_its_way(answered, text="Dear Zoe Quillfeather, the quetzalwort is on its way.")
    desk.work_to(row, PublicationState.PUBLISHED)
    scene.ingest(by_zoe(scene, "Thanks for the quetzalwort!", external_id="q2", reply_to="reply-1"))
    still = arrive(scene, external_id="q3")
    scene.do(NoteMention(reference=at(still), who=ben, text="Quillfeather wrote of quetzalwort before"))
    desk.draft(scene.look(still), "Dear Quillfeather, a draft on quetzalwort")
    scene.ingest(scene.posted("Me too", external_id="q4", reply_to="q3"))
    raw = json.dumps({"from": ZOE.external_id, "text": "quetzalwort"}).encode()

    def beside(session: Session) -> None:
        kept.keep(session, kept.packed("blog", raw, "application/json", "unreadable", scene.now))
        kept.keep(session, kept.packed("blog", b"of somebody else", "text/plain", "unreadable", scene.now))
        listed = customers.begin(session, "digest", 1)
        customers.add(session, listed, [("blog", "zoequill", "Quillfeather Ltd"), ("blog", "lee", "Lee")])
        customers.complete(session, listed)
        values = {"kind": "author", "source": "blog", "author": ZOE.external_id, "needle": "zoequill"}
        day = timedelta(days=1)
        mutes.add(
            session, token="m1", **values, mention_id=still.id, by_id=desk.ana, at=scene.now, until=scene.now + day
        )

    scene.database.write(beside)
    return answered, still


def test_an_author_is_found_nowhere_afterwards_and_the_log_is_proven(desk: PublishingInstallation) -> None:
    scene = desk.scene
    answered, still = filled(desk)
    theirs = scene.arrive("Another refund, of Kim")
    before = scene.database.read(lambda session: (ownership.head(session)[1], mentions.count(session, ALL)))
    assert len(found_in(scene.database, *WORDS)) > 10
    held = scene.database.read(
        lambda session: forget.author_holds(
            session, forget.find_author(session, scene.organisation, "blog", ZOE.external_id)
        )
    )
    assert (held.mentions, held.open, held.drafts, held.replies, held.remarks) == (2, 2, 2, 1, 1)
    forget_zoe(scene)
    assert found_in(scene.database, *WORDS) == set()
    check = scene.database.read(lambda session: ownership.verify(session, before[0]))
    assert check.trouble == ""
    assert scene.database.read(lambda session: mentions.count(session, ALL)) == before[1]
    assert [scene.look(one).status for one in (answered, still, theirs)] == [
        Status.DISMISSED,
        Status.DISMISSED,
        Status.NEW,
    ]
    assert scene.log(still)[-1] == Action.DISMISSED
    (line,) = scene.database.read(lambda session: draw_lines(session, [scene.look(still)]))
    assert "What stood here was forgotten." in line.text
    assert scene.database.read(lambda session: kept.names(session, "blog", scene.now)) != []
    assert scene.database.read(lambda session: customers.labels(session, ["blog"], ["lee", "zoequill"])) == {
        "lee": "Lee"
    }


ALL = mentions.Filter(statuses=tuple(Status))


def test_what_comes_of_it_later_is_counted_and_not_stored(desk: PublishingInstallation) -> None:
    scene = desk.scene
    filled(desk)
    forget_zoe(scene)
    number = scene.database.read(lambda session: mentions.count(session, ALL))
    repeat, news = by_zoe(scene, external_id="q1"), by_zoe(scene, external_id="q9")
    another = by_zoe(scene, "Still no quetzalwort", external_id="q10", reply_to="q3")
    brought = scene.ingest(repeat, news, another)
    assert (brought.seen, brought.matched, brought.forgotten) == (0, 0, frozenset({"q1", "q9", "q10"}))
    posing = scene.posted("A refund", external_id="\x1fforgotten:1")
    assert scene.ingest(posing).matched == 0
    assert scene.database.read(forgotten.hits) >= 3
    assert scene.database.read(lambda session: mentions.count(session, ALL)) == number
    assert found_in(scene.database, *WORDS) == set()
    assert scene.ingest(scene.posted("The refund of Kim")).matched == 1


def test_a_reply_on_its_way_is_let_finish_first(desk: PublishingInstallation) -> None:
    scene = desk.scene
    mention = arrive(scene)
    desk.on_its_way(mention)
    with pytest.raises(BotError, match=f"A reply to #{mention.token} is on its way"):
        forget_zoe(scene)
    assert scene.look(mention).status != Status.DISMISSED
    assert scene.ingest(by_zoe(scene)).matched == 1


def test_one_that_is_cut_short_goes_on_where_it_was(
    desk: PublishingInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "PORTION", 1)
    scene = desk.scene
    filled(desk)
    for _ in range(6):
        forget_zoe(scene, most=1)
        assert scene.ingest(by_zoe(scene)).matched == 0
        assert scene.database.read(ownership.verify).trouble == ""
        if not found_in(scene.database, *WORDS):
            break
    assert found_in(scene.database, *WORDS) == set()


def test_a_mention_is_forgotten_and_its_author_is_not(scene: Scene) -> None:
    mention = arrive(scene, external_id="q1")
    scene.database.write(lambda session: forget.forget_mentions(session, forgetting(scene), [mention.id]))
    assert found_in(scene.database, "quetzalwort") == set()
    assert scene.look(mention).status == Status.DISMISSED
    answer = by_zoe(scene, external_id="q2", reply_to="q1")
    elsewhere = by_zoe(scene, external_id="other", url="https://blog.example/1")
    assert scene.ingest(by_zoe(scene, external_id="q1"), answer, elsewhere).matched == 0
    assert scene.ingest(by_zoe(scene, "Another refund", external_id="q3")).matched == 1


def test_what_a_person_brings_in_is_refused(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    mention = arrive(scene, url="https://blog.example/page")
    scene.database.write(lambda session: forget.forget_mentions(session, forgetting(scene), [mention.id]))
    said = scene.do(AddPost(url="https://blog.example/page", text="quetzalwort", who=ana))
    assert said.text.startswith("That was forgotten on request")
    assert found_in(scene.database, "quetzalwort") == set()


def test_a_list_in_a_channel_loses_the_line_and_is_drawn_anew(scene: Scene) -> None:
    hers, his = arrive(scene), scene.arrive("Another refund, of Kim")
    lines = (Line(text="quetzalwort", token=hers.token, quotes=True), Line(text="of Kim", token=his.token, quotes=True))
    notice = Notice(
        title="Unclaimed", text="Unclaimed: quetzalwort; of Kim", sections=(Section(title="", lines=lines),)
    )

    def post(session: Session) -> int | None:
        lane = messages.lane_id(session, "slack", "C-FINANCE")
        names = [hers.id, his.id]
        body = to_json(notice)
        return messages.put(
            session, key="list", lane_id=lane, kind=MessageKind.NOTICE, body=body, names=names, now=scene.now
        )

    message_id = scene.database.write(post) or 0
    scene.database.write(lambda session: forget.forget_mentions(session, forgetting(scene), [hers.id]))
    row = scene.database.read(lambda session: messages.get(session, message_id))
    left = from_json(row.body or "")
    assert [line.text for section in left.sections for line in section.lines] == ["of Kim"]
    assert (left.text, row.version > row.shown_version) == ("Unclaimed", True)
    assert found_in(scene.database, "quetzalwort") == set()


def test_a_remark_is_forgotten_and_its_row_stays(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    mention = arrive(scene)
    scene.do(NoteMention(reference=at(mention), who=ana, text="call Wombatina"))
    seq = scene.database.read(lambda session: ownership.head(session)[0])
    dry = scene.database.write(lambda session: forget.forget_remark(session, seq, dry_run=True))
    assert dry.endswith("Nothing was changed.")
    assert found_in(scene.database, "wombatina") != set()
    scene.database.write(lambda session: forget.forget_remark(session, seq))
    assert found_in(scene.database, "wombatina") == set()
    assert scene.database.read(ownership.verify).trouble == ""
    with pytest.raises(BotError, match="Nothing was typed beside row 1 "):
        scene.database.write(lambda session: forget.forget_remark(session, 1))
