"""Kept deliveries: one and the same once, the oldest make room, and after a day there is nothing."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from storage.engine.database import Database
from storage.listen import kept
from storage.listen.kept import KeptRow, packed

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def row(raw: bytes, *, source: str = "octolens", seconds: float = 0, kind: str = "application/json") -> KeptRow:
    return packed(source, raw, kind, "It has no text.", NOW + timedelta(seconds=seconds))


def keep(database: Database, *rows: KeptRow) -> list[bool]:
    return [database.write(lambda session, one=one: kept.keep(session, one)) for one in rows]  # type: ignore[misc]


def bodies(database: Database, source: str = "octolens", now: datetime = NOW) -> list[bytes]:
    def read(session: object) -> list[bytes]:
        names = kept.names(session, source, now)  # type: ignore[arg-type]
        return [one.raw for name in names if (one := kept.get(session, source, name))]  # type: ignore[arg-type]

    return database.read(read)


def test_a_delivery_is_kept_as_it_came_whatever_bytes_it_holds(database: Database) -> None:
    strange = [b"", b"\x00\xff\xfe", b'{"a": "\xf0\x9f\x98\x80"}', os.urandom(2_000)]
    assert keep(database, *(row(raw, seconds=number) for number, raw in enumerate(strange))) == [True] * 4
    assert bodies(database) == strange


def test_a_header_that_no_database_takes_costs_nothing(database: Database) -> None:
    assert keep(database, row(b"a", kind="text/plain; name=\udcff\x00" + "é" * 300)) == [True]
    assert bodies(database) == [b"a"]


def test_the_same_delivery_is_kept_once_and_one_that_is_called_otherwise_is_another(database: Database) -> None:
    assert keep(database, row(b"a"), row(b"a", seconds=5), row(b"a", kind="text/plain", seconds=6)) == [
        True,
        False,
        True,
    ]
    assert bodies(database) == [b"a", b"a"]


def test_a_source_has_so_many_and_the_oldest_make_room_for_others_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    keep(database, row(b"other", source="reviews"), *(row(str(n).encode(), seconds=n) for n in range(5)))
    assert bodies(database) == [b"2", b"3", b"4"]
    assert bodies(database, "reviews") == [b"other"]


def test_a_source_has_so_many_bytes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    keep(database, row(b"aaaa"), row(b"bbbb", seconds=1), row(b"cccc", seconds=2))
    assert bodies(database) == [b"bbbb", b"cccc"]
    keep(database, row(b"d" * 11, seconds=3))
    assert bodies(database) == []


def test_after_a_day_it_is_neither_read_nor_there(database: Database) -> None:
    keep(database, row(b"old"), row(b"young", seconds=60))
    later = NOW + kept.KEPT
    assert not database.read(lambda session: kept.any_old(session, later - timedelta(seconds=1)))
    assert bodies(database, now=later) == [b"young"]
    assert database.read(lambda session: kept.any_old(session, later))
    database.write(lambda session: kept.clean(session, later))
    assert bodies(database) == [b"young"]
    assert not database.read(lambda session: kept.any_old(session, later))
