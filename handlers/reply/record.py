"""Record: what is written down once a reply stands in public, whoever saw it there.

The reply becomes a post of the mention, so that it is never taken for a new one and its answers find their way home;
the clock of the first response is set once; the drafter becomes the owner where nobody is, by the press of whoever sent
it; and the status follows, unless the mention is closed or its author was quicker than our bookkeeping and has answered
already.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handlers.base.command import Actor, Context
from handlers.base.errors import BotError
from handlers.base.events import Posted, content_digest
from handlers.base.talk import read_talk
from handlers.own.transition import Transition, transition
from handlers.reply.preconditions import record_step
from handlers.text.bounds import MAX_ID, MAX_URL, clip
from handlers.text.urls import canonical_url
from storage.listen import our_side, posts
from storage.own import marks, mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import CLOSED, Action, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedReply:
    """A reply that stands in public.

    Attributes:
        external_id: The source's own name for it, or empty where only its address is known.
        drafter_id: Who wrote it: the log says that they answered.
        sender_id: Whose press sent it.
        since: It may have stood there from this moment on.
        seen_by: What the log should say of how we know, or empty.
        counted: A source had shown it already, and it was counted as an answer of ours then.
    """

    external_id: str
    url: str
    text: str
    drafter_id: int
    sender_id: int
    since: datetime
    seen_by: str = ""
    counted: bool = False


def person_as_actor(context: Context, person_id: int) -> Actor:
    """Return a person as the one who acts on the mention, for what is done in their name."""
    person = people.get(context.session, person_id)
    department_id = _acted_for(context, person_id)
    return Actor(id=person_id, name=person.name, department_id=department_id, timezone=person.timezone)


def _acted_for(context: Context, person_id: int) -> int | None:
    """Return the department for which a person drafted the reply, or else sent it.

    Who belongs to two departments wrote it in the channel of one of them, and that is the one which answered.
    """
    session, acting = context.session, context.actor
    accounts = {person_id, *people.formerly(session, person_id)}
    drafted_for = ownership.department_in(session, context.mention.id, accounts, Action.DRAFTED)
    if drafted_for is not None:
        return drafted_for
    if acting is not None and acting.id == person_id and acting.department_id is not None:
        return acting.department_id
    sent_for = ownership.department_in(session, context.mention.id, accounts, Action.PUBLISHING)
    own = people.department_ids(session, person_id)
    return sent_for or (own[0] if own else None)


def own_by_reply(context: Context, owner_id: int) -> None:
    """Make somebody the owner of what nobody has, because the actor sent their reply; the mention is held.

    Nobody claimed: the log says what happened. It begins the clock of the first claim all the same, which tells since
    when somebody has it.
    """
    values: dict[str, Any] = {"owner_id": owner_id, "status": str(Status.CLAIMED), "snoozed_until": None}
    if context.mention.first_claimed_at is None:
        values["first_claimed_at"] = context.now
    record_step(context, Action.OWNED_BY_REPLY, **values)


def record_published(context: Context, reply: PublishedReply) -> MentionRow:
    """Write down that the mention was answered; returns it as it is now."""
    session = context.session
    writer = replace(context, actor=person_as_actor(context, reply.drafter_id))
    _keep_post(writer, reply)
    marks.mark_responded(session, context.mention.id, context.now)
    seen = writer.found = mentions.hold(session, context.mention.id)
    moves = seen.status not in CLOSED
    if moves and seen.owner_id is None and people.is_active(session, reply.drafter_id):
        sender = replace(writer, actor=person_as_actor(context, reply.sender_id))
        own_by_reply(sender, reply.drafter_id)
        writer.found = sender.mention
    if reply.counted:
        record_step(writer, Action.NOTED, reply.seen_by)
        return writer.mention
    answered_already = posts.followed_since(session, seen.id, reply.since)
    status: dict[str, Any] = {"status": str(Status.RESPONDED)} if moves and not answered_already else {}
    record_step(writer, Action.RESPONDED, reply.seen_by, **status)
    return writer.mention


def _keep_post(context: Context, reply: PublishedReply) -> None:
    url = clip(reply.url, MAX_URL)
    canonical = canonical_url(url)
    external_id = clip(reply.external_id or (f"{our_side.BY_HAND}{canonical or url}" if url else ""), MAX_ID)
    if not external_id:
        return
    values = {
        "source": context.mention.source,
        "external_id": external_id,
        "url": url,
        "canonical_url": canonical,
        "text": reply.text,
        "digest": content_digest(Posted(external_id=external_id, text=reply.text)),
        "published_at": reply.since,
        "ingested_at": context.now,
        "reply_to": read_talk(context.session, context.mention.id).answered_at(reply.since).external_id,
    }
    taken_for = our_side.keep_our_side(context.session, context.mention.id, values)
    if taken_for is not None:
        _put_right(replace(context, found=mentions.get(context.session, taken_for)), context.mention.token)


def _put_right(context: Context, token: str) -> None:
    """Dismiss the mention that our own reply was taken for; one that has an owner is left to them, with a note."""
    remark = f"This is our own reply to #{token}."

    def decide(seen: MentionRow) -> Transition:
        if seen.owner_id is not None or seen.status in CLOSED:
            raise BotError("It is not to be had.")
        values = {"status": str(Status.DISMISSED), "snoozed_until": None}
        return Transition(action=Action.DISMISSED, values=values, remark=remark)

    nobody = replace(context, actor=None)
    with suppress(BotError):
        transition(nobody, decide)
        return
    nobody.found = mentions.hold(context.session, context.mention.id)
    record_step(nobody, Action.NOTED, remark)
