"""Moves: what moves which clock, by the action of the log, in one table; nothing else moves one.

A lease is about its owner. What they do renews it, and it stands still while nothing can be asked of them: while a
draft waits for a second person, a reply is on its way, or may be, the mention is put off, or it is its author's turn.
An answered mention waits for its author and not for its owner, so it does not go back for being quiet; when its author
writes again, the lease begins anew.
"""

from collections.abc import Mapping
from typing import NamedTuple

from handlers.base.clocks import Move
from storage.tables.states import CLOSED, Action, ClockKind, Status

# In these a mention asks nothing of its owner.
_AT_REST = (Status.IN_REVIEW, Status.RESPONDED, Status.SNOOZED)
# Where an answer of ours leaves it in these, its author had written before our answer was written down.
_WAITS_STILL = (Status.NEW, Status.CLAIMED, Status.SNOOZED)


class Stand(NamedTuple):
    """How a mention stands after an action, as far as its clocks depend on it; a tuple, for each claim makes one.

    Attributes:
        owned: Somebody has it: nobody is waited for to claim it then.
        by_owner: They did it.
        in_flight: A reply to it is on its way, or may be.
    """

    status: Status
    owned: bool
    by_owner: bool = False
    in_flight: bool = False

    @property
    def at_rest(self) -> bool:
        """Say whether its owner cannot be asked for anything now."""
        return self.in_flight or self.status in _AT_REST


# Somebody has it from then on.
HELD = (Action.CLAIMED, Action.ASSIGNED, Action.TAKEN_OVER, Action.OWNED_BY_REPLY)
_FREED = (Action.RELEASED, Action.CAME_BACK, Action.RETURNED, Action.HANDED_OFF)
# Steps of a reply, after which a lease runs or stands still as its mention does.
_REPLYING = (
    *(Action.REVIEW_ASKED, Action.APPROVED, Action.CHANGES_REQUESTED, Action.REJECTED, Action.WITHDRAWN),
    *(Action.PUBLISHING, Action.NOT_PUBLISHED, Action.UNCLEAR, Action.IN_MODERATION),
)
# What renews a lease where its owner did it.
_BY_OWNER = (Action.DRAFTED, Action.NOTED)
_ALL = tuple(ClockKind)
_REPLIES = (ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY)
_RENEWS = {ClockKind.LEASE: Move.BEGIN_ANEW}
# Of a lease, ``resume`` means: it runs or stands still as its mention does.
_FOLLOWS = {ClockKind.LEASE: Move.RESUME}
MOVES: Mapping[Action, Mapping[ClockKind, Move]] = {
    Action.ARRIVED: {
        **dict.fromkeys((ClockKind.CLAIM, ClockKind.FIRST_REPLY, ClockKind.RESOLUTION), Move.START),
        **_RENEWS,
    },
    **{action: {ClockKind.CLAIM: Move.MEET, **_RENEWS} for action in HELD},
    **{
        action: {
            ClockKind.CLAIM: Move.BEGIN_ANEW,
            **dict.fromkeys((*_REPLIES, ClockKind.RESOLUTION), Move.REBASE),
            ClockKind.LEASE: Move.DROP,
        }
        for action in _FREED
    },
    Action.RESPONDED: {**dict.fromkeys(_REPLIES, Move.MEET), ClockKind.RESOLUTION: Move.PAUSE, **_RENEWS},
    Action.AUTHOR_ANSWERED: {
        ClockKind.CLAIM: Move.BEGIN_ANEW,
        ClockKind.FIRST_REPLY: Move.RESUME,
        ClockKind.NEXT_REPLY: Move.START,
        ClockKind.RESOLUTION: Move.RESUME,
        **_RENEWS,
    },
    Action.SNOOZED: {ClockKind.CLAIM: Move.PAUSE, **_FOLLOWS},
    Action.WOKEN: {ClockKind.CLAIM: Move.RESUME, **_RENEWS},
    Action.RESOLVED: {
        **dict.fromkeys((ClockKind.CLAIM, *_REPLIES, ClockKind.LEASE), Move.DROP),
        ClockKind.RESOLUTION: Move.MEET,
    },
    Action.DISMISSED: dict.fromkeys(_ALL, Move.DROP),
    Action.JUDGED: dict.fromkeys((ClockKind.CLAIM, *_REPLIES, ClockKind.RESOLUTION), Move.RETARGET),
    Action.REOPENED: {**dict.fromkeys(_ALL, Move.RESUME), **_RENEWS},
    **dict.fromkeys((*_BY_OWNER, Action.CONFIRMED), _RENEWS),
    **dict.fromkeys(_REPLYING, _FOLLOWS),
}


def moves(action: Action, stand: Stand) -> Mapping[ClockKind, Move]:
    """Return what an action, as the log has it, does to the clocks of a mention that stands so after it.

    Of an answer of ours to an author who was quicker than our writing it down, only the first reply is met, for they
    wait again.
    """
    found = dict(MOVES.get(action, {}))
    if action == Action.RESPONDED and stand.status in _WAITS_STILL:
        found = {ClockKind.FIRST_REPLY: Move.MEET, **_RENEWS}
    if stand.owned and found.get(ClockKind.CLAIM) in (Move.START, Move.BEGIN_ANEW, Move.RESUME):
        del found[ClockKind.CLAIM]
    if ClockKind.LEASE in found:
        found[ClockKind.LEASE] = _of_lease(action, found[ClockKind.LEASE], stand)
    return found


def _of_lease(action: Action, move: Move, stand: Stand) -> Move:
    if not stand.owned or stand.status in CLOSED:
        return Move.DROP
    if action in _BY_OWNER and not stand.by_owner:
        move = Move.RESUME
    if stand.at_rest:
        return Move.BEGIN_AT_REST if move == Move.BEGIN_ANEW else Move.PAUSE
    return move
