"""Held: a mention that is kept back stands without a card until somebody brings it forth, and whoever works on it does.

What is held was stored, is listed and counted with its reason, and has not arrived yet: no clock of it runs, and nobody
is late with it. What a storm folds arrived all the same, for its card is another one and its clocks run. A claim, a
draft, an answer of its author: whatever makes it somebody's work brings it forth first, in the same transaction. A note
does not, nor does what closes it, so that noise can be put away without a card for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from handlers.base.actions import ActionKind, of_kind
from handlers.base.command import Context
from handlers.channels.placement import place_cards
from handlers.own.clocks import begin_clocks
from handlers.own.fold import show_lead
from handlers.own.log_row import log_row
from storage.channels import messages
from storage.engine.database import touch
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.tables.states import FOLDED, Action, Via

# What leaves it as it is; all else makes it somebody's work.
_STAYS = of_kind(
    ActionKind.ARRIVAL,
    ActionKind.REMARK,
    ActionKind.CLOSING,
    ActionKind.ACCOUNT,
    ActionKind.TIME,
    ActionKind.ASIDE,
)


def is_brought_forth_by(action: Action, via: Via) -> bool:
    """Say whether what was done makes work of a mention that was held; what dibs.toml moves stays held where it is."""
    return action not in _STAYS and via != Via.CONFIG


def bring_forth(context: Context, seen: MentionRow, changed: MentionRow | None = None) -> bool:
    """Let a held mention have its card; of any number who try at once, one does.

    Args:
        context: Who does it, and how.
        seen: The mention as it was, held or not.
        changed: As it is by what was done to it, where that is what brings it forth.

    Returns:
        False when it is not held: then nothing was done.
    """
    if not bring_all_forth(context, [seen], {seen.id: changed or seen}):
        return False
    show_lead(context.session, seen)
    return True


def bring_all_forth(
    context: Context, held: Sequence[MentionRow], changed: Mapping[int, MentionRow] = MappingProxyType({})
) -> int:
    """Let held mentions have their cards, and where they had not arrived, arrive; returns how many were still held.

    They arrive as they were, for what was done to them comes after that; their cards are placed where they are by it.

    Args:
        context: Who does it, and how.
        held: The mentions as they were.
        changed: As they are by what was done to them, by number, where they are not as they were.
    """
    session = context.session
    lifted = [row for row in held if row.held and mentions.lift(session, row.id)]
    arriving = [row for row in lifted if row.held not in FOLDED]
    rows: list[ownership.Change] = []
    for row in lifted:
        rows += [log_row(context, row, row, Action.SHOWN)]
        rows += [_arrived(context, row)] if row.held not in FOLDED else []
    ownership.log(session, *rows)
    begin_clocks(session, context.organisation, arriving, context.now)
    place_cards(session, [changed.get(row.id, row) for row in lifted], context.organisation, context.now)
    for row in lifted:
        messages.touch(session, row.id, by_person=context.actor is not None)
        touch(session, row.id)
    return len(lifted)


def _arrived(context: Context, row: MentionRow) -> ownership.Change:
    change = log_row(replace(context, actor=None), row, row, Action.ARRIVED)
    return replace(change, from_owner_id=None, to_owner_id=None, from_department_id=None)
