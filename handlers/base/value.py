"""Value: what answering in public may have saved, as far as the company itself can tell. Off until it does.

Nothing of it has a default but the minutes of work: what a contact costs, and how many of the authors would have made
one, is not the same in two companies, and what is published of it differs by the factor of ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from storage.tables.states import Action

# How long one row of the log took the person who made it.
MINUTES: Mapping[str, float] = MappingProxyType(
    {
        Action.CLAIMED: 1,
        Action.DRAFTED: 4,
        Action.APPROVED: 2,
        Action.CHANGES_REQUESTED: 2,
        Action.REJECTED: 2,
        Action.HANDED_OFF: 1,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """By what it is reckoned.

    Attributes:
        contact: What one contact with the service costs.
        hour: What an hour of a colleague costs.
        would_have: Which part of the authors would else have made one: low, likely, high.
        source: From which survey of the company that is known.
        topics: Of which topics; empty = of all that arrives.
        minutes: How many a thing takes that a person does, by the action that the log has of it.
    """

    currency: str
    contact: float
    hour: float
    would_have: tuple[float, float, float]
    source: str
    topics: tuple[str, ...] = ()
    minutes: Mapping[str, float] = field(default_factory=lambda: MINUTES)
