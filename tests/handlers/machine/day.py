"""A day of the machine: four people of two departments, an outsider, two mentions or more, and whatever may happen.

Others join in the public threads in which they stand, and so they may stand on one card, be split off, put back, or be
muted.

Half of what happens is drawn without regard to whether it makes sense, so that refusals are met as often as rights; the
other half is the next step that does, or no day would see a reply published. After each step the database has to hold
what the model says (``agreeing``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handlers.base.command import Answer, ByToken, MentionCommand
from handlers.base.events import Author, Deleted, Posted
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.join import JoinMention
from handlers.own.move_on import MoveOn
from handlers.own.mute import MuteMention
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.show import ShowMention
from handlers.own.snooze import SnoozeMention
from handlers.own.split import SplitMention
from handlers.own.still import SayStillOnIt
from handlers.own.strike import StrikeClocks
from handlers.own.take_over import TakeOverMention
from handlers.own.wake import WakeMention, WakeSnoozed
from handlers.reply.confirm import ConfirmReply
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from handlers.reply.publish import PublishDraft
from handlers.reply.review import ReviewDraft
from handlers.reply.withdraw import WithdrawDraft
from storage.own.mentions import MentionRow
from tests.handlers.machine.agreeing import Agreement
from tests.handlers.machine.owning import DEPARTMENTS, STAFF, Reply
from tests.handlers.machine.replying import FLYING, FORUM, SQUARE, WIRE, Mention, Place
from tests.handlers.machine.threads import arrives, join, move_on, mute
from tests.handlers.machine.working import OUTCOMES, Works, reference
from tests.handlers.machine.world import OURS, World, same

NOON = timedelta(hours=2)
TEXTS = (
    "I sent your refund again today. Ana",
    "I will look for your refund, I promise. Ben",
    "",
    "I am sorry" + ", so sorry" * 30,
)


@dataclass(frozen=True)
class Press:
    """How a gesture comes in: with the version before the last change, or delivered twice."""

    stale: bool = False
    twice: bool = False


@dataclass(frozen=True)
class Named:
    """How a gesture names a reply: not at all, or one of them, without its version, in it, or in the one before."""

    index: int | None
    version: str = "read"


ONCE = Press()
WHO = st.sampled_from(tuple(STAFF))
MENTION = st.integers(0, 11)  # of those that there are
MOST = 4
# How a source says to which public thread a post belongs, if it does.
TOLD = st.sampled_from(["", "thread", "reply_to"])
PRESS = st.sampled_from([ONCE] * 5 + [Press(twice=True), Press(stale=True), Press(stale=True, twice=True)])
NAMED = st.builds(Named, st.sampled_from([0, 0, 1, 2, None]), st.sampled_from(["read", "read", "read", "", "old"]))
THEN = st.sampled_from(["keep", "review", "review", "publish"])
VERDICT = st.sampled_from(["approve", "approve", "approve_publish", "approve_publish", "changes", "reject"])
# What arrives is Finance's, so that it goes elsewhere at first.
TO = st.sampled_from(DEPARTMENTS[::-1])
_HANDS = ("claim", "release", "assign", "take over", "hand off")
OWN = (*_HANDS, "snooze", "wake", "resolve", "dismiss", "reopen", "note", "still", "split", "join", "show", "mute")
# Of workers: one dies, or sleeps until another has come; and the one who slept goes on after all.
CRASHES, LATE = "crashes", "late"
OUTCOME = st.sampled_from([*OUTCOMES, CRASHES, LATE])
OUTSIDE = ("edited", "shown", "answered", "answered twice", "thread", "reply_to") * 2 + ("deleted",)
ASIDE = st.sampled_from([False, False, True])
# By hand it is soon done: there is more to see where we publish.
PLACE = st.sampled_from([SQUARE, SQUARE, WIRE, WIRE, FORUM])
SPAN = st.sampled_from([timedelta(seconds=5), *[timedelta(minutes=2)] * 3, timedelta(minutes=10), NOON])

# So many minutes pass before somebody does something, in which clocks go on.
AFTER = st.sampled_from([0, 1, 3])


class Day(RuleBasedStateMachine):
    """One day; ``world`` is that of the database in which it is played."""

    world: ClassVar[World]

    @initialize(places=st.tuples(PLACE, PLACE), told=TOLD)
    def begin(self, places: tuple[Place, ...], told: str = "") -> None:
        self.world.begin()
        self.scene = self.world.scene
        self.mentions: list[MentionRow] = []
        self.posts: list[Posted] = []
        self.model: list[Mention] = []
        self.works = Works(self.world)
        self.agreement = Agreement(self.world, ())
        self.keys = 0
        self.speaks(places[0])
        self.speaks(places[0] if told else places[1], 0 if told else None, told)

    def speaks(self, place: Place, thread: int | None = None, told: str = "") -> None:
        """Let somebody say something, in a public thread or to begin one; ``told`` is how its source says which."""
        began = self.posts[thread].external_id if thread is not None else ""
        row, post = self.world.arrive(place, told, began)
        self.mentions.append(row)
        self.posts.append(post)
        self.agreement.add(row.id)
        number = len(self.model) if thread is None else thread
        model = Mention(self.world.now, place=place, thread=number, tells_thread=thread is not None)
        arrives(self.model, model)

    def some_join_in(self, number: int, told: str) -> None:
        """Let two more speak in a public thread, as far as there is room for them in a day."""
        thread = self.model[number].thread
        for _ in range(min(2, MOST - len(self.model))):
            self.speaks(self.model[thread].place, thread, told)
            self.world.steps[f"arrived {self.model[-1].held}"] += 1

    def fits(self, verb: str, number: int) -> int:
        """Return a mention that a verb of public threads is meant for, where there is one."""
        held = {"split": True, "show": True, "join": False}.get(verb)
        fitting = [at for at, one in enumerate(self.model) if one.was_held and bool(one.held) is held]
        return fitting[number % len(fitting)] if fitting else number % len(self.model)

    # --- what people do ----------------------------------------------------------------------------------------------

    def do(
        self,
        kind: type[MentionCommand],
        who: str,
        number: int,
        press: Press,
        right: Callable[[Mention], bool],
        **of: Any,
    ) -> Answer:
        """Do it as a gesture does, once or twice, and compare the answer with the rules; the model moves on."""
        number %= len(self.model)
        model, self.keys = self.model[number], self.keys + 1
        named = ByToken(self.mentions[number].token, model.version - press.stale)
        key = f"{self.mentions[number].token}-{self.keys}"
        expected = (not press.stale or kind.ignores_version or kind is PostedReply) and right(model)
        command = kind(who=self.world.who[who], reference=named, request_key=key, **of)
        answer = self.scene.do(command)
        assert answer.ok == expected, (command, answer.text, model)
        if press.twice:
            assert same(answer, self.scene.do(command))
        self.world.steps[f"{kind.__name__} {'right' if expected else 'refused'}"] += 1
        return answer

    @rule(verb=st.sampled_from(OWN), who=WHO, other=WHO, number=MENTION, press=PRESS, to=TO, after=AFTER)
    def own(self, verb: str, who: str, other: str, number: int, press: Press, to: str, after: int = 0) -> None:
        if after:
            self.time_passes(timedelta(minutes=after))
        until, number = self.world.now + NOON, self.fits(verb, number)
        if verb == "mute":
            self.mute(number)
            self.some_join_in(number, "thread")
            return
        verbs: dict[str, tuple[type[MentionCommand], Callable[[Mention], bool], dict[str, str]]] = {
            "claim": (ClaimMention, lambda on: on.claim(who), {}),
            "release": (ReleaseMention, lambda on: on.release(who), {}),
            "assign": (AssignMention, lambda on: on.assign(who, other), {"person": other}),
            "take over": (TakeOverMention, lambda on: on.take_over(who), {"reason": "I know them."}),
            "hand off": (HandOffMention, lambda on: on.hand_off(who, to), {"department": to}),
            "snooze": (SnoozeMention, lambda on: on.snooze(who, until), {"until": "2h"}),
            "wake": (WakeMention, lambda on: on.awake(who), {}),
            "resolve": (ResolveMention, lambda on: on.close(who, "resolved"), {}),
            "dismiss": (DismissMention, lambda on: on.close(who, "dismissed"), {}),
            "reopen": (ReopenMention, lambda on: on.reopen(who), {}),
            "note": (NoteMention, lambda on: on.note(who), {"text": "Look."}),
            "still": (SayStillOnIt, lambda on: on.still(who), {}),
            "split": (SplitMention, lambda on: on.split(who), {}),
            "join": (JoinMention, lambda _: join(self.model, number, who), {}),
            "show": (ShowMention, lambda on: on.show(who), {}),
        }
        kind, right, of = verbs[verb]
        so_already = (verb, self.model[number].held) in (("join", "thread"), ("show", ""))
        if kind is NoteMention or so_already:
            press = replace(press, stale=False)
        self.do(kind, who, number, press, right, **of)

    @rule(who=WHO, number=MENTION, press=PRESS, text=st.sampled_from(TEXTS[:2] * 3 + TEXTS), then=THEN)
    def draft(self, who: str, number: int, press: Press, text: str, then: str) -> None:
        self.do(DraftReply, who, number, press, lambda on: on.draft(who, text, then), text=text, then=then)

    def review(self, who: str, number: int, press: Press, named: Named, verdict: str, keep: bool) -> None:
        model = self.model[number]
        near = model.may_judge(who) or model.waiting or model.living
        if not near:
            return
        reply = near[(named.index or 0) % len(near)]
        version = reply.version - (named.version == "old")
        of = {"draft": f"{self.token(number, reply)}.{version}", "verdict": verdict, "remark": "Because."}
        of["others"] = "keep" if keep else "supersede"
        self.do(ReviewDraft, who, number, press, lambda on: on.review(who, reply, version, verdict, keep), **of)

    def publish(self, who: str, number: int, press: Press, named: Named) -> None:
        reply, version, of = self.naming(number, named)
        self.do(PublishDraft, who, number, press, lambda on: on.publish(who, reply, version), **of)

    def withdraw(self, who: str, number: int, press: Press, named: Named) -> None:
        reply, version, of = self.naming(number, replace(named, index=named.index or 0))
        if reply is not None:
            self.do(WithdrawDraft, who, number, press, lambda on: on.withdraw(who, reply, version), **of)

    def posted(self, who: str, number: int, press: Press, named: Named) -> None:
        reply, version, of = self.naming(number, named)
        of["url"] = f"https://hand.example/{self.mentions[number].token}/{self.keys}"
        before = {way.name for way in self.model[number].ways if way.state == "published"}
        self.do(PostedReply, who, number, press, lambda on: on.posted(who, reply, version), **of)
        for way in self.model[number].ways:
            if way.state == "published" and way.name not in before:
                self.works.stands[number, way.name] += 1

    def confirm(self, who: str, number: int, press: Press, answer: str) -> None:
        """A person tells the truth: what they see is there, and what they do not see is not."""
        way = self.model[number].flying
        if way is not None and way.state == "unclear" and way.held_at is None:
            there = bool(self.works.stands[number, way.name])
            answer = "seen" if there else "send" if answer == "seen" else answer
        elif way is not None and way.held_at is not None and way.name in self.model[number].said:
            answer = "seen"
        self.do(ConfirmReply, who, number, press, lambda on: on.confirm(who, answer), answer=answer)
        if way is not None and way.held_at is not None and way.state == "failed":
            self.works.stands[number, way.name] -= 1  # its moderators threw it away

    @precondition(lambda self: any(on.living for on in self.model))
    @rule(
        verb=st.sampled_from(["review", "publish", "withdraw", "posted", "confirm"]),
        who=WHO,
        number=MENTION,
        press=PRESS,
        named=NAMED,
        say=st.tuples(VERDICT, st.booleans(), st.sampled_from(["seen", "send", "stop"])),
    )
    def reply(self, verb: str, who: str, number: int, press: Press, named: Named, say: tuple[str, bool, str]) -> None:
        verdict, keep, answer = say
        living = [one for one, model in enumerate(self.model) if model.living]
        number = living[number % len(living)]
        if verb == "review":
            self.review(who, number, press, named, verdict, keep)
        elif verb == "confirm":
            self.confirm(who, number, press, answer)
        else:
            {"publish": self.publish, "withdraw": self.withdraw, "posted": self.posted}[verb](who, number, press, named)

    def mute(self, number: int) -> None:
        """An admin reads what it would have held, and mutes what else is said in a public thread."""
        token, ana = self.mentions[number].token, self.world.who["Ana"]
        pressed = MuteMention(who=ana, reference=ByToken(token), what="thread")
        form = self.scene.do(pressed).form
        shown = form.shown if form is not None else ""
        answer = self.scene.do(replace(pressed, reference=ByToken(token, shown=shown)))
        assert answer.ok == mute(self.model, number, "Ana"), (answer, self.model[number])
        self.world.steps[f"MuteMention {'right' if answer.ok else 'refused'}"] += 1

    def outsider(self, number: int) -> None:
        """Somebody of another workspace tries."""
        of: dict[str, Any] = {"who": self.world.outsider, "reference": ByToken(self.mentions[number].token)}
        tries = (ClaimMention(**of), DraftReply(**of, text=TEXTS[0], then="publish"), PublishDraft(**of))
        assert not self.scene.do(tries[self.keys % len(tries)]).ok

    # --- the next step that makes sense, or a day would seldom see a reply published --------------------------------

    @rule(number=MENTION, who=WHO, verdict=VERDICT, text=st.sampled_from(TEXTS[:2]), outcome=OUTCOME, aside=ASIDE)
    def life_goes_on(self, number: int, who: str, verdict: str, text: str, outcome: str, aside: bool) -> None:
        number %= len(self.model)
        if self.model[number].flying is None or aside:  # while one reply is on its way, others are written
            self.writing_goes_on(number, who, verdict, text)
        else:
            self.publishing_goes_on(number, outcome)

    # Hypothesis leaves some of the rules out of each day; this one seldom, since it stands here twice.
    @rule(number=MENTION, who=WHO, verdict=VERDICT, text=st.sampled_from(TEXTS[:2]), outcome=OUTCOME, aside=ASIDE)
    def life_goes_on_too(self, number: int, who: str, verdict: str, text: str, outcome: str, aside: bool) -> None:
        self.life_goes_on(number, who, verdict, text, outcome, aside)

    def writing_goes_on(self, number: int, who: str, verdict: str, text: str) -> None:
        model = self.model[number]
        idle = [one for one in model.living if one.state in ("draft", "changes_requested", "failed")]
        if model.closed:
            self.own("reopen", who, who, number, ONCE, model.department)
        elif model.waiting:
            first = model.waiting[0]
            may = [one for one in (who, *STAFF) if one != first.writer and model.may_publish(one)]
            reader = (may or [one for one in STAFF if one != first.writer])[0]
            named = Named(model.may_judge(reader).index(first))
            self.review(reader, number, ONCE, named, verdict, keep=text == TEXTS[0])
        elif ready := [one for one in model.living if model.ready(one)]:
            if verdict == "changes":  # its writer thinks again
                self.draft(ready[0].writer, number, ONCE, text, "publish")
                return
            step = self.publish if model.place.by_api else self.posted
            may = [one for one in (who, *STAFF) if model.may_publish(one)]
            step(may[0], number, ONCE, Named(model.living.index(ready[0])))
        elif idle:
            self.draft(idle[0].writer, number, ONCE, idle[0].text, "review")
        else:
            self.draft(who, number, ONCE, text, "review" if model.place.second else "publish")

    def publishing_goes_on(self, number: int, outcome: str) -> None:
        way = self.model[number].flying
        working = [worker for worker in self.works.workers if worker.way is way]
        if way is not None and way.state in ("asked", "unclear"):
            self.confirm(way.presser, number, ONCE, "send")
        elif working and outcome == CRASHES:
            self.time_passes(timedelta(minutes=2))
            self.a_worker_comes(number)
        elif working:
            chosen = working[0 if outcome == LATE else -1]
            self.a_worker_goes_on(self.works.workers.index(chosen), outcome)
        elif self.works.free(number, self.model):
            self.a_worker_comes(number)
        else:
            self.time_passes(timedelta(minutes=10))

    def naming(self, number: int, named: Named) -> tuple[Reply | None, int | None, dict[str, str]]:
        """Return the reply that is named, in which version, and how a gesture writes it."""
        replies = self.model[number].living or self.model[number].replies
        if named.index is None or not replies:
            return None, None, {}
        reply = replies[named.index % len(replies)]
        token = self.token(number, reply)
        if not named.version:
            return reply, None, {"draft": token}
        version = reply.version - (named.version == "old")
        return reply, version, {"draft": f"{token}.{version}"}

    def token(self, number: int, reply: Reply) -> str:
        """Return the token of a reply, which the database drew."""
        return self.seen.of(self.mentions[number].id)[1][reply.number].token

    # --- what happens by itself --------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["comes", "goes on", *["time"] * 6, "anew"]), number=MENTION, span=SPAN, outcome=OUTCOME)
    def by_itself(self, what: str, number: int, span: timedelta, outcome: str) -> None:
        number %= len(self.model)
        if what == "time":
            self.time_passes(span)
        elif what == "anew":
            self.works.restart(self.model)
        elif what == "comes":
            self.a_worker_comes(number)
        else:
            self.a_worker_goes_on(number, outcome)

    @rule(what=st.sampled_from(OUTSIDE), number=MENTION)
    def outside(self, what: str, number: int) -> None:
        number %= len(self.model)
        self.outsider(number)
        if what in ("thread", "reply_to"):
            self.some_join_in(number, what)
        elif what.startswith("answered"):
            self.the_author_answers(number, what == "answered twice")
        else:
            self.the_source_tells(number, what)

    def a_worker_comes(self, number: int) -> None:
        rows = self.seen.of(self.mentions[number].id)[2]
        flying = [row for row in rows if row.state in FLYING]
        if flying:
            self.works.take(number, self.model, flying[0])

    def a_worker_goes_on(self, index: int, outcome: str) -> None:
        if self.works.workers:
            worker = self.works.workers[index % len(self.works.workers)]
            self.world.steps[f"worker {self.works.go_on(worker, self.model, outcome)}"] += 1

    def time_passes(self, span: timedelta) -> None:
        self.scene.now += span
        now = self.world.now
        self.scene.database.write(lambda session: self.scene.dispatcher.handle(session, WakeSnoozed(job="wake"), now))
        for model in self.model:
            model.now = now
            model.wake()
        while self.scene.database.write(
            lambda session: self.scene.dispatcher.handle(session, MoveOn(job="threads"), now)
        ).ok:
            pass
        move_on(self.model)
        self.clocks_strike()

    def clocks_strike(self) -> None:
        """Let the timer look until no clock has a step to take; when that is, the log and the rules of clocks say."""
        now, command = self.world.now, StrikeClocks(job="clocks")
        while self.scene.database.write(lambda session: self.scene.dispatcher.handle(session, command, now)).ok:
            for model, mention in zip(self.model, self.mentions, strict=True):
                if self.scene.log(mention).count("returned") > sum(one.action == "returned" for one in model.log):
                    model.go_back()

    def the_author_answers(self, number: int, again: bool) -> None:
        model, rows = self.model[number], self.seen.of(self.mentions[number].id)[2]
        known = [row for row in rows if row.state in ("published", "held") and row.reference]
        early = [row for row in rows if row.state in ("sending", "unclear") and row.held_at is None]
        if not known and not early:
            return
        self.keys += 1
        name = f"{self.posts[number].external_id}-{self.keys}"
        answered = reference(known[-1]) if known else "not-known-yet"
        post = replace(self.posts[number], external_id=name, url="", text="Thank you!", reply_to=answered)
        self.time_passes(timedelta(seconds=1))  # what is said in one moment has no order
        for _ in range(1 + again):
            assert self.scene.ingest(post, source=model.place.name).matched == 0
        model.author_answers()
        self.time_passes(timedelta(seconds=1))
        self.world.steps["answered by the author"] += 1

    def the_source_tells(self, number: int, what: str) -> None:
        model, post = self.model[number], self.posts[number]
        if what == "deleted":
            self.scene.ingest(Deleted(external_id=post.external_id), source=model.place.name)
            model.delete()
        elif what == "edited":
            edited = replace(post, text=f"Where is my refund? {model.edits + 1}")
            self.scene.ingest(edited, source=model.place.name)
            model.edits += not model.deleted
        else:
            for row in self.seen.of(self.mentions[number].id)[2]:
                stands = self.works.stands[number, self.name(number, row.draft_id, row.draft_version)]
                if stands and model.place.by_api:
                    us = Author(handle=OURS, external_id=OURS)
                    ours = Posted(external_id=reference(row), text=row.text, author=us, reply_to=post.external_id)
                    assert self.scene.ingest(ours, source=model.place.name).matched == 0
                    model.is_shown(self.name(number, row.draft_id, row.draft_version), row.text)

    def name(self, number: int, draft_id: int, version: int) -> tuple[int, int]:
        """Return how the model names an approval."""
        ids = [draft.id for draft in self.seen.of(self.mentions[number].id)[1]]
        return ids.index(draft_id), version

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def database_and_model_agree(self) -> None:
        self.seen = self.agreement.holds(self.model, self.works.stands)
        self.world.steps["steps"] += 1

    def teardown(self) -> None:
        for mention in getattr(self, "model", []):
            self.world.steps["published"] += sum(way.state == "published" for way in mention.ways)
