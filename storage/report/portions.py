"""Portions: what is asked about many is asked in several queries, because a database takes only so many values."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session

_PORTION = 500


def in_portions(session: Session, query: Select[Any], column: ColumnElement[Any], wanted: Collection[int]) -> list[Any]:
    """Return the rows of a query whose column is one of many values, portion by portion."""
    several, found = list(wanted), list[Any]()
    for start in range(0, len(several), _PORTION):
        found += session.connection().execute(query.where(column.in_(several[start : start + _PORTION])))
    return found
