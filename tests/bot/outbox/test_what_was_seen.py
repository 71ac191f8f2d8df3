"""Between the press and the send: what goes out is what was seen by whoever pressed, or a person is asked again."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from handlers.base.command import ByToken, Who
from handlers.base.events import Deleted, Posted
from handlers.base.replying import Alive, Changed, Parent, ParentState
from handlers.reply.confirm import ConfirmReply
from storage.listen import posts
from storage.own.mentions import MentionRow
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState
from tests.fakes.replies import FakeReplies, too_many
from tests.handlers.reply.installation import TEXT, RepliesInstallation
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene

DUE, ASKED, PUBLISHED = PublicationState.DUE, PublicationState.ASKED, PublicationState.PUBLISHED
CONTEXT = json.dumps({"cid": "c1"})


@dataclass
class Looking(FakeReplies):
    """A place where something happens while we look at the post."""

    meanwhile: Callable[[], None] | None = None

    async def check(self, parent: Parent) -> ParentState:
        state = await super().check(parent)
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return state


@dataclass
class Pressed:
    """Ana's approved reply is on its way."""

    house: RepliesInstallation
    worker: PublishingInstallation
    place: Looking
    ana: Who
    mention: MentionRow = field(init=False)
    row: PublicationRow = field(init=False)

    def __post_init__(self) -> None:
        self.mention = self.house.scene.arrive("Where is my refund?")
        self.house.draft(self.ana, self.mention, then="review")
        assert self.house.review(self.house.hire("Lea"), self.house.only(self.mention)).ok
        assert self.house.publish(self.ana, self.mention).ok
        row = self.house.on_its_way(self.mention)
        assert row is not None
        self.row = row

    def edit(self, text: str) -> Posted:
        """Return the post as it reads after an edit."""
        return self.house.scene.posted(text, external_id="post-1", url="https://blog.example/1")

    def confirm(self, answer: str = "send", shown: str = "") -> bool:
        reference = ByToken(self.mention.token, None, shown)
        return self.house.scene.do(ConfirmReply(who=self.ana, reference=reference, answer=answer)).ok

    @property
    def public(self) -> list[str]:
        return [one.text for one in self.place.standing]


@pytest.fixture
def pressed(scene: Scene) -> Pressed:
    house = RepliesInstallation(scene)
    house.charter(purpose="To help.", signature="{name}, {department}")
    place = Looking()
    return Pressed(house, PublishingInstallation(scene, source=place), place, house.hire("Ana"))


def rename(pressed: Pressed) -> None:
    pressed.house.scene.person("Acme lies to you", "ana@acme.example", "UANA")


def edit(pressed: Pressed) -> None:
    pressed.house.scene.ingest(pressed.edit("Do you beat children?"))


def restart(pressed: Pressed) -> None:
    scene = pressed.house.scene
    (rules,) = scene.organisation.sources
    sources = (replace(rules, charter=replace(rules.charter, blocked=("children",))),)
    scene.organisation = replace(scene.organisation, sources=sources)
    scene.__post_init__()


CHANGES = pytest.mark.parametrize(
    ("change", "said"),
    [(rename, "would read differently now"), (edit, "the author edited the post"), (restart, "the charter of blog")],
)


@CHANGES
def test_what_changes_between_the_press_and_the_send_is_asked_about(
    pressed: Pressed, change: Callable[[Pressed], None], said: str
) -> None:
    change(pressed)
    pressed.worker.work_to(pressed.row, ASKED)
    assert (pressed.public, pressed.place.sends) == ([], [])
    assert said in pressed.worker.look(pressed.row).trouble
    assert said in pressed.worker.told()[-1]


@pytest.mark.parametrize("change", [rename, edit])
def test_what_changes_while_the_post_is_looked_at_is_asked_about(
    pressed: Pressed, change: Callable[[Pressed], None]
) -> None:
    pressed.place.meanwhile = lambda: change(pressed)
    pressed.worker.work_to(pressed.row, ASKED)
    assert (pressed.public, pressed.place.sends) == ([], ["check"])


@pytest.mark.parametrize("looking", [False, True])
def test_where_the_post_was_deleted_meanwhile_all_that_is_left_is_not_to_send(pressed: Pressed, looking: bool) -> None:
    def delete() -> None:
        pressed.house.scene.ingest(Deleted(external_id="post-1"))

    if looking:
        pressed.place.meanwhile = delete
    else:
        delete()
    pressed.worker.work_to(pressed.row, ASKED)
    assert pressed.worker.look(pressed.row).trouble == "The author deleted the post."
    assert "cannot be: The author deleted the post." in pressed.worker.told()[-1]
    assert not pressed.confirm("send")
    assert pressed.confirm("stop")
    assert pressed.public == []


def test_what_changes_while_a_place_asks_for_a_rest_is_asked_about(pressed: Pressed) -> None:
    pressed.place.faults.append(too_many(60))
    pressed.worker.work(lambda: pressed.worker.look(pressed.row).next_at is not None)
    edit(pressed)
    pressed.worker.wait(minutes=5)
    pressed.worker.work_to(pressed.row, ASKED)
    assert pressed.public == []


def test_an_edit_that_was_found_by_looking_is_shown_as_one_that_was_heard(pressed: Pressed) -> None:
    found = pressed.edit("Do you beat children?")
    pressed.place.states["post-1"] = Changed("The author edited it.", CONTEXT, found)
    pressed.worker.work_to(pressed.row, ASKED)
    known = pressed.house.scene.database.read(lambda session: posts.known(session, "blog", ["post-1"]))["post-1"]
    assert known.text == "Do you beat children?"
    form = pressed.house.shown("confirm", pressed.ana, pressed.mention)
    assert any("Do you beat children?" in line.text for part in form.beside for line in part.lines)
    pressed.place.states["post-1"] = Alive(CONTEXT)
    assert pressed.confirm(shown=form.shown)
    pressed.worker.work_to(pressed.row, PUBLISHED)
    assert pressed.public == [f"{TEXT}\nAna, Finance"]


def test_who_sent_it_all_the_same_did_so_for_the_post_that_they_were_shown(pressed: Pressed) -> None:
    edit(pressed)
    pressed.worker.work_to(pressed.row, ASKED)
    assert pressed.confirm()
    again = pressed.edit("And do you like it?")
    pressed.place.states["post-1"] = Changed("The author edited it.", CONTEXT, again)
    pressed.worker.work_to(pressed.row, ASKED)
    assert pressed.confirm()
    pressed.house.scene.ingest(pressed.edit("Once more?"))
    pressed.worker.work_to(pressed.row, ASKED)
    assert pressed.public == []


def test_white_space_alone_asks_nobody(pressed: Pressed) -> None:
    pressed.house.scene.ingest(pressed.edit("  Where is\n\nmy refund? "))
    pressed.worker.work_to(pressed.row, PUBLISHED)
    assert pressed.public == [f"{TEXT}\nAna, Finance"]


def test_what_was_stopped_is_published_anew_in_the_words_that_were_read_then(pressed: Pressed) -> None:
    rename(pressed)
    pressed.worker.work_to(pressed.row, ASKED)
    assert not pressed.confirm()
    assert pressed.confirm("stop")
    assert not pressed.house.publish(pressed.ana, pressed.mention).ok
    assert pressed.house.review(pressed.house.hire("Lea"), pressed.house.only(pressed.mention)).ok
    assert pressed.house.publish(pressed.ana, pressed.mention).ok
    pressed.worker.work_to(pressed.row, PUBLISHED)
    assert pressed.public == [f"{TEXT}\nAcme lies to you, Finance"]
