"""[reports] in dibs.toml: what reports may tell of people. There is no way to let others see a person's figures."""

from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.organisation import People, Reports

_LEAST = 5
_KEYS = ("people", "least_people")


def read_reports(table: Table) -> Reports:
    """Read what reports may tell."""
    table.only(_KEYS)
    written = table.text("people", str(People.SELF))
    if written and written not in tuple(People):
        rest = 'it is "self" or "none": figures of a person are for that person, or for nobody.'
        table.wrong("people", f"is not {quoted(written)}; {rest}")
    least = table.number("least_people", _LEAST)
    if least < _LEAST or least != int(least):
        table.wrong("least_people", f"is a whole number from {_LEAST} up: of fewer, each is as good as named.")
    people = People(written) if written in tuple(People) else People.SELF
    return Reports(people=people, least_people=max(int(least), _LEAST))
