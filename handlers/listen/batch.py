"""A batch: what one source showed at once, while it is written down."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from handlers.base.command import Context, as_system
from handlers.base.events import Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.listen.appraise import Appraisals
from handlers.listen.arrival import Arriving
from handlers.listen.follow_ups import is_ours
from handlers.text.match import Matcher
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.listen.posts import PostRow
from storage.own.mentions import MentionRow
from storage.tables.states import PostRole, Via

# Posts whose text stands on the card, and those that stand on the mention's page alone.
_SHOWN = (PostRole.ORIGINAL, PostRole.FOLLOW_UP, PostRole.SIGHTING)
_BESIDE = (PostRole.OURS, PostRole.THREAD)


@dataclass(slots=True)
class Batch:
    """What is known while posts of one source are written down, and what was worked out of them before.

    Attributes:
        threads: What the public thread of a post is called, by external id (``handlers.listen.threads``).
        to_us: External ids of what answers something that we said.
        goes_on: Of a new card whose public thread had others before: the reference of the last of them.
    """

    session: Session
    rules: SourceRules
    matcher: Matcher
    organisation: Organisation
    now: datetime
    random: Random
    appraisals: Appraisals
    threads: dict[str, str] = field(default_factory=dict)
    to_us: set[str] = field(default_factory=set)
    goes_on: dict[str, str] = field(default_factory=dict)

    @property
    def arriving(self) -> Arriving:
        """From where posts arrive, and when."""
        return Arriving(
            session=self.session,
            organisation=self.organisation,
            source=self.rules.name,
            now=self.now,
            random=self.random,
        )

    def context(self, found: MentionRow) -> Context:
        """Return the context in which the source changes a mention."""
        return as_system(self.session, self.organisation, self.now, self.random, via=Via.SOURCE, found=found)

    def may_be_answered(self, event: Posted) -> bool:
        """Say whether a new post may become a mention or a turn of a talk, so that its answers may belong to it."""
        mention = self.appraisals[event.external_id].decision is not None
        return mention or bool(event.reply_to) or is_ours(self.rules, event.author)

    def show(self, mention_id: int) -> None:
        """Let the cards of a mention be drawn again; its version does not rise, nothing changed hands."""
        messages.touch(self.session, mention_id, by_person=False)
        touch(self.session, mention_id)

    def show_post(self, post: PostRow) -> None:
        """Let what shows a post be drawn again: cards, or the page of its mention alone."""
        if post.mention_id is not None and post.role in _SHOWN:
            self.show(post.mention_id)
        elif post.mention_id is not None and post.role in _BESIDE:
            touch(self.session, post.mention_id)
