"""The model, second half: the life of a reply, restated from the rules and not from the code.

    draft -> in_review -> approved -> publishing -> published

A person has one living draft; drafting changes no owner; an edit is a new version that nobody approved; a mention has
one reply on its way; nothing leaves but by one press of somebody with the right, of a text that a second person read
where the charter wants that. Both read it for the talk as it was: when the author's latest post was edited, or they
wrote again, or we answered it, an approval holds no more, and a press lets it wait to be read again. What became of a
reply is told by the worker, or by a person where it cannot know.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tests.handlers.machine.owning import ASIDE, EDITABLE, LIVING, STAFF, Heard, Owned, Reply

SENDABLE = ("draft", "approved", "failed")
FLYING = ("due", "sending", "held", "asked", "unclear")
LIMIT = 300


@dataclass(frozen=True)
class Place:
    """A source: whether we can publish there, whether a second person reads, and who may publish.

    ``publishers`` are departments and people; empty = the department that owns the mention, None = anyone.
    """

    name: str
    by_api: bool
    second: bool
    publishers: tuple[str, ...] | None


SQUARE = Place("square", by_api=True, second=True, publishers=())
WIRE = Place("wire", by_api=True, second=False, publishers=None)
FORUM = Place("forum", by_api=False, second=False, publishers=("support", "Ana"))
PLACES = (SQUARE, WIRE, FORUM)


@dataclass
class Way:
    """One approval on its way out: a version of a reply, and what is known of it.

    ``named`` says that we know by which name its network has it.
    """

    reply: Reply
    version: int
    presser: str
    state: str
    since: datetime
    sent_at: datetime | None = None
    next_at: datetime | None = None
    despite_change: bool = False
    token: str = ""
    leased_until: datetime | None = None
    held_at: datetime | None = None
    named: bool = False

    @property
    def name(self) -> tuple[int, int]:
        """Return which version of which reply it is."""
        return (self.reply.number, self.version)


@dataclass
class Mention(Owned):
    """A mention with the replies to it."""

    place: Place = SQUARE
    ways: list[Way] = field(default_factory=list)
    responded_at: datetime | None = None
    answered_at: datetime | None = None
    answers: int = 0
    said: dict[tuple[int, int], datetime] = field(default_factory=dict)

    @property
    def heard(self) -> Heard:
        """Return how the talk stands: a reply answers the author's latest post."""
        after = sum(self.answered_at is None or at > self.answered_at for at in self.said.values())
        return (self.answers, 0 if self.answers else self.edits, after)

    @property
    def gone(self) -> bool:
        """Say whether nothing stands any more that could be answered."""
        return self.deleted and not self.answers

    @property
    def flying(self) -> Way | None:
        """Return the one that is on its way."""
        found = [one for one in self.ways if one.state in FLYING]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def living(self) -> list[Reply]:
        """Return the replies that may still go out."""
        return [one for one in self.replies if one.state in LIVING]

    def own(self, who: str) -> Reply | None:
        """Return a person's living reply."""
        return next((one for one in self.living if one.writer == who), None)

    def may_publish(self, who: str) -> bool:
        """Say whether the charter gives the right."""
        allowed = self.place.publishers
        return allowed is None or who in allowed or STAFF[who] in (allowed or (self.department,))

    def ready(self, reply: Reply) -> bool:
        """Say whether a reply may go out as it is."""
        return self.may_stand(reply) and (self.holds(reply) or not self.place.second)

    def may_stand(self, reply: Reply) -> bool:
        """Say whether a reply that was posted by hand may stand there: the post may have been edited since then."""
        return not self.gone and reply.state in SENDABLE and (reply.agreed or not self.place.second)

    def holds(self, reply: Reply) -> bool:
        """Say whether somebody agreed to the text as it is, for the talk as it is."""
        return reply.agreed and reply.approved_for == self.heard

    # --- writing and reading -----------------------------------------------------------------------------------------

    def draft(self, who: str, text: str, then: str) -> bool:
        """Keep a text, and then do no more, ask a second person, or publish it."""
        own = self.own(who)
        going = own is not None and own.state in ("publishing", "unclear")
        too_long = self.place.by_api and len(text) > LIMIT
        further = then == "review" or (then == "publish" and self.may_publish(who))
        if not text or too_long or going or (self.closed and further):
            return False
        kept = self._keep(own, who, text)
        if then == "publish":
            return self.send(kept, who, read=True) or self.read_again(kept, who)
        if then == "review" and kept.state != "in_review" and not (kept.state == "approved" and self.holds(kept)):
            kept.state = "in_review"
            self.step("review_asked", who)
        return True

    def _keep(self, own: Reply | None, who: str, text: str) -> Reply:
        if own is None:
            own = Reply(len(self.replies), who, text)
            self.replies.append(own)
        elif own.text == text and own.state != "changes_requested":
            own.written_for = self.heard
            return own
        else:
            own.text, own.version, own.state = text, own.version + 1, "draft"
            own.approved = own.reader = own.approved_for = None
        own.written_for = self.heard
        self.step("drafted", who)
        return own

    def may_judge(self, who: str) -> list[Reply]:
        """Return what waits for this person: nobody approves their own."""
        return [one for one in self.waiting if one.writer != who]

    def review(self, who: str, reply: Reply, version: int, verdict: str, keep: bool) -> bool:
        """Say what one thinks of a version; an approval lets the others give way, or keeps them."""
        publishing = verdict == "approve_publish"
        if reply not in self.may_judge(who) or version != reply.version or (publishing and not self.may_publish(who)):
            return False
        reply.state = {"changes": "changes_requested", "reject": "rejected"}.get(verdict, "approved")
        if reply.state == "approved":
            reply.approved, reply.reader, reply.approved_for = version, who, self.heard
            for other in self.replies:
                if other is not reply and other.state in EDITABLE and not keep:
                    other.state = "superseded"
        self.step(reply.state, who)
        return self.send(reply, who, read=True) if publishing else True

    def withdraw(self, who: str, reply: Reply, version: int | None) -> bool:
        """Take back what one wrote, or what stands on a mention that one owns."""
        mine = who in (reply.writer, self.owner)
        if not mine or reply.state not in EDITABLE or version not in (None, reply.version):
            return False
        reply.state = "withdrawn"
        self.step("withdrawn", who)
        return True

    # --- publishing --------------------------------------------------------------------------------------------------

    def publish(self, who: str, named: Reply | None, version: int | None) -> bool:
        """Press Publish, for a reply that is named or the one that can be meant; True also for a form to choose in."""
        if named is not None and (named not in self.living or version not in (None, named.version)):
            return False
        meant = [named] if named else self._meant()
        if len(meant) != 1:
            return bool(meant)
        return self.send(meant[0], who, read=version is not None) or self.read_again(meant[0], who)

    def read_again(self, reply: Reply, who: str) -> bool:
        """Let a reply wait once more for a second person, who agreed to it before its post was edited."""
        void = self.may_stand(reply) and reply.agreed and not self.ready(reply)
        if void and self.may_publish(who) and not self.closed:
            reply.state = "in_review"
            self.step("review_asked", who)
        return False

    def _meant(self) -> list[Reply]:
        sendable = [one for one in self.living if one.state in SENDABLE]
        agreed = [one for one in sendable if self.holds(one)]
        return agreed or [one for one in sendable if self.ready(one)] or sendable or self.living

    def send(self, reply: Reply, who: str, *, read: bool) -> bool:
        """Put a reply on its way, if everything is right at this moment; True also for a text to read or to copy."""
        if not self.may_publish(who):
            self.step("refused", who)
            return False
        if self.closed or not self.ready(reply):
            return False
        if not self.holds(reply) and reply.written_for != self.heard:
            return False  # it is shown, to be read for the post as it is now
        if (not self.holds(reply) and reply.writer != who and not read) or not self.place.by_api:
            return True
        if self.flying is not None:
            return False
        reply.state = "publishing"
        self.begin(reply, who, "due")
        if self.owner is None:
            self.step("owned_by_reply", who, status="claimed", owner=reply.writer)
        self.step("publishing", who)
        return True

    def begin(self, reply: Reply, who: str, state: str) -> Way:
        """Put an approval on its way; the same one that failed before is the same one again."""
        again = next((one for one in self.ways if one.name == (reply.number, reply.version)), None)
        if again is None:
            self.ways.append(Way(reply, reply.version, who, state, self.now))
            return self.ways[-1]
        assert again.state == "failed", again
        again.state, again.presser, again.despite_change = state, who, False
        again.sent_at = again.next_at = again.held_at = None
        again.named = False
        return again

    def posted(self, who: str, named: Reply | None, version: int | None) -> bool:
        """A reply was posted by hand: the same rules, the same bookkeeping."""
        sendable = [one for one in self.living if one.state in SENDABLE]
        if self.closed or not self.may_publish(who) or not sendable:
            return False
        if named is None and len(sendable) > 1:
            return True
        chosen = named or sendable[0]
        if chosen not in sendable or version not in (None, chosen.version):
            return False
        if not self.may_stand(chosen) or self.flying is not None:
            return False
        chosen.state = "published"
        self.book(self.begin(chosen, who, "published"), self.now)
        return True

    def book(self, way: Way, since: datetime) -> None:
        """It stands there: its writer has what nobody had, and the mention is answered unless it is closed."""
        writer, presser = way.reply.writer, way.presser
        self.said.setdefault(way.name, since)
        self.responded_at = self.responded_at or self.now
        if not self.closed and self.owner is None:
            self.step("owned_by_reply", presser, status="claimed", owner=writer)
        answered = self.answered_at is not None and self.answered_at >= since
        self.step("responded", writer, status="" if self.closed or answered else "responded")

    # --- what became of it -------------------------------------------------------------------------------------------

    def settle(self, way: Way, outcome: str, next_at: datetime | None = None) -> None:
        """Write down what the worker learnt."""
        reply, writer = way.reply, way.reply.writer
        way.token, way.leased_until, way.next_at = "", None, next_at
        way.named = way.named or outcome in ("published", "held")
        if outcome == "published":
            way.state, reply.state = "published", "published"
            self.book(way, way.sent_at or way.since)
        elif outcome in ("refused", "rejected", "handed_off"):
            way.state = "failed"
            reply.state = self.ready_again(reply) if outcome == "handed_off" else "failed"
            self.step("not_published", writer)
        elif outcome in ("asked", "unclear"):
            way.state = outcome
            reply.state = "unclear" if outcome == "unclear" else reply.state
            self.step("unclear", writer)
        elif outcome == "held" and way.held_at is None:
            way.state, way.held_at = "held", self.now
            self.step("in_moderation", writer)
        else:
            way.state = outcome  # due, sending or held: the same again, at ``next_at``

    def ready_again(self, reply: Reply) -> str:
        """Return what a reply is that could go out again as it is."""
        return "approved" if reply.agreed else "draft"

    def confirm(self, who: str, answer: str) -> bool:
        """A person says what is to become of a reply that cannot go on by itself."""
        way = self.flying
        answers = {"unclear": ("seen", "send", "stop"), "asked": ("send", "stop"), "held": ("seen", "stop")}
        if way is None or answer not in answers.get(way.state, ()) or (way.held_at and answer == "send"):
            return False
        if who not in (way.presser, way.reply.writer) and not self.may_publish(who):
            return False
        if answer == "send" and (self.closed or (way.state == "asked" and not self.may_publish(who))):
            return False
        way.token, way.leased_until, way.next_at = "", None, None
        if answer == "seen":
            way.named = way.named or way.name in self.said  # a source has shown it already
            way.state, way.reply.state = "published", "published"
            self.book(way, way.sent_at or way.since)
        elif answer == "send":
            way.despite_change = way.despite_change or way.state == "asked"
            way.state, way.reply.state = "due", "publishing"
            self.step("publishing", who)
        else:
            way.state, way.reply.state = "failed", self.ready_again(way.reply)
            self.step("not_published", who)
        return True

    def is_shown(self, name: tuple[int, int], text: str) -> None:
        """Our account said this there: now we know by which name.

        What waits for moderators, and reads so, may be it, so it is looked at now.
        """
        shown = next(one for one in self.ways if one.name == name)
        shown.named = shown.named or shown.state == "published"
        if name in self.said:
            return
        self.said[name] = self.now
        way = self.flying
        if way is not None and way.state == "held" and way.reply.text == text:
            way.next_at = self.now

    def author_answers(self) -> None:
        """The author answers: it is open again, with its owner."""
        self.answered_at = self.now
        self.answers += 1
        if self.beneath in (*ASIDE, "responded"):
            self.back_to_work("author_answered", None)
        else:
            self.step("author_answered", None)
