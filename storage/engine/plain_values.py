"""Plain values: how moments and truths go to the driver and come back, in one step each.

SQLAlchemy passes each value through three functions of Python, of which one takes a moment apart and writes it by a
format. A moment in a row costs more so than the row. What stands in the database is the same, character for character.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean
from sqlmodel.sql.sqltypes import UTCDateTime

Convert = Callable[[Any], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def writes(type_: Any, dialect: str) -> Convert | None:
    """Return what makes the driver's value of one of ours, where we know a shorter way for it."""
    if isinstance(type_, UTCDateTime):
        return _write_text if dialect == "sqlite" else _in_utc
    return as_it_is if isinstance(type_, Boolean) else None


def reads(type_: Any, dialect: str) -> Convert | None:
    """Return what makes ours of a value of the driver's, where we know a shorter way for it."""
    if isinstance(type_, UTCDateTime):
        return _read_text if dialect == "sqlite" else _from_utc
    return _read_truth if isinstance(type_, Boolean) and dialect == "sqlite" else None


def _write_text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    since = moment - _EPOCH
    minute, second = divmod(since.seconds, 60)
    return f"{_day(since.days)} {_minute(minute)}:{second:02}.{since.microseconds:06}"


@lru_cache(maxsize=1_024)
def _day(since: int) -> str:
    return (_EPOCH + timedelta(days=since)).date().isoformat()


@lru_cache(maxsize=1_440)
def _minute(of_day: int) -> str:
    return f"{of_day // 60:02}:{of_day % 60:02}"


def _read_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


def _in_utc(moment: Any) -> Any:
    if moment is None or moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise ValueError("A moment that is stored has a time zone.")
    return moment.astimezone(UTC)


def _from_utc(moment: Any) -> Any:
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


def as_it_is(value: Any) -> Any:
    """Return it; the driver takes it so."""
    return value


def _read_truth(value: int | None) -> bool | None:
    return None if value is None else value != 0
