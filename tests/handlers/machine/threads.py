"""The model, third part: what stands on the card of a public thread, restated from the rules and not from the code.

Of a thread, what arrives while a card of it is open stands on that of the first; what somebody splits off, or works on,
has its own; what nobody has goes back there. Where the card is closed or goes elsewhere, the next has one, and the
others stand on that. What is muted has none until somebody shows it.
"""

from collections.abc import Sequence

from tests.handlers.machine.owning import ASIDE
from tests.handlers.machine.replying import Mention

HOME = "finance"  # what arrives is theirs


def beside(model: Sequence[Mention], lead: int) -> list[int]:
    """Return what stands on the card of a mention and is not closed."""
    return [number for number, one in enumerate(model) if one.lead == lead and not one.closed]


def open_card(model: Sequence[Mention], thread: int, department: str, but: int | None = None) -> int | None:
    """Return the first of a thread on whose card another may stand."""
    for number, one in enumerate(model):
        here = one.thread == thread and one.department == department and number != but
        if here and not one.held and one.status not in ASIDE:
            return number
    return None


def arrives(model: list[Mention], one: Mention) -> None:
    """Let a mention arrive: held as muted, on the card of its thread, or with its own."""
    if any(other.muted_for == HOME and other.thread == one.thread for other in model):
        one.hold("muted")
    elif (lead := open_card(model, one.thread, HOME)) is not None:
        one.hold("thread", lead)
    model.append(one)


def join(model: Sequence[Mention], number: int, who: str) -> bool:
    """What nobody has, and nobody wrote a reply to, goes on the card of its thread, if others do not stand on its."""
    one = model[number]
    if one.held == "thread":
        return True
    lead = open_card(model, one.thread, one.department, but=number)
    busy = one.owner is not None or one.status != "new" or one.living or beside(model, number)
    if one.held or busy or lead is None:
        return False
    one.joins(who, lead)
    return True


def mute(model: Sequence[Mention], number: int, who: str) -> bool:
    """Nothing more of a thread has a card at its home, once each; only what has others in its thread has one."""
    one = model[number]
    told = one.tells_thread or beside(model, number)
    if not told or any(other.muted_for == one.department and other.thread == one.thread for other in model):
        return False
    one.muted_for = one.department
    one.step("muted", who)
    return True


def move_on(model: Sequence[Mention]) -> None:
    """Where a card is closed, or stands elsewhere, the first of those that stand on it has one."""
    for lead, first in enumerate(model):
        adrift = [one for one in beside(model, lead) if first.closed or model[one].department != first.department]
        for number in adrift[:1]:
            model[number].comes_forth(None)
            for other in adrift[1:]:
                model[other].lead = number
