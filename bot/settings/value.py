"""[reports.value] in dibs.toml: by what it is reckoned what answers may have saved; absent = that is not told.

What it costs, who would have called and from where that is known have no default: a figure that nobody in the company
found out is none. So a table that leaves one of them out is refused, and not half believed.
"""

from collections.abc import Collection, Mapping

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.value import MINUTES, Value
from storage.tables.states import Action

_KEYS = ("currency", "contact", "hour", "would_have", "source", "topics", "minutes")
_CURE = "Ask your own authors two questions, name the survey, or leave [reports.value] out: then nothing is told."
_OF_NOBODY = frozenset({Action.ARRIVED, Action.HELD, Action.JOINED, Action.AUTHOR_ANSWERED})
_LONGEST_CURRENCY = 10


def read_value(table: Table, topics: Collection[str]) -> Value | None:
    """Read by what value is reckoned; None where the table is wrong, which is complained about."""
    table.only(_KEYS)
    before = table.problems.count
    if "source" not in table:
        table.wrong("source", f"is missing: a value without a source is a guess. {_CURE}")
    currency = table.text("currency")
    if len(currency) > _LONGEST_CURRENCY:
        table.wrong("currency", f'is a word of at most {_LONGEST_CURRENCY} letters, such as "EUR".')
    value = Value(
        currency=currency,
        contact=_cost(table, "contact", "what one contact with your service costs you"),
        hour=_cost(table, "hour", "what an hour of a colleague costs you"),
        would_have=_would_have(table),
        source=table.text("source", "?"),
        topics=_topics(table, topics),
        minutes=_minutes(table.table("minutes", "minutes = { claimed = 1, drafted = 4 }")),
    )
    return value if table.problems.count == before else None


def _cost(table: Table, key: str, what: str) -> float:
    if key not in table:
        table.wrong(key, f"is missing: {what}.")
        return 0
    cost = table.number(key, 1)
    if not cost:
        table.wrong(key, f"is more than 0: {what}.")
    return cost


def _would_have(table: Table) -> tuple[float, float, float]:
    written = table.values.get("would_have")
    shares = written if isinstance(written, list) else []
    if len(shares) == 3 and all(isinstance(one, int | float) and not isinstance(one, bool) for one in shares):
        low, likely, high = map(float, shares)
        if 0 <= low <= likely <= high <= 1:
            return low, likely, high
    rest = "three parts of 1 that rise, such as [0.10, 0.25, 0.50]: who of the authors would have called."
    table.wrong("would_have", f"{'is' if written is not None else 'is missing:'} {rest} {_CURE}")
    return 0, 0, 0


def _topics(table: Table, known: Collection[str]) -> tuple[str, ...]:
    found = table.texts("topics")
    for one in found:
        if one not in known:
            rest = did_you_mean(one, list(known), otherwise=f"; there are: {', '.join(known) or 'none'}.")
            table.wrong("topics", f"names {quoted(one)}, which is no topic{rest}")
    return found


def _minutes(table: Table) -> Mapping[str, float]:
    if not table.values:
        return MINUTES
    actions = [str(one) for one in Action if one not in _OF_NOBODY]
    table.only(actions)
    found = {key: table.number(key, 0) for key in table.values if key in actions}
    if not any(found.values()):
        table.problems.at(table.path, f"{table.label} gives no action a minute: then work would cost nothing.")
    return found
