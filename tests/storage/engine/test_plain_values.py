"""Plain values: the shorter way writes what SQLAlchemy writes, character for character, and reads it back."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Boolean, String
from sqlalchemy.dialects import sqlite
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.engine.plain_values import reads, writes

MOMENTS = (
    datetime(2026, 3, 2, 8, 58, tzinfo=UTC),
    datetime(2026, 3, 2, 8, 58, 7, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 2, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-12))),
)


@pytest.mark.parametrize("seed", range(3))
def test_a_moment_is_written_as_ever_and_read_back(seed: int) -> None:
    dialect, moment_type = sqlite.dialect(), UTCDateTime()
    write, read = writes(moment_type, "sqlite"), reads(moment_type, "sqlite")
    theirs = moment_type.dialect_impl(dialect).bind_processor(dialect)
    back = moment_type.dialect_impl(dialect).result_processor(dialect, None)
    assert write is not None
    assert read is not None
    assert theirs is not None
    assert back is not None
    chance = Random(seed)
    some = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(10**15)) for _ in range(200))
    for one in (*MOMENTS, *some):
        text = write(one)
        assert text == theirs(one)
        assert read(text) == back(text) == one.astimezone(UTC)
        assert read(text).tzinfo is UTC
    assert (write(None), read(None)) == (None, None)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_moment_without_a_time_zone_is_refused(dialect: str) -> None:
    write = writes(UTCDateTime(), dialect)
    assert write is not None
    with pytest.raises((TypeError, ValueError)):
        write(datetime(2026, 3, 2))  # noqa: DTZ001


def test_what_postgresql_gives_is_in_utc() -> None:
    read = reads(UTCDateTime(), "postgresql")
    assert read is not None
    elsewhere = datetime(2026, 3, 2, 14, 28, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert (read(elsewhere), read(elsewhere).tzinfo, read(None)) == (elsewhere, UTC, None)


def test_a_truth_comes_back_as_one() -> None:
    read = reads(Boolean(), "sqlite")
    assert read is not None
    assert [read(one) for one in (1, 0, None)] == [True, False, None]


def test_of_all_else_no_shorter_way_is_known() -> None:
    assert (writes(String(), "sqlite"), reads(String(), "sqlite")) == (None, None)
