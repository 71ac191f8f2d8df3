"""Unfinished: what stands in the target of a copy as long as it is not finished.

The target says by its schema's version that it is being filled, from the transaction on that made its tables to the one
that compared them: no Dibs of any release starts on half of what there was. Beside it stands of which database it
becomes a copy, and how far each table is, which is written in the transaction that wrote the rows.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, String, Table, inspect, select, update

from storage.engine.schema import UNFINISHED, VERSIONS, SchemaError, version_of
from storage.moving.rows import all_tables, key_from_text, key_to_text, quoted

_ours = MetaData()
# The source: the hash of its log's first row, which stays the same for ever, and that of the last one then.
_origin = Table("copy_origin", _ours, Column("first", String), Column("head", String), Column("schema", String))
_place = Table(
    "copy_place",
    _ours,
    Column("name", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
)


class CopyError(SchemaError):
    """A copy cannot be made; the sentence says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which database is copied: the hashes of the first and of the last row of its log."""

    first: str
    head: str


class Found(Enum):
    """What stands in a target: nothing, a copy that can go on, or one of what the source was before."""

    EMPTY = auto()
    BEGUN = auto()
    PASSED = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a table is: the key of the last row that was written, and how many were."""

    key: list[Any]
    rows: int


def begin(target: Engine, origin: Origin) -> None:
    """Make all tables in an empty database, and the marks that it is not finished, in one transaction."""
    from storage.engine.upgrade import Filling, migrate  # noqa: PLC0415 - Alembic takes long to import

    def mark(connection: Connection) -> None:
        for table in reversed(all_tables()):  # what the steps put there, such as the first head of the log
            connection.execute(table.delete())
        _ours.create_all(connection)
        connection.execute(_origin.insert().values(first=origin.first, head=origin.head, schema=VERSIONS[-1]))
        places = [{"name": one.name, "key": "[]", "rows": 0} for one in all_tables()]
        connection.execute(_place.insert(), places)
        _say_version(connection, UNFINISHED)

    migrate(target, Filling(schema=VERSIONS[-1], rows=lambda _connection: None, after=mark))


def find(target: Engine, origin: Origin) -> Found:
    """Say what stands in the target.

    Raises:
        CopyError: Something else stands there.
    """
    found = version_of(target)
    with target.connect() as connection:
        if found == UNFINISHED:
            return _of_this(connection, origin)
        if found is not None:
            raise CopyError(_whose(found))
        if set(inspect(connection).get_table_names()) - {"alembic_version"}:
            raise CopyError(
                "The target holds tables that are none of Dibs. Nothing was changed. Name an empty database in --to."
            )
    return Found.EMPTY


def _of_this(connection: Connection, origin: Origin) -> Found:
    found = connection.execute(select(_origin)).one()
    if found.first != origin.first:
        raise CopyError(
            "The target holds an unfinished copy of another database. Nothing was changed. Name an empty database in "
            "--to, or in DIBS_DATABASE_URL the one of which that copy was begun."
        )
    if found.schema != VERSIONS[-1]:
        raise CopyError(
            f"The target holds a copy that another release of Dibs began, with schema {found.schema}; this one has "
            f"{VERSIONS[-1]}. Nothing was changed. Finish it with that release, or name an empty database in --to."
        )
    return Found.BEGUN if found.head == origin.head else Found.PASSED


def _whose(found: str) -> str:
    if found == VERSIONS[-1]:
        return (
            "The target holds a Dibs already, or a copy that is finished: then put its address into DIBS_DATABASE_URL "
            "and start. Nothing was changed. To copy once more, name an empty database in --to."
        )
    age = "an older" if found in VERSIONS else "a newer"
    return (
        f"The target holds a Dibs of {age} schema ({found}, this release has {VERSIONS[-1]}). Nothing was changed. "
        "Name an empty database in --to: the copy makes its tables by itself."
    )


def clear(target: Engine) -> None:
    """Take away an unfinished copy, so that another one can begin; the source has all of it."""
    with target.begin() as connection:
        connection.execute(select(_origin).with_for_update()).one()
        tables = [*reversed(all_tables()), *_ours.sorted_tables]
        names = ", ".join(quoted(connection, one.name) for one in tables)
        connection.exec_driver_sql(f"DROP TABLE {names}, alembic_version CASCADE")


def places(target: Engine) -> dict[str, Place]:
    """Return how far each table is."""
    with target.connect() as connection:
        found = {one.name: one for one in connection.execute(select(_place))}
    return {
        table.name: Place(key_from_text(table, found[table.name].key), found[table.name].rows) for table in all_tables()
    }


def move(connection: Connection, table: Table, before: Place, after: Place) -> None:
    """Write down how far a table is now, in the transaction that wrote its rows.

    Raises:
        CopyError: Somebody else wrote meanwhile.
    """
    here = (_place.c.name == table.name) & (_place.c.rows == before.rows)
    moved = connection.execute(update(_place).where(here).values(key=key_to_text(after.key), rows=after.rows))
    if moved.rowcount != 1:
        raise CopyError("Another copy writes into the target. Let one of both end, and run this command again.")


def finish(connection: Connection) -> None:
    """Say that all is there: from the commit on the database is one like any other."""
    _ours.drop_all(connection)
    _say_version(connection, VERSIONS[-1])


def _say_version(connection: Connection, version: str) -> None:
    version_table = Table("alembic_version", MetaData(), Column("version_num", String))
    connection.execute(update(version_table).values(version_num=version))
