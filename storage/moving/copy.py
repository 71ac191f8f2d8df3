"""Copy: from an SQLite file into an empty PostgreSQL, so that Dibs goes on there as if nothing had been.

The source is held for as long as it takes: others may read it, nobody writes it. Rows go over a portion at a time, each
in a transaction that also says how far it came, so whoever is killed and started again goes on from there. In the end
every row of both sides is compared and the log's chain is walked, in the transaction that makes the target a database
like any other. What was worked on between two starts is no case of its own: the second one sees by the log's head, or
at the latest by comparing, that the rows are not those any more, and begins anew.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import Connection, Engine, Table, select
from sqlmodel import Session

from storage.engine.schema import look
from storage.engine.trouble import driver_error, is_outage, sqlstate
from storage.engine.urls import without_secrets
from storage.moving import rows, unfinished
from storage.moving.unfinished import CopyError, Found, Origin, Place
from storage.own import ownership
from storage.tables.base import table_of
from storage.tables.ownership import OwnershipEvent

PORTION = 1_000
_event = table_of(OwnershipEvent)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a copy is: what is being done, and how many of how many rows have been."""

    doing: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: rows, and of the log its rows and its head."""

    rows: int
    events: int
    head: str


class _Differs(CopyError):
    """What stands in the target is not what stands in the source."""


Tell = Callable[[Step], None]


def copy(source: Engine, target: Engine, tell: Tell, portion: int = PORTION) -> Copied:
    """Copy all of an SQLite database, or go on with that.

    Raises:
        CopyError: One of both sides is not as it has to be, or the target went away.
    """
    _require_source(source)
    with _plainly(target):
        _require_utf8(target)
    with source.connect() as held, held.begin() as transaction:
        try:
            work = _Copy(held, target, tell, portion)
            with _plainly(target):
                return work.run()
        finally:
            transaction.rollback()


def _require_source(source: Engine) -> None:
    schema = look(source)
    if schema.state == "empty":
        raise CopyError("The database that DIBS_DATABASE_URL names is empty: there is nothing to copy.")
    if schema.state == "older":
        raise CopyError(
            f"The database to copy has schema {schema.found}, this release wants {schema.wanted}. Run `dibs db backup` "
            "and `dibs db upgrade` first, or copy it with the release that wrote it."
        )
    if schema.state == "newer":
        raise CopyError(
            f"The database to copy has schema {schema.found}, which this release of Dibs does not know (it knows "
            f"{schema.wanted}). Copy it with the release that wrote it, or a later one."
        )


class _Copy:
    """One start of a copy: the source, which is held, and where its rows go."""

    def __init__(self, source: Connection, target: Engine, tell: Tell, portion: int) -> None:
        self._source, self._target, self._tell, self._portion = source, target, tell, portion
        self._total = rows.count(source)
        self._log = ownership.verify(Session(source, join_transaction_mode="rollback_only"))
        if self._log.trouble:
            raise CopyError(
                f"The ownership log of the database to copy is broken: {self._log.trouble} Restore a backup whose log "
                "verifies, and copy that."
            )
        first = source.scalar(select(_event.c.hash).order_by(_event.c.seq).limit(1))
        self._origin = Origin(first or ownership.GENESIS, self._log.head)

    def run(self) -> Copied:
        """Do what is left to do."""
        goes_on = self._open()
        try:
            self._fill()
            self._finish()
        except _Differs:
            if not goes_on:
                raise
            self._anew()
            self._fill()
            self._finish()
        return Copied(self._total, self._log.rows, self._log.head)

    def _open(self) -> bool:
        """Return whether something is there from an earlier start that may be right."""
        found = unfinished.find(self._target, self._origin)
        if found is Found.PASSED:
            self._anew()
        elif found is Found.EMPTY:
            unfinished.begin(self._target, self._origin)
        return found is Found.BEGUN

    def _anew(self) -> None:
        unfinished.clear(self._target)
        unfinished.begin(self._target, self._origin)

    def _fill(self) -> None:
        places = unfinished.places(self._target)
        done = sum(one.rows for one in places.values())
        self._tell(Step("Copying", done, self._total))
        for table in rows.all_tables():
            place = places[table.name]
            while found := rows.portion(self._source, table, place.key, self._portion):
                after = Place(rows.key_of(table, found[-1]), place.rows + len(found))
                with _taken(table), self._target.begin() as connection:
                    rows.write(connection, table, found)
                    unfinished.move(connection, table, place, after)
                place, done = after, done + len(found)
                self._tell(Step("Copying", done, self._total))

    def _finish(self) -> None:
        """Compare everything, and let the target be a database like any other, in one transaction."""
        still = self._target.execution_options(isolation_level="REPEATABLE READ")
        with still.connect() as connection, connection.begin():
            done = 0
            for table in rows.all_tables():
                done = self._compare(connection, table, done)
            verdict = ownership.verify(Session(connection, join_transaction_mode="rollback_only"), self._log.head)
            if verdict.trouble or verdict.rows != self._log.rows:
                raise _Differs(f"The ownership log of the copy is broken: {verdict.trouble or verdict.rows}.")
            rows.number_on(connection)
            unfinished.finish(connection)
            for table in rows.all_tables():
                connection.exec_driver_sql(f"ANALYZE {rows.quoted(connection, table.name)}")

    def _compare(self, connection: Connection, table: Table, done: int) -> int:
        with (
            closing(rows.known_to_source(self._source, table)) as there,
            closing(rows.known_to_target(connection, table)) as here,
        ):
            for number, (ours, theirs) in enumerate(zip_longest(there, here), start=1):
                if ours != theirs:
                    raise _Differs(
                        f"Row {number:,} of {table.name} is not the same in the copy. Did somebody write into the "
                        "target? Run the same command again: it begins anew."
                    )
                done += 1
                if done % self._portion == 0:
                    self._tell(Step("Comparing", done, self._total))
        self._tell(Step("Comparing", done, self._total))
        return done


def _require_utf8(target: Engine) -> None:
    with target.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise CopyError(
            f"The target keeps texts as {encoding}, which cannot hold all that people write. Name a database that was "
            "made with ENCODING 'UTF8' in --to."
        )


@contextmanager
def _taken(table: Table) -> Iterator[None]:
    """Say in a sentence that PostgreSQL takes no such rows, without what stands in them."""
    try:
        yield
    except CopyError:
        raise
    except Exception as error:
        code = sqlstate(error) or ""
        if not code.startswith(("22", "23")) and type(driver_error(error)).__name__ != "DataError":
            raise
        raise _Differs(
            f"PostgreSQL does not take some row of {table.name} ({type(driver_error(error)).__name__}): it holds what "
            "Dibs does not write. `dibs db backup` keeps it all; mend that row, and run the same command again."
        ) from None  # which may hold what stands in it


@contextmanager
def _plainly(target: Engine) -> Iterator[None]:
    """Say in a sentence, without the secrets of its address, that the target cannot be worked with."""
    try:
        yield
    except CopyError:
        raise
    except Exception as error:
        of_source = isinstance(driver_error(error), sqlite3.Error)
        if of_source or (not is_outage(error) and sqlstate(error) is None):
            raise
        why = " ".join(without_secrets(str(driver_error(error)), target.url).split())
        raise CopyError(
            f"The target cannot be worked with: {why} See that --to is right, that a PostgreSQL answers there, and "
            "that this user may make tables in it. What was copied stays: run the same command again, and it goes on."
        ) from None
