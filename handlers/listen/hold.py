"""Hold: which new mentions are kept back, and why; asked in the transaction in which they are written down.

Whatever holds mentions is a function in ``REASONS`` that is asked of a batch at once, so it costs a look-up for all and
not one for each. The first that names one holds it. What must never be kept back is asked after that, and only of what
something would hold (``EXEMPTIONS``): what answers us, what a customer wrote, and what is at risk by its words. What a
person brought in never comes this way.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from handlers.base.events import Posted
from handlers.base.standing import URGENT_RISKS, hint_of_risk
from handlers.listen.arrival import Hold
from handlers.listen.batch import Batch
from handlers.listen.fold_in import folded
from handlers.listen.hints import suppose
from handlers.listen.muted import muted, note_hits
from handlers.listen.points import below_the_line
from handlers.listen.route import Decision
from handlers.listen.threads import on_one_card
from handlers.listen.tiers import tiers_of
from storage.listen import posts
from storage.tables.judgements import Tier
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


def customers(batch: Batch, events: Sequence[Posted]) -> Collection[str]:
    """Find those that a customer wrote."""
    writers = [event.author for event in events]
    known = tiers_of(batch.session, batch.organisation, batch.rules.name, writers, batch.now)
    return [event.external_id for event, one in zip(events, known, strict=True) if one.tier == Tier.CUSTOMER]


def risks(batch: Batch, events: Sequence[Posted]) -> Collection[str]:
    """Find those whose words make us suppose a risk, or that somebody leaves.

    A later post of a mention is looked at by the words of the fallback department.
    """
    return [event.external_id for event in events if _is_at_risk(batch, event)]


def _is_at_risk(batch: Batch, event: Posted) -> bool:
    decision = batch.appraisals[event.external_id].decision if event.external_id in batch.appraisals else None
    spare = batch.organisation.configured(batch.organisation.fallback)
    found = hint_of_risk(decision.hints if decision is not None else suppose(spare, event.title, event.text))
    return found is not None and found.kind in URGENT_RISKS


# What may keep a new mention back, in this order, and what none of it may.
# Who stands under another that arrives with it comes last: nothing else holds that one.
REASONS: tuple[Reason, ...] = (muted, below_the_line, folded, on_one_card)
EXEMPTIONS: tuple[Exemption, ...] = (answers_us, customers, risks)


def hold_back(batch: Batch, new: Sequence[New]) -> dict[str, Hold]:
    """Return which new mentions are kept back, by external id, and why."""
    held: dict[str, Hold] = {}
    for holds in REASONS:
        free = [one for one in new if one[0].external_id not in held]
        held |= holds(batch, free) if free else {}
    for name in exempt(batch, [event for event, _ in new if event.external_id in held]):
        del held[name]
    note_hits(batch, held)
    return held


def exempt(batch: Batch, events: Sequence[Posted]) -> set[str]:
    """Return the external ids of those posts that must never be kept back."""
    return {name for asks in EXEMPTIONS for name in asks(batch, events)} if events else set()
