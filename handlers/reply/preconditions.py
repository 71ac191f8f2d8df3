"""Preconditions: what every step of a reply stands on: the mention, its post, its source's charter, and the living
drafts.

Whoever changes a draft holds the mention first, on PostgreSQL by its row. What is decided over all drafts, above all
whether the mention is ``in_review``, is then decided on what is there, and a verb of ownership that comes at the same
moment finds another version and looks again. So one rule holds at every commit: a mention is ``in_review`` if and
only if one of its drafts waits for a second person. When none waits any more, it falls back to how it would stand
without them: answered, if that was the last that befell it, else with its owner or with nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base.actions import ActionKind, of_kind
from handlers.base.cards import one_line
from handlers.base.charter import Charter
from handlers.base.command import Context
from handlers.base.errors import BotError, OutOfDate, WrongInput
from handlers.base.organisation import Organisation, SourceRules
from handlers.base.talk import Speaker, Talk, Turn, read_talk
from handlers.channels.notify import ASKED
from handlers.own.transition import record
from handlers.text.bounds import random_token
from storage.channels import messages
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import AuthorRow
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.people.people import DepartmentRow
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.tables.states import Action, DraftState, Status

TOKEN_LENGTH = 8
_LABEL = 75
# What a mention may stay as while its drafts come and go, by the last of these that befell it.
_DECIDING = of_kind(ActionKind.HANDS, ActionKind.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is so at this moment.

    Attributes:
        talk: What its author and we said there.
        author: Who wrote it, where the source says so.
        owning: The department that owns the mention.
        living: The drafts that may still become a reply, oldest first.
    """

    session: Session
    organisation: Organisation
    mention: MentionRow
    rules: SourceRules
    talk: Talk
    author: AuthorRow | None
    owning: DepartmentRow
    living: tuple[DraftRow, ...]

    @property
    def charter(self) -> Charter:
        """The charter of the source."""
        return self.rules.charter

    @property
    def post(self) -> Turn:
        """The post that a reply answers: the author's latest."""
        return self.talk.answered

    @property
    def asked(self) -> str:
        """All that the author said and still stands, the latest last."""
        return "\n".join(one.words for one in self.talk.turns if one.who == Speaker.THEY and not one.gone)

    @property
    def where(self) -> str:
        """Where a reply is sent, as people call it."""
        return self.rules.where(self.post.url)

    def own(self, person_id: int) -> DraftRow | None:
        """Return the living draft of a person, or None."""
        return next((one for one in self.living if one.person_id == person_id), None)

    def among(self, *states: DraftState) -> list[DraftRow]:
        """Return the living drafts that are in one of these states."""
        return [one for one in self.living if one.state in states]


def load(session: Session, organisation: Organisation, mention: MentionRow) -> Ground:
    """Look at a mention without holding it, as forms do."""
    talk = read_talk(session, mention.id)
    author_id = talk.turns[0].author_id
    authors = posts.authors(session, {author_id}) if author_id else {}
    return Ground(
        session=session,
        organisation=organisation,
        mention=mention,
        rules=organisation.source(mention.source),
        talk=talk,
        author=authors.get(author_id or 0),
        owning=people.department_of(session, mention.department_id),
        living=tuple(drafts.living(session, mention.id)),
    )


def lock(context: Context) -> Ground:
    """Hold the mention that the command names until the commit, and look at it."""
    context.found = mentions.hold(context.session, context.mention.id)
    return load(context.session, context.organisation, context.found)


def reload(context: Context) -> Ground:
    """Look again at the mention that is held, after something was changed."""
    context.found = mentions.get(context.session, context.mention.id)
    return load(context.session, context.organisation, context.found)


def record_step(context: Context, action: Action, remark: str = "", **values: Any) -> None:
    """Log a step of a reply, let the status follow the drafts, and let the cards show it.

    Args:
        context: Its mention is held.
        action: What was done.
        remark: What was typed beside it.
        values: What else becomes of the mention with this step.
    """
    seen = context.mention
    status = _status(context, Status(values.pop("status", seen.status)), values.get("owner_id", seen.owner_id))
    if status != seen.status:
        values |= {"status": str(status), "snoozed_until": None}
    changed = mentions.swap(context.session, seen, context.now, **values) if values else seen
    if changed is None:
        raise BotError(f"#{seen.token} is changing this very moment. Please try again.")
    record(context, seen, changed, action, remark)
    if seen.status == Status.IN_REVIEW:
        messages.touch_notices(context.session, changed.id, ASKED)
    context.found = changed


def _status(context: Context, status: Status, owner_id: int | None) -> Status:
    """Return what the mention's status is, now that its drafts are as they are."""
    waits = any(one.state == DraftState.IN_REVIEW for one in drafts.living(context.session, context.mention.id))
    if waits:
        return Status.IN_REVIEW
    if status != Status.IN_REVIEW:
        return status
    if _is_answered(context):
        return Status.RESPONDED
    return Status.NEW if owner_id is None else Status.CLAIMED


def _is_answered(context: Context) -> bool:
    """Say whether a reply of ours is the last that befell the mention, but for drafts; its author has said no more."""
    session, mention_id = context.session, context.mention.id
    action, actor_id = ownership.last_action(session, mention_id, _DECIDING) or ("", None)
    if action != Action.RESPONDED:
        return False
    if actor_id is None:  # posted by hand: what its author wrote after it stands behind it in the log
        return True
    since = publications.last_sent(session, mention_id)
    return since is not None and not posts.followed_since(session, mention_id, since)


def draw_token(context: Context) -> str:
    """Draw the token of a new draft."""
    return random_token(context.random, TOKEN_LENGTH)


def written_as(draft: DraftRow) -> str:
    """Return how a form names the text that it shows: whoever answers, answers that version and no later one."""
    return f"{draft.token}.{draft.version}"


def label(name: str, draft: DraftRow) -> str:
    """Return what a draft is called where one of several is chosen: whose it is, and how it begins."""
    return one_line(f"{name}: {draft.text}", _LABEL)


def names_of(session: Session, rows: Sequence[DraftRow]) -> dict[int, str]:
    """Return the names of those who wrote drafts, by person."""
    return people.names(session, [one.person_id for one in rows])


@dataclass(frozen=True, slots=True)
class Chosen:
    """A draft that was chosen; ``read`` says that the choice named the version that was read."""

    draft: DraftRow
    read: bool


def choose(value: str, candidates: Sequence[DraftRow]) -> Chosen | None:
    """Return the draft that is meant: the one that was named, else the only one; None when it has to be chosen.

    Raises:
        WrongInput: What was named is none of the candidates.
        OutOfDate: It was named in a version that it had before.
    """
    if not value:
        return Chosen(candidates[0], read=False) if len(candidates) == 1 else None
    token, _, version = value.strip().lower().partition(".")
    found = next((one for one in candidates if one.token == token), None)
    if found is None:
        sentence = "That draft is not there to choose any more. Please look at the card again."
        raise WrongInput(sentence, {"draft": sentence})
    if version and version != str(found.version):
        raise OutOfDate("That draft was changed since it was shown to you. Please read it again.")
    return Chosen(found, read=bool(version))
