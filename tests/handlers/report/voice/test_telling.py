"""Tell them: one draft for each who asked, by charter and review, and a row of the log once it is out."""

from collections import Counter

import pytest

from handlers.ask.theme import ChangeTheme
from handlers.base.charter import BY_HAND
from handlers.base.command import Answer
from handlers.base.errors import WrongInput
from handlers.base.events import Author
from handlers.dispatch.ticks import TICKS
from handlers.reply.posted_by_hand import PostedReply
from handlers.report.voice.counting import Span
from handlers.report.voice.rows import read_rows
from handlers.report.voice.telling import AT_ONCE, Asked, asked_of
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.report import themes
from storage.tables.states import DraftState, Status
from tests.handlers.reply.installation import RepliesInstallation
from tests.handlers.report.voice.test_nightly import tell
from tests.handlers.report.voice.test_themes import look, named, rows, theme, there
from tests.harness.scene import Scene, at

REPLY = "Dark mode is there since today, {author}. I hope it is what you meant. Ana"


@pytest.fixture
def house(scene: Scene) -> RepliesInstallation:
    """Three people asked for dark mode, one of them twice, and it is mended."""
    house = RepliesInstallation(scene)
    house.charter(BY_HAND, publish=("anyone",), review="second person")
    house.hire("Ana")
    house.hire("Ben")
    tell(scene, 3, "Please give us dark mode")
    tell(scene, 1, "Dark mode, I ask again")
    assert theme(scene, "name", name="Dark mode", query='"dark mode"').ok
    look(scene)
    return house


def token(scene: Scene) -> str:
    return there(scene)[0].token


def mended(house: RepliesInstallation) -> str:
    theme(house.scene, "mended", theme=token(house.scene))
    return token(house.scene)


def asked(scene: Scene) -> Asked:
    found = scene.database.read(lambda session: asked_of(session, themes.alive(session)[0]))
    assert found is not None
    return found


def asked_by(scene: Scene, token: str) -> Asked:
    row = next(one for one in there(scene) if one.token == token)
    found = scene.database.read(lambda session: asked_of(session, row))
    assert found is not None
    return found


def tell_them(house: RepliesInstallation, reply: str = REPLY, who: str = "Ana") -> Answer:
    command = ChangeTheme(who=house.hire(who), what="tell", theme=token(house.scene), reply=reply)
    return house.scene.do(command)


def everything(scene: Scene) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status))
    return scene.database.read(lambda session: mentions.listed(session, wanted, newest=True))


def note(scene: Scene) -> None:
    """Let it be written down who was told."""
    (tick,) = (one for one in TICKS if one.name == "told")
    (prepare,) = tick.steps(scene.organisation).values()
    command = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare, scene.now))
    if command is not None:
        scene.do(command)


def test_before_it_is_mended_nobody_is_told_and_without_words_neither(house: RepliesInstallation) -> None:
    refused = tell_them(house)
    assert (refused.ok, "is not mended yet" in refused.text) == (False, True)
    mended(house)
    refused = tell_them(house, "")
    assert (refused.ok, list(refused.fields)) == (False, ["reply"])
    assert all(house.drafts(one) == [] for one in everything(house.scene))


def test_each_author_gets_one_draft_where_they_said_it_last_and_nothing_goes_out(house: RepliesInstallation) -> None:
    mended(house)
    answer = tell_them(house)
    assert answer.text == "3 drafts are begun: read each, then publish it, or have it read, as its charter says."
    assert answer.notice is not None
    assert len(answer.notice.sections[0].lines) == 3
    drafted = [one for one in everything(house.scene) if house.drafts(one)]
    assert Counter(len(house.drafts(one)) for one in drafted) == {1: 3}
    assert {house.only(one).state for one in drafted} == {DraftState.DRAFT}
    assert all("since today, Kim " in house.only(one).text for one in drafted)
    assert asked(house.scene).sentence == "3 people asked. 0 were told, 3 not yet (drafts: 3)"
    again = tell_them(house)
    assert (again.ok, "Nobody is left to be told" in again.text) == (False, True)
    assert there(house.scene)[0].reply == REPLY


def test_a_draft_goes_the_way_of_every_reply_and_once_it_is_out_the_log_says_so(house: RepliesInstallation) -> None:
    scene = house.scene
    mended(house)
    tell_them(house)
    mention = next(one for one in everything(scene) if house.drafts(one))
    draft = house.only(mention)
    ana, ben = house.hire("Ana"), house.hire("Ben")
    early = PostedReply(who=ana, reference=at(scene.look(mention)), url="https://blog.example/1#comment-77")
    assert not scene.do(early).ok  # a second person reads first
    house.draft(ana, mention, draft.text, "review")
    house.review(ben, house.only(mention))
    note(scene)
    assert asked(scene).told == ()
    url = "https://blog.example/1#comment-77"
    assert scene.do(PostedReply(who=ana, reference=at(scene.look(mention)), url=url)).ok
    note(scene)
    note(scene)
    assert scene.log(mention).count("told_back") == 1
    assert scene.log(mention)[-2:] == ["responded", "told_back"]
    found = asked(scene)
    assert found.sentence == "3 people asked. 1 was told, 2 not yet (drafts: 2)"
    for part, number in (("asked", 3), ("told", 1), ("waiting", 2)):
        assert rows_of_part(scene, part) == number, part


def rows_of_part(scene: Scene, part: str) -> int:
    span = Span.until_now(scene.now)
    return scene.database.read(lambda db: read_rows(db, token(scene), span, part=part)).total


def test_a_draft_that_came_to_nothing_can_be_begun_again_and_one_that_is_there_is_left_alone(
    house: RepliesInstallation,
) -> None:
    scene = house.scene
    first, *_ = everything(scene)
    house.draft(house.hire("Ana"), first, "I am on it, Kim. More soon. Ana")
    mended(house)
    answer = tell_them(house)
    assert "2 drafts are begun" in answer.text
    assert "1 not: you have a draft there already." in answer.text
    assert house.only(first).text.startswith("I am on it")
    other = next(one for one in everything(scene) if house.drafts(one) and one.id != first.id)
    house.withdraw(house.hire("Ana"), other)
    assert len(asked(scene).rest) == 2
    assert "1 draft is begun" in tell_them(house).text
    assert house.states(other) == [DraftState.WITHDRAWN, DraftState.DRAFT]


def test_whom_a_theme_told_is_not_told_again_by_the_one_that_it_became_a_part_of(house: RepliesInstallation) -> None:
    scene = house.scene
    mended(house)
    tell_them(house)
    whole = scene.look(next(one for one in everything(scene) if house.drafts(one)))
    house.draft(house.hire("Ana"), whole, house.only(whole).text, "review")
    house.review(house.hire("Ben"), house.only(whole))
    url = "https://blog.example/1#comment-77"
    assert scene.do(PostedReply(who=house.hire("Ana"), reference=at(scene.look(whole)), url=url)).ok
    note(scene)
    first = token(scene)
    between = named(scene, "A darker page", '"darker page"').token
    last = named(scene, "Anything dark", '"anything dark"').token
    assert theme(scene, "merge", theme=first, name=between).ok
    assert theme(scene, "merge", theme=between, name=last).ok
    theme(scene, "mended", theme=last)
    assert asked(scene).sentence == "3 people asked. 1 was told, 2 not yet (drafts: 2)"
    assert theme(scene, "undo", theme=last).ok
    assert theme(scene, "undo", theme=last).ok
    theme(scene, "mended", theme=last)
    assert asked_by(scene, last).sentence.startswith("0 people asked")


def test_what_a_charter_refuses_is_named_and_holds_up_no_other(house: RepliesInstallation) -> None:
    house.charter(publish=("anyone",), blocked=("guarantee*",))
    mended(house)
    answer = tell_them(house, "I guarantee that it is there. Ana")
    assert answer.text.startswith("0 drafts are begun")
    assert "3 not:" in answer.text
    assert all(house.drafts(one) == [] for one in everything(house.scene))


def test_who_says_it_after_it_was_mended_did_not_ask_for_it(house: RepliesInstallation) -> None:
    mended(house)
    house.scene.pass_time(minutes=1)
    tell(house.scene, 1, "I love dark mode", first=77)
    look(house.scene)
    assert len(asked(house.scene).all) == 3


def test_not_more_are_begun_than_one_reads(scene: Scene) -> None:
    house = RepliesInstallation(scene)
    house.charter(publish=("anyone",))
    tell(scene, AT_ONCE + 2, "Please give us dark mode")
    house.hire("Ana")
    scene.ingest(*(scene.posted("hello", author=Author(handle=f"h{n}", external_id=f"h{n}")) for n in range(9)))
    theme(scene, "name", name="Dark mode", query='"dark mode"')
    mended(house)
    answer = tell_them(house)
    assert f"{AT_ONCE} drafts are begun" in answer.text
    assert answer.text.endswith("2 are left for the next press.")


def test_a_theme_that_is_not_mended_has_no_such_rows(house: RepliesInstallation) -> None:
    with pytest.raises(WrongInput, match="that is mended"):
        rows_of_part(house.scene, "asked")
    assert rows(house.scene, token(house.scene)).total == 4
