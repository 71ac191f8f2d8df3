"""Asked: whoever may read a draft hears that it waits for them, once a version of it, by a message of its own.

A card that changes tells nobody. So where a second person in general reads, a reply to the card stands in the channel
(a post of its own where a platform has no replies that are heard); where a department reads, its members are told
directly, and a large one, or one that nobody can write to, in its own channel. Whoever owns the mention hears of it
too, where somebody else wrote. Nobody is told of what they wrote or just asked for themselves.

What stands there is no more than a pointer to the draft. It is drawn as the draft is now, so once that is decided, in
whatever way, it is one line that says how.
"""

from handlers.base.cards import Notice
from handlers.base.charter import NO_REVIEW, SECOND_PERSON
from handlers.base.command import Context
from handlers.base.stored import to_json
from handlers.base.verb import button
from handlers.channels.notify import ASKED, notice_about, send_direct
from handlers.channels.placement import lane_of_home, targets
from handlers.reply import review, rights
from handlers.reply.preconditions import Ground
from storage.channels import messages
from storage.engine.database import Session
from storage.people import people
from storage.people.people import DepartmentRow
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import DraftState, MessageKind, Verdict

# How many are told one by one.
MOST_TOLD = 10


def asked_as(draft: DraftRow) -> str:
    """Return what a draft is called that somebody is asked to read: the version, and since which consent to it."""
    return ":".join(filter(None, (draft.token, str(draft.version), draft.approved_digests)))


def tell_readers(context: Context, ground: Ground, draft: DraftRow) -> None:
    """Let those who may read a draft that waits now hear of it; of the same version they hear once."""
    department = None
    if ground.charter.review not in (NO_REVIEW, SECOND_PERSON):
        department = people.department(context.session, ground.charter.review)
    if department is None:
        _post_at_home(context, ground, draft)
    elif not _tell_members(context, ground, draft, department):
        _post_in(context, ground, draft, department)
    _tell_owner(context, ground, draft)
    # Where it stood already, it waits again.
    messages.touch_notices(context.session, draft.mention_id, f"{ASKED}{asked_as(draft)}:")


def _post_at_home(context: Context, ground: Ground, draft: DraftRow) -> None:
    """Post a reply to the mention's card, wherever that stands."""
    text = f"{_reply_of(ground.session, draft, ground.mention.token)} waits for a second person to read it."
    for target in targets(context.session, context.organisation).get(ground.mention.department_id, []):
        card = f"card:{draft.mention_id}:{target.channel}"
        _put(context, draft, target.lane_id, target.channel, _notice(context, draft, text), below=card)


def _post_in(context: Context, ground: Ground, draft: DraftRow, department: DepartmentRow) -> None:
    """Post in the homes of the department that reads."""
    text = f"{_reply_of(ground.session, draft, ground.mention.token)} waits for somebody of {department.name}."
    for home in people.homes(context.session, department.id):
        _put(context, draft, lane_of_home(context.session, home), home.channel, _notice(context, draft, text))


def _put(context: Context, draft: DraftRow, lane_id: int, channel: str, notice: Notice, below: str = "") -> None:
    messages.put(
        context.session,
        key=f"{ASKED}{asked_as(draft)}:{channel}",
        lane_id=lane_id,
        kind=MessageKind.NOTICE,
        mention_id=draft.mention_id,
        body=to_json(notice),
        below=below,
        now=context.now,
    )


def _tell_members(context: Context, ground: Ground, draft: DraftRow, department: DepartmentRow) -> bool:
    """Tell the members of the department that reads, where they are few; False where nobody was told."""
    readers = rights.readers(ground, department, draft)
    if len(readers) > MOST_TOLD:
        return False
    name = people.names(context.session, [draft.person_id])[draft.person_id]
    text = f"{name} asks you to read a reply to #{ground.mention.token}."
    told = [_tell(context, draft, one, _notice(context, draft, text)) for one in readers if one != context.person.id]
    return any(told)


def _tell_owner(context: Context, ground: Ground, draft: DraftRow) -> None:
    owner = ground.mention.owner_id
    if owner is None or owner in (draft.person_id, context.person.id):
        return
    may = not rights.may_review(ground, rights.standing(context.session, context.organisation, owner), draft)
    waits = f"waits for {rights.reviewers(ground)} to read it"
    text = f"{_reply_of(ground.session, draft, ground.mention.token)}, which you have, {waits}."
    _tell(context, draft, owner, _notice(context, draft, text, offered=may))


def _tell(context: Context, draft: DraftRow, person_id: int, notice: Notice) -> bool:
    key = f"{ASKED}{asked_as(draft)}"
    return send_direct(context.session, person_id, key, notice, context.now, mention_id=draft.mention_id)


def _notice(context: Context, draft: DraftRow, text: str, *, offered: bool = True) -> Notice:
    offer = button(review.VERB, context.mention) if offered else None
    return notice_about(context.session, context.mention, text, offer, asked_as(draft))


def _reply_of(session: Session, draft: DraftRow, token: str) -> str:
    return f"{people.names(session, [draft.person_id])[draft.person_id]}'s reply to #{token}"


_SAID = {
    Verdict.APPROVED: "approved",
    Verdict.CHANGES_REQUESTED: "asked for changes to",
    Verdict.REJECTED: "rejected",
}
_ENDED = {
    DraftState.WITHDRAWN: "was withdrawn",
    DraftState.SUPERSEDED: "gave way to another one",
}


def how_decided(session: Session, asked: str, token: str) -> str:
    """Say in one line what became of a draft that somebody was asked to read; empty while it waits.

    Args:
        session: Reads.
        asked: What the draft was called when it was asked about (``asked_as``).
        token: Of its mention.
    """
    named, _, rest = asked.partition(":")
    version = int(rest.partition(":")[0])
    draft = drafts.by_token(session, named)
    if draft is None:
        return f"The reply to #{token} is not there any more."
    if draft.state == DraftState.IN_REVIEW and asked_as(draft) == asked:
        return ""
    reply = _reply_of(session, draft, token)
    said = drafts.last_review(session, draft.id, version)
    if said is not None:
        name = people.names(session, [said.person_id])[said.person_id]
        return f"Decided: {name} {_SAID[Verdict(said.verdict)]} {reply}."
    if draft.version != version:
        return f"{reply} was changed before anybody decided."
    return f"{reply} {_ENDED.get(DraftState(draft.state), 'waits for nobody to read it any more')}."
