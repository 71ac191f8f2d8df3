"""A row of the log: who changed what of a mention, as it was before and after."""

from handlers.base.command import Context
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.tables.states import Action


def log_row(
    context: Context, seen: MentionRow, changed: MentionRow, action: Action, remark: str = ""
) -> ownership.Change:
    """Return the row that says what the actor made of a mention, or nobody did."""
    actor = context.actor
    return ownership.Change(
        mention_id=changed.id,
        action=action,
        via=context.via,
        at=context.now,
        actor_id=actor.id if actor else None,
        actor_department_id=actor.department_id if actor else None,
        from_owner_id=seen.owner_id,
        to_owner_id=changed.owner_id,
        from_department_id=seen.department_id,
        to_department_id=changed.department_id,
        remark=remark,
        salt=context.random.randbytes(16).hex() if remark else "",
    )
