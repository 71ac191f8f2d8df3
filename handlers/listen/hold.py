"""Hold: which new mentions are kept back, and why; asked in the transaction in which they are written down.

Whatever holds mentions is a function in ``REASONS`` that is asked of a batch at once, so it costs a look-up for all and
not one for each. The first that names one holds it. What must never be kept back is asked after that, and only of what
something would hold: what answers us, and whatever else stands in ``EXEMPTIONS``. What a person brought in never comes
this way.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from handlers.base.events import Posted
from handlers.listen.arrival import Hold
from handlers.listen.batch import Batch
from handlers.listen.points import below_the_line
from handlers.listen.route import Decision
from storage.listen import posts
from storage.tables.states import PostRole

New = tuple[Posted, Decision]
Reason = Callable[[Batch, Sequence[New]], Mapping[str, Hold]]
Exemption = Callable[[Batch, Sequence[Posted]], Collection[str]]


def answers_us(batch: Batch, events: Sequence[Posted]) -> Collection[str]:
    """Find those that answer a reply of ours, whoever wrote them."""
    wanted = {event.reply_to for event in events if event.reply_to}
    known = posts.answerable(batch.session, batch.rules.name, wanted) if wanted else {}
    ours = {name for name, one in known.items() if one.role == PostRole.OURS}
    return [event.external_id for event in events if event.reply_to in ours]


# What may keep a new mention back, in this order, and what none of it may.
REASONS: tuple[Reason, ...] = (below_the_line,)
EXEMPTIONS: tuple[Exemption, ...] = (answers_us,)


def hold_back(batch: Batch, new: Sequence[New]) -> dict[str, Hold]:
    """Return which new mentions are kept back, by external id, and why."""
    held: dict[str, Hold] = {}
    for holds in REASONS:
        free = [one for one in new if one[0].external_id not in held]
        held |= holds(batch, free) if free else {}
    for name in exempt(batch, [event for event, _ in new if event.external_id in held]):
        del held[name]
    return held


def exempt(batch: Batch, events: Sequence[Posted]) -> set[str]:
    """Return the external ids of those posts that must never be kept back."""
    return {name for asks in EXEMPTIONS for name in asks(batch, events)} if events else set()
