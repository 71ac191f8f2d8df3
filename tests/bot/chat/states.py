"""A card in every state that it may be in, made by the steps that lead there, for every platform to draw."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from sqlmodel import Session

from handlers.base.cards import Card, Link
from handlers.base.charter import ANYONE, NO_REVIEW, ReplyRules
from handlers.base.command import Who
from handlers.base.events import Author
from handlers.base.media import Media, MediaKind
from handlers.dispatch.dispatch import Dispatcher
from handlers.draw.card import Seen, draw_card
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.reply.posted_by_hand import PostedReply
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.tables.states import DraftState, PublicationState
from tests.handlers.reply.installation import BY_API, RepliesInstallation
from tests.harness.held import keep_back
from tests.harness.scene import at

AVATAR = "https://pictures.example/kim.png"
PICTURE = "https://pictures.example/anvil.png"
KIM = Author(name="Kim Sample", handle="sample_kim.bsky.social", external_id="kim", avatar=AVATAR)
WORDS = "Acme charged twice for one anvil. Nice anvil, but I only have the one coyote. Can I get a refund?"
REPLY = "I am sorry, Kim: the second charge was ours. Your refund went out today. Ana"
THERE = Link(
    label="its card there",
    places=(("slack", "C-SUPPORT", "1700000000.000100"), ("teams", "19:support@thread.tacv2", "1700000000123")),
)
_HOME = Seen(platform="slack", channel="C-FINANCE")


@dataclass
class States:
    """A house in which one mention after another comes into a state, and is drawn there."""

    house: RepliesInstallation

    def __post_init__(self) -> None:
        self.charter(BY_API)
        self.ana, self.ben = self.house.hire("Ana"), self.house.hire("Ben")

    def charter(self, reply: ReplyRules = BY_API, **values: object) -> None:
        """Let the source be Bluesky under a charter."""
        self.house.charter(reply, **({"publish": (ANYONE,)} | values))
        scene = self.house.scene
        rules = replace(scene.organisation.sources[0], network="Bluesky", hosts=frozenset({"bsky.app"}))
        scene.organisation = replace(scene.organisation, sources=(rules,))
        scene.dispatcher = Dispatcher(scene.organisation, Random(next(scene.numbers)))

    def arrive(self, text: str = WORDS, **more: object) -> MentionRow:
        """Let Kim say something."""
        number = next(self.house.scene.numbers)
        fields: dict[str, object] = {
            "author": KIM,
            "url": f"https://bsky.app/profile/sample_kim.bsky.social/post/{number}",
            "published_at": self.house.scene.now - timedelta(minutes=3),
            "lang": "en",
        }
        return self.house.scene.arrive(text, **(fields | more))

    def drawn(self, mention: MentionRow) -> Card:
        """Draw a card where it stood first."""
        scene = self.house.scene
        return scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation, _HOME))

    def claimed(self, by: Who | None = None) -> MentionRow:
        """Let somebody have it."""
        mention = self.arrive()
        self.house.scene.do(ClaimMention(who=by or self.ana, reference=at(mention)))
        return self.house.scene.look(mention)

    def reviewed(self, verdict: str = "", **more: str) -> MentionRow:
        """Let Ana's reply to what she has wait, or let Ben judge it."""
        mention = self.claimed()
        assert self.house.draft(self.ana, mention, REPLY, then="review").ok
        if verdict:
            self.house.review(self.ben, self.house.only(mention), verdict, **more)
        return mention

    def sent(self, came_of_it: DraftState = DraftState.PUBLISHING) -> MentionRow:
        """Let Ana's reply go out, and say what came of it: nothing yet, unless told."""
        mention = self.reviewed("approve")
        assert self.house.publish(self.ana, mention).ok
        now = self.house.scene.now

        def end(session: Session) -> None:
            row = publications.in_flight(session, mention.id)
            assert row is not None
            if came_of_it == DraftState.UNCLEAR:
                values = {"state": str(PublicationState.UNCLEAR), "sending_at": now}
                publications.answer(session, row.id, PublicationState.DUE, **values)
            publications.free_draft(session, row, came_of_it, now)

        if came_of_it != DraftState.PUBLISHING:
            self.house.scene.database.write(end)
        return mention

    def moderated(self) -> MentionRow:
        """Let Ana's reply be with the network, and wait for its moderators."""
        mention = self.sent()

        def keep(session: Session) -> None:
            row = publications.in_flight(session, mention.id)
            assert row is not None
            publications.answer(session, row.id, PublicationState.DUE, state=str(PublicationState.HELD))

        self.house.scene.database.write(keep)
        return mention

    def answered(self) -> MentionRow:
        """Let Ana's reply stand there, posted by hand."""
        self.charter(ReplyRules(), review=NO_REVIEW)
        mention = self.claimed()
        assert self.house.draft(self.ana, mention, REPLY).ok
        url = f"https://bsky.app/profile/acme.example/post/r{mention.id}"
        posted = self.house.scene.do(PostedReply(who=self.ana, reference=at(mention), url=url))
        assert posted.ok
        ours = self.house.scene.posted("", external_id=f"r{mention.id}", url=url)
        self.house.scene.ingest(ours)
        self.charter()
        return mention

    def answered_back(self) -> MentionRow:
        """Let Kim answer what Ana replied."""
        mention = self.answered()
        said = "Thank you, Ana! It is here. One more thing: may I keep the second anvil?"
        more: dict[str, object] = {
            "external_id": f"k{mention.id}",
            "reply_to": f"r{mention.id}",
            "author": KIM,
            "url": f"https://bsky.app/profile/sample_kim.bsky.social/post/k{mention.id}",
        }
        self.house.scene.pass_time(minutes=12)
        self.house.scene.ingest(self.house.scene.posted(said, published_at=self.house.scene.now, **more))
        return mention

    def done(self, command: type[ResolveMention] | type[DismissMention]) -> MentionRow:
        """Close what Ana has."""
        mention = self.claimed()
        self.house.scene.pass_time(minutes=41)
        assert self.house.scene.do(command(who=self.ana, reference=at(mention))).ok
        return mention

    def snoozed(self) -> MentionRow:
        """Let Ana look at it later."""
        mention = self.claimed()
        assert self.house.scene.do(SnoozeMention(who=self.ana, reference=at(mention), until="2h")).ok
        return mention

    def moved(self) -> MentionRow:
        """Let it be another department's."""
        mention = self.arrive("The invoice app crashes when I open an invoice on Android 15.")
        asked = HandOffMention(who=self.ana, reference=at(mention), department="support", note="An app matter.")
        assert self.house.scene.do(asked).ok
        return mention

    def pictured(self) -> MentionRow:
        """Let Kim show a picture and a video, and say nothing of when."""
        picture = Media(kind=MediaKind.PICTURE, url=PICTURE, alt="Two anvils where one was ordered")
        video = Media(kind=MediaKind.VIDEO, alt="The coyote looks up")
        return self.arrive("Your refund form looks like this.", media=(picture, video), published_at=None)

    def all(self) -> dict[str, Card]:
        """Return a card in every state, by its name."""
        steps: dict[str, Callable[[], MentionRow]] = {
            "new": self.arrive,
            "pictured": self.pictured,
            "long": lambda: self.arrive(
                "A refund, please. " + "I waited for it, and then I waited for it more. " * 120
            ),
            "claimed": self.claimed,
            "in review": self.reviewed,
            "changes": lambda: self.reviewed("changes", remark="Say when the money arrives."),
            "approved": lambda: self.reviewed("approve"),
            "on its way": self.sent,
            "in moderation": self.moderated,
            "unclear": lambda: self.sent(DraftState.UNCLEAR),
            "failed": lambda: self.sent(DraftState.FAILED),
            "answered": self.answered,
            "author answered": self.answered_back,
            "snoozed": self.snoozed,
            "resolved": lambda: self.done(ResolveMention),
            "dismissed": lambda: self.done(DismissMention),
            "kept back": lambda: keep_back(self.house.scene, self.arrive()),
            "moved": self.moved,
        }
        drawn = {name: self.drawn(step()) for name, step in steps.items()}
        return drawn | {"moved": replace(drawn["moved"], moved_to=THERE)}
