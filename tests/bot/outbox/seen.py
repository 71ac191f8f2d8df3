"""A day on which everything that flows into a reply changes at any moment, and one question: who saw what is out there?

The model keeps what stood before everybody's eyes, restated from the rules and not from the code: when they wrote,
read, pressed, or opened a page that they send later. The post may be edited where it stands, heard of or not, and
while the worker looks at it. Whatever reached the public is compared with what the press had seen, and with what an
approval had where the charter asks for one.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import update
from sqlmodel import Session

from bot.outbox.attempt_tools import AttemptTools
from bot.outbox.publication import PublicationAttempt
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.ids import Ids
from bot.sources.kit.replying import reads_as
from handlers.base.cards import Form
from handlers.base.charter import ANYONE
from handlers.base.command import Answer, ByToken, Who
from handlers.base.events import Posted
from handlers.base.replying import Alive, Changed, Parent, ParentState
from handlers.dispatch.dispatch import Dispatcher
from handlers.people.accounts import sync_members
from handlers.reply.confirm import ConfirmReply
from handlers.reply.draft import DraftReply
from handlers.reply.publish import PublishDraft
from handlers.reply.review import ReviewDraft
from storage.listen import posts
from storage.own.mentions import MentionRow
from storage.reply import drafts, publications
from storage.reply.publications import PublicationRow
from storage.tables.base import table_of
from storage.tables.replies import Publication
from storage.tables.states import PublicationState
from tests.fakes.replies import FakeReplies
from tests.handlers.reply.installation import RepliesInstallation, choices

STAFF = {"Ana": "finance", "Ben": "support", "Lea": "legal"}
POSTS = ("Where is my refund?", "Where is my refund? Not!", "أين refund؟")
TEXTS = ("I sent it. Ana", "We look after it.", "Es kommt morgen. Ben")
NAMES = ("", " Acme lies", " Άννα")
SIGNATURES = ("", "{name}", "{name}, {department}")
VOICES = ("", "Like a lawyer.")
READ, NOBODY = "second person", "none"
WHO, ONE = st.sampled_from(sorted(STAFF)), st.integers(0, 2)
_publication = table_of(Publication)


@dataclass(frozen=True)
class Sight:
    """What somebody had before their eyes: the post, the whole reply, and the charter."""

    post: str
    text: str
    charter: tuple[str, str, str]


@dataclass(frozen=True)
class World:
    """All that flows into a reply, at one moment; the charter is its signature, voice and review."""

    post: str
    names: tuple[tuple[str, str], ...]
    departments: tuple[tuple[str, str], ...]
    charter: tuple[str, str, str]

    def sight(self, writer: str, text: str) -> Sight:
        """Return what a reply of this person is at this moment."""
        signature = self.charter[0].format(
            name=dict(self.names)[writer], department=dict(self.departments)[STAFF[writer]]
        )
        whole = text if not signature or text.endswith(signature) else f"{text}\n{signature}"
        return Sight(" ".join(self.post.split()), whole, self.charter)


@dataclass(frozen=True)
class Page:
    """A form that was opened, and is sent some time; ``texts`` are who wrote what, by draft and version."""

    verb: str
    who: str
    mention: MentionRow
    form: Form
    world: World
    texts: dict[str, tuple[str, str]]

    @property
    def reference(self) -> ByToken:
        """Return what it sends back."""
        token, _, version = self.form.value.partition(".")
        return ByToken(token, int(version), self.form.shown)


@dataclass(frozen=True)
class Pressed:
    """What a press had seen; ``relied``: it showed nothing, so that somebody before has to have seen it."""

    sight: Sight
    relied: bool = False
    despite_edit: bool = False


@dataclass
class Place(FakeReplies):
    """Where posts really stand; ``meanwhile`` happens while one is looked at."""

    real: dict[str, Posted] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None

    async def check(self, parent: Parent) -> ParentState:
        """Compare as the real ones do, and let something happen before the answer is there."""
        context, real = json.dumps({"cid": "c1"}), self.real[parent.external_id]
        seen = Alive(context) if reads_as(real, parent) else Changed("It was edited.", context, real)
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return seen


class SeenDay(RuleBasedStateMachine):
    """Three people, a few mentions, and all that may change."""

    house: RepliesInstallation
    steps: Counter[str]
    keys: Iterator[int]
    chance: Random

    @initialize()
    def morning(self) -> None:
        """Begin with a place of its own; what another day left is not on its way any more."""
        left = update(_publication).values(state=str(PublicationState.FAILED), lease=None, leased_until=None)
        self.house.scene.database.write(lambda session: session.connection().execute(left) and None)
        self.place, self.judged = Place(), 0
        self.pages: list[Page] = []
        self.names = {name: name for name in STAFF}
        self.departments = {"finance": "Finance", "support": "Customer support", "legal": "Legal"}
        self.written: dict[str, Sight] = {}
        self.approved: dict[str, list[Sight]] = {}
        self.pressed: dict[int, Pressed] = {}
        self.charter = ("", "", READ)
        self.restart(0, 0, second=True)
        self.who: dict[str, Who] = {}
        for name in STAFF:
            self.rename(name, 0)
        self._start()
        self.arrives()

    @property
    def world(self) -> World:
        """Everything as it is now, and the post as it is known here."""
        known = self.house.scene.database.read(lambda session: posts.known(session, "blog", [self.name]))
        return World(known[self.name].text, (*self.names.items(),), (*self.departments.items(),), self.charter)

    # --- what changes ------------------------------------------------------------------------------------------------

    @rule(again=st.sampled_from([True, False, False]))
    def another(self, again: bool) -> None:
        if again:
            self.arrives()

    def arrives(self) -> None:
        self.name = f"p{next(self.keys)}"
        self.mention = self.house.scene.arrive(POSTS[0], external_id=self.name, url=f"https://b.example/{self.name}")
        self.place.real[self.name] = self._posted(POSTS[0])

    def _posted(self, text: str) -> Posted:
        return self.house.scene.posted(text, external_id=self.name, url=f"https://b.example/{self.name}")

    @rule(number=ONE, heard=st.booleans(), spaced=st.booleans())
    def edit(self, number: int, heard: bool, spaced: bool) -> None:
        text = POSTS[number].replace(" ", " \n ") if spaced else POSTS[number]
        self.place.real[self.name] = self._posted(text)
        if heard:
            self.hear()

    @rule()
    def hear(self) -> None:
        self.house.scene.ingest(self.place.real[self.name])

    @rule(who=WHO, number=ONE)
    def rename(self, who: str, number: int) -> None:
        self.names[who] = f"{who}{NAMES[number]}"
        account, email = f"U{who.upper()}", f"{who.lower()}@acme.example"
        self.who[who] = self.house.scene.person(self.names[who], email, account)

    @rule(name=st.sampled_from(["Finance", "Refund fraud"]))
    def reorganise(self, name: str) -> None:
        self.departments["finance"] = name
        self._start()

    @rule(signature=ONE, voice=st.integers(0, 1), second=st.booleans())
    def restart(self, signature: int, voice: int, *, second: bool) -> None:
        self.charter = (SIGNATURES[signature], VOICES[voice], READ if second else NOBODY)
        self._start()

    def _start(self) -> None:
        signature, voice, review = self.charter
        self.house.charter(signature=signature, voice=voice, review=review, publish=(ANYONE,))
        scene = self.house.scene
        named = tuple(replace(one, name=self.departments[one.key]) for one in scene.organisation.departments)
        scene.organisation = replace(scene.organisation, departments=named)
        scene.__post_init__()
        scene.dispatcher = Dispatcher(scene.organisation, self.chance)  # no token is drawn twice
        scene.database.write(lambda session: sync_members(session, scene.organisation, {}))

    # --- what people do ----------------------------------------------------------------------------------------------

    @rule(who=WHO, number=ONE, then=st.sampled_from(["keep", "review", "publish"]))
    def write(self, who: str, number: int, then: str) -> None:
        self._write(who, TEXTS[number], then, ByToken(self.mention.token), self.mention, self.world)

    def _write(self, who: str, text: str, then: str, reference: ByToken, mention: MentionRow, seen: World) -> None:
        command = DraftReply(who=self.who[who], reference=reference, text=text, then=then)
        self._press(mention, Pressed(seen.sight(who, text)), command)
        person = self.house.person_id(self.who[who])
        own = self.house.scene.database.read(lambda session: drafts.own(session, mention.id, person))
        if own is not None and own.text == text:
            self.written[f"{own.token}.{own.version}"] = seen.sight(who, text)

    @rule(who=WHO, other=WHO)
    def agree(self, who: str, other: str) -> None:
        """Read and approve at once, as is typed."""
        for name, (writer, text) in self._texts().items():
            if writer == other:
                self._judge(who, name, "approve", ByToken(self.mention.token), self.world.sight(writer, text))

    @rule(who=WHO)
    def publish(self, who: str) -> None:
        """Publish as is typed: nothing is shown, so somebody has to have seen it."""
        texts = self._texts()
        seen = [self.world.sight(*one) for one in texts.values()]
        command = PublishDraft(who=self.who[who], reference=ByToken(self.mention.token))
        self._press(self.mention, None, command, among=dict(zip(texts, seen, strict=True)))

    @rule(
        number=ONE,
        who=WHO,
        steps=st.sampled_from([4, 4, 3, 3, 2, 1]),
        change=st.sampled_from(["", "", "edit", "rename", "restart"]),
    )
    def get_on(self, number: int, who: str, steps: int, change: str) -> None:
        """Write, read, publish and send, as far as it goes, with one change between; so that days come to something."""
        if steps > 0:
            self.write("Ana", number, "review" if self.charter[2] == READ else "keep")
        if steps > 1:
            self.agree("Lea", "Ana")
        self._change(change, number)
        if steps > 2:
            self.publish(who)
        if steps > 3:
            self.work("", who, number)

    get_on_again, get_on_once_more = get_on, get_on  # a rule is drawn as often as it is named

    def _change(self, what: str, number: int) -> None:
        if what == "edit":
            self.edit(number, heard=True, spaced=False)
        elif what == "rename":
            self.rename("Ana", number)
        elif what == "restart":
            self.restart(number, number % 2, second=True)

    @rule(who=WHO, verb=st.sampled_from(["draft", "review", "publish", "confirm"]))
    def open(self, who: str, verb: str) -> None:
        """Open a form, and leave it open."""
        if verb == "publish":
            unread = ByToken(self.mention.token, None, "unread")
            drawn: Form | str | None = self.house.scene.do(PublishDraft(who=self.who[who], reference=unread)).form
        else:
            drawn = self.house.form(verb, self.who[who], self.mention)
        if isinstance(drawn, Form) and drawn.verb == verb:
            self.pages.append(Page(verb, who, self.mention, drawn, self.world, self._texts()))

    @rule(index=st.integers(0, 9), number=ONE, then=st.sampled_from(["publish", "keep"]), verdict=st.booleans())
    def send_page(self, index: int, number: int, then: str, verdict: bool) -> None:
        """Send a form that was opened some time ago, with what it showed."""
        if not self.pages:
            return
        page = self.pages[-1 - index % len(self.pages)]
        if page.verb == "draft":
            self._write(page.who, TEXTS[number], then, page.reference, page.mention, page.world)
            return
        if page.verb == "confirm":
            self._confirm(page.who, page.reference, page.mention, page.world)
            return
        read = choices(page.form, "draft")[0]
        seen = page.world.sight(*page.texts[read])
        if page.verb == "review":
            word = "approve" if verdict else "approve_publish"
            self._judge(page.who, read, word, page.reference, seen, page.mention)
        else:
            command = PublishDraft(who=self.who[page.who], reference=replace(page.reference, version=None), draft=read)
            self._press(page.mention, Pressed(seen), command)

    def _judge(
        self, who: str, read: str, verdict: str, reference: ByToken, seen: Sight, mention: MentionRow | None = None
    ) -> None:
        command = ReviewDraft(who=self.who[who], reference=reference, verdict=verdict, draft=read)
        answer = self._press(mention or self.mention, Pressed(seen), command)
        if answer.ok and answer.form is None:
            self.approved.setdefault(read, []).append(seen)

    @rule(who=WHO)
    def confirm(self, who: str) -> None:
        self._confirm(who, ByToken(self.mention.token), self.mention, self.world)

    def _confirm(self, who: str, reference: ByToken, mention: MentionRow, seen: World) -> None:
        going = self.house.on_its_way(mention)
        if going is None:
            return
        draft = self.house.scene.database.read(lambda session: drafts.get(session, going.draft_id))
        writer = next(name for name, one in self.who.items() if self.house.person_id(one) == draft.person_id)
        command = ConfirmReply(who=self.who[who], reference=replace(reference, version=None), answer="send")
        self._press(mention, Pressed(seen.sight(writer, draft.text), despite_edit=True), command)

    def _press(
        self, mention: MentionRow, pressed: Pressed | None, command: object, among: dict[str, Sight] | None = None
    ) -> Answer:
        """Run a gesture; where it put a reply on its way, remember what whoever pressed had seen."""
        before = self.house.on_its_way(mention)
        answer = self.house.scene.do(command)  # type: ignore[arg-type]
        now = self.house.on_its_way(mention)
        if now is not None and (before is None or (before.state, now.state) == ("asked", "due")):
            name = f"{self._token(now)}.{now.draft_version}"
            self.pressed[now.id] = pressed or Pressed((among or {})[name], relied=True)
            self.steps["sent all the same" if self.pressed[now.id].despite_edit else "pressed"] += 1
        elif not answer.ok:
            self.steps[f"refused {type(command).__name__}"] += 1
        return answer

    def _token(self, row: PublicationRow) -> str:
        return self.house.scene.database.read(lambda session: drafts.get(session, row.draft_id)).token

    def _texts(self) -> dict[str, tuple[str, str]]:
        """Return who wrote what, by draft and version."""
        people = {self.house.person_id(one): name for name, one in self.who.items()}
        return {
            f"{one.token}.{one.version}": (people[one.person_id], one.text) for one in self.house.drafts(self.mention)
        }

    # --- what happens by itself, and what has to be so ---------------------------------------------------------------

    @rule(meanwhile=st.sampled_from(["", "", "edit", "rename"]), who=WHO, number=ONE)
    def work(self, meanwhile: str, who: str, number: int) -> None:
        """Let the worker bring a reply one step further; something may happen while it looks at the post."""
        if meanwhile == "edit":
            self.place.meanwhile = lambda: self.edit(number, heard=True, spaced=False)
        elif meanwhile == "rename":
            self.place.meanwhile = lambda: self.rename(who, number)
        scene, now = self.house.scene, self.house.clock.now()

        def take(session: Session) -> PublicationRow | None:
            due = publications.due(session, now)
            return publications.take(session, due[0].id, due[0].source, f"t{next(self.keys)}", now) if due else None

        row = scene.database.write(take)
        if row is None or row.lease is None:
            return
        tools = AttemptTools(
            database=AsyncDatabase(scene.database),
            sources={"blog": self.place},
            organisation=scene.organisation,
            clock=self.house.clock,
            ids=Ids(Random(1)),
        )
        asyncio.run(PublicationAttempt(tools, row, row.lease).go_on())
        self.place.meanwhile = None
        self.steps[f"worked {self._state(row)}"] += 1
        for one in self.place.standing[self.judged :]:
            self.judge(row, one.parent, one.text)
        self.judged = len(self.place.standing)

    work_again = work

    def _state(self, row: PublicationRow) -> str:
        return self.house.scene.database.read(lambda session: publications.get(session, row.id)).state

    def judge(self, row: PublicationRow, parent: str, text: str) -> None:
        """What stands in public is what the press had seen, and an approval where the charter asks for one."""
        pressed, name = self.pressed[row.id], f"{self._token(row)}.{row.draft_version}"
        real = " ".join(self.place.real[parent].text.split())
        assert Sight(real, text, self.charter) == pressed.sight, "it is not what whoever pressed had seen"
        agreed = self.approved.get(name, [])
        if pressed.despite_edit:
            agreed = [replace(one, post=real) for one in agreed]
        if self.charter[2] == READ:
            assert pressed.sight in agreed, "nobody approved this, and the charter asks for it"
        if pressed.relied:
            assert pressed.sight in [*agreed, self.written.get(name)], "nobody saw this"

    @invariant()
    def nothing_stands_twice(self) -> None:
        sends = [one.send_id for one in self.place.standing] if hasattr(self, "place") else []
        assert len(sends) == len(set(sends))
