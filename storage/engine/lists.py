"""Lists: many rows go to PostgreSQL in one statement, as a list for each column, written as the server reads them.

The driver makes a list of values one by one, by the type of each; that takes longer than the server takes to write the
rows. What a column holds is known, so its list is written here at once.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, String, bindparam, cast
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.engine.plain_values import writes

_Write = Callable[[Any], str]


def list_of(column: Any) -> Any:
    """Return the expression that is a column's list; its value is bound under the column's name."""
    return cast(bindparam(column.name, type_=String), ARRAY(column.type))


class Lists:
    """Writes the lists of some columns."""

    def __init__(self, columns: Iterable[Any]) -> None:
        self._columns: list[tuple[str, _Write]] = [(one.name, _write_of(one.type)) for one in columns]

    def __call__(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, str]:
        """Return what is bound, for rows of all columns in their order; there is at least one."""
        return {
            name: "{" + ",".join(["NULL" if value is None else write(value) for value in values]) + "}"
            for (name, write), values in zip(self._columns, zip(*rows, strict=True), strict=True)
        }


def _write_of(type_: Any) -> _Write:
    if isinstance(type_, UTCDateTime):
        text = writes(type_, "sqlite") or str
        return lambda moment: f'"{text(moment)}+00"'
    if isinstance(type_, Boolean):
        return lambda truth: "t" if truth else "f"
    return str if type_.python_type is int else _quoted


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
