"""Tiers: who the authors of new mentions are to us when they write, with the reasons, in words for their cards.

It is written down with the mention, so that a report tells later how people were treated as what they were then.
Customers are compared as accounts of ours are: whatever the case, without "@", by handle, address or id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.base.events import Author
from handlers.base.organisation import Organisation
from handlers.base.standing import WIDE
from handlers.listen.follow_ups import names
from storage.engine.database import Session
from storage.listen import authors, customers
from storage.tables.judgements import Tier


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is to us, and why."""

    tier: Tier = Tier.NONE
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of the authors of one batch: labels of customers by handle, and when we answered, by id."""

    customers: Mapping[str, str]
    answered: Mapping[str, datetime]


def tiers_of(
    session: Session, organisation: Organisation, source: str, writers: Sequence[Author], now: datetime
) -> list[Known]:
    """Return who these authors are to us, in their order."""
    rules = organisation.source(source)
    together = {one.name for one in organisation.sources if rules.network and one.network == rules.network} | {source}
    ids = {one.external_id or one.handle for one in writers} - {""}
    handles = {name for one in writers for name in names(one)} if organisation.customers else set()
    found = _Found(
        customers=customers.labels(session, {source, rules.kind}, handles),
        answered=authors.answered(session, together, ids) if ids else {},
    )
    zone = ZoneInfo(organisation.timezone)
    return [_tier(one, found, now.astimezone(zone)) for one in writers]


def _tier(author: Author, found: _Found, now: datetime) -> Known:
    """Return the tier, which is the highest that is so, and all reasons, that of the tier first."""
    reasons: dict[Tier, str] = {}
    label = next((found.customers[name] for name in sorted(names(author)) if name in found.customers), None)
    if label is not None:
        reasons[Tier.CUSTOMER] = f"Customer: {label}" if label else "Customer"
    if author.followers is not None and author.followers >= WIDE:
        reasons[Tier.WIDE] = f"Followed by {author.followers:,}"
    if (answered := found.answered.get(author.external_id or author.handle)) is not None:
        reasons[Tier.KNOWN] = f"We answered them before, on {_day(answered.astimezone(now.tzinfo), now)}"
    return Known(next(iter(reasons)), "; ".join(reasons.values())) if reasons else Known()


def _day(at: datetime, now: datetime) -> str:
    return f"{at.day} {at:%B}" if at.year == now.year else f"{at.day} {at:%B %Y}"
