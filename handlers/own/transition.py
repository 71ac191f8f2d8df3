"""Transitions: what all verbs share.

A verb looks at the mention as it stands, says what it should become or refuses, and the change is written only if
the mention still is what was looked at. If somebody was quicker, the verb looks again: so the rule of right is
applied to the state that is really replaced, on both databases, without holding a lock while it thinks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handlers.base.cards import Field
from handlers.base.command import ByToken, Context, MentionCommand
from handlers.base.errors import BotError, MentionClosed, NotYours, OutOfDate
from handlers.base.right import may_change
from handlers.channels.notify import ASKED, tell_person
from handlers.own.clocks import keep_time, since_when
from handlers.own.fold import show_lead
from handlers.own.held import bring_forth, is_brought_forth_by
from handlers.own.log_row import log_row
from storage.channels import messages
from storage.engine.database import touch
from storage.own import left, mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import drafts
from storage.tables.states import CLOSED, Action, Status

_TRIES = 8
REMARK = Field(name="note", label="Note", kind="text", required=False, hint="Why, for colleagues and the log.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What a mention is to become; fields that are not named stay."""

    action: Action
    values: dict[str, Any]
    remark: str = ""


Decide = Callable[[MentionRow], Transition]


def transition(context: Context, decide: Decide) -> MentionRow:
    """Apply ``decide`` to the mention, log it, and let every card of the mention show it.

    Returns:
        The mention as it is now.

    Raises:
        BotError: ``decide`` refused.
    """
    seen = context.mention
    for _ in range(_TRIES):
        become = decide(seen)
        values = _waiting_on(seen, become.values)
        if "owner_id" not in values and is_left(context, seen):
            values = values | {"owner_id": None}  # whoever closes it or puts it off does so for nobody
        changed = mentions.swap(context.session, seen, context.now, **values)
        if changed is not None:
            if seen.status == Status.IN_REVIEW != changed.status:
                _end_review(context, changed)
            record(context, seen, changed, become.action, become.remark)
            return changed
        seen = mentions.get(context.session, seen.id)
    raise BotError("Too many people are changing this mention at once. Please try again.")


def _waiting_on(seen: MentionRow, values: dict[str, Any]) -> dict[str, Any]:
    """A draft that waits for a second person waits on, whoever has the mention now."""
    if seen.status == Status.IN_REVIEW and values.get("status") in (Status.NEW, Status.CLAIMED):
        return values | {"status": str(Status.IN_REVIEW)}
    return values


def _end_review(context: Context, changed: MentionRow) -> None:
    """Keep the drafts of what is set aside or closed, but let none of them wait any more; their writers are told."""
    for draft in drafts.leave_review(context.session, changed.id, context.now):
        if context.actor is None or draft.person_id != context.actor.id:
            text = f"#{changed.token} is {changed.status} now. Your draft is kept, but it waits for no review any more."
            tell_person(context, draft.person_id, changed, text)
    messages.touch_notices(context.session, changed.id, ASKED)


def record(context: Context, seen: MentionRow, changed: MentionRow, action: Action, remark: str = "") -> None:
    """Log a change, move the clocks by it, and raise the version of what shows the mention.

    What was held has its card first, where what was done makes work of it. A clock that was late by then, of which no
    step had told yet, is told of first: it would stand in no log otherwise.
    """
    if seen.held and is_brought_forth_by(action, context.via):
        bring_forth(context, seen, changed)
    late = keep_time(context, seen, changed, action)
    told = [log_row(replace(context, actor=None), seen, seen, Action.LATE, since_when(one)) for one in late]
    ownership.log(context.session, *told, log_row(context, seen, changed, action, remark))
    actor = context.actor
    messages.touch(context.session, changed.id, by_person=actor is not None)
    show_lead(context.session, changed)
    touch(context.session, changed.id)


def require_open(seen: MentionRow) -> None:
    """Refuse what is closed.

    Raises:
        MentionClosed: It was resolved or dismissed.
    """
    if seen.status in CLOSED:
        raise MentionClosed(f"#{seen.token} is {seen.status} already. Reopen it first.")


def is_left(context: Context, seen: MentionRow) -> bool:
    """Say whether its owner is not here any more, so that it is anybody's who is."""
    if seen.owner_id is None or (context.actor is not None and seen.owner_id == context.actor.id):
        return False
    return bool(left.among(context.session, [seen.id]))


def require_right(context: Context, seen: MentionRow) -> None:
    """Refuse to change what somebody else owns.

    Raises:
        NotYours: Somebody else is the owner.
    """
    if not may_change(seen.owner_id, context.actor.id if context.actor else None) and not is_left(context, seen):
        raise NotYours(f"{owner_name(context, seen)} has #{seen.token}. Take it over first if you want to change it.")


def require_current(command: MentionCommand, seen: MentionRow) -> None:
    """Refuse a button or form that was drawn before the last change.

    Raises:
        OutOfDate: The mention changed hands or status since.
    """
    reference = command.reference
    if command.ignores_version or not isinstance(reference, ByToken) or reference.version is None:
        return
    if reference.version != seen.version:
        raise OutOfDate(f"#{seen.token} changed since this was shown to you. Please look at its card and try again.")


def owner_name(context: Context, seen: MentionRow) -> str:
    """Return the owner's name; "Nobody" where there is none."""
    if seen.owner_id is None:
        return "Nobody"
    return people.names(context.session, [seen.owner_id])[seen.owner_id]


def own_department(context: Context) -> str:
    """Return the name of the department for which the actor acts, or nothing."""
    of = context.actor.department_id if context.actor else None
    return people.department_of(context.session, of).name if of is not None else ""


def back_to_work(context: Context, seen: MentionRow) -> dict[str, Any]:
    """Return what waking and reopening give: claimed if that owner is still there, else new."""
    owner = seen.owner_id if seen.owner_id is not None and people.is_active(context.session, seen.owner_id) else None
    status = Status.CLAIMED if owner is not None else Status.NEW
    return {"owner_id": owner, "status": str(status), "snoozed_until": None, "resolved_at": None}


def still_there(context: Context, seen: MentionRow) -> dict[str, Any]:
    """Return the fallback for what a department left behind that is not configured any more."""
    if not people.department_of(context.session, seen.department_id).removed:
        return {}
    fallback = people.department(context.session, context.organisation.fallback)
    return {"department_id": fallback.id} if fallback is not None else {}
