"""Compiled: a Core statement of a hot write path, compiled once and given to the driver itself.

A claim is a dozen statements, and what SQLAlchemy does around each costs several times what SQLite takes to run it
(`make bench` shows the sum). Such a statement is written in Core like any other, compiled once per dialect, and run
on the driver's connection inside the session's transaction; values go through the columns' types on both ways.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import starmap
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam
from sqlalchemy.engine import Connection, Dialect
from sqlmodel import Session

from storage.engine.collector import collector_rests
from storage.engine.plain_values import as_it_is, reads, writes
from storage.engine.trouble import without_values

_Convert = Callable[[Any], Any]
M = TypeVar("M")
# As many as delivery draws cards in one go.
_PLACES = tuple(f"place_{number}" for number in range(32))


class _Prepared:
    """One statement in one dialect."""

    __slots__ = ("_binds", "_defaults", "_positional", "_results", "sql")

    def __init__(self, statement: Any, dialect: Dialect, columns: list[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._positional = bool(compiled.positional)
        names = compiled.positiontup if self._positional else list(compiled.binds)
        self._binds = [(name, _writes(compiled.binds[name].type, dialect)) for name in names]
        self._defaults = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._defaults |= {column.key: column.default.arg for column in compiled.insert_prefetch}
        processors = [_reads(column.type, dialect) for column in statement.exported_columns]
        self._results: list[tuple[int, _Convert]] = [
            (index, convert) for index, convert in enumerate(processors) if convert is not None
        ]

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """Return what the driver wants, in its own form."""
        values = {**self._defaults, **given} if self._defaults else given
        if self._positional:
            return [values[name] if convert is None else convert(values[name]) for name, convert in self._binds]
        return {name: values[name] if convert is None else convert(values[name]) for name, convert in self._binds}

    def in_order(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
        """Return what a driver wants that counts its places, of rows whose values stand in their order."""
        converted = [(index, convert) for index, (_, convert) in enumerate(self._binds) if convert is not None]
        if not converted:
            return rows
        found = [list(row) for row in rows]
        for row in found:
            for index, convert in converted:
                row[index] = convert(row[index])
        return found

    def row(self, raw: Any) -> tuple[Any, ...]:
        """Return a row with its values as the columns' types mean them."""
        if not self._results:
            return tuple(raw)
        values = list(raw)
        for index, convert in self._results:
            values[index] = convert(values[index])
        return tuple(values)

    def by_column(self, raws: Sequence[Any]) -> Iterable[Sequence[Any]]:
        """Return many rows with their values as the columns' types mean them, a column after the other: the loops are
        then the interpreter's own.
        """
        if not self._results or not raws:
            return raws
        columns: list[Iterable[Any]] = list(zip(*raws, strict=True))
        for index, convert in self._results:
            columns[index] = map(convert, columns[index])
        return zip(*columns, strict=True)


def _writes(type_: Any, dialect: Dialect) -> _Convert | None:
    plain = writes(type_, dialect.name)
    convert = type_.dialect_impl(dialect).bind_processor(dialect) if plain is None else plain
    return None if convert is as_it_is else convert


def _reads(type_: Any, dialect: Dialect) -> _Convert | None:
    plain = reads(type_, dialect.name)
    return type_.dialect_impl(dialect).result_processor(dialect, None) if plain is None else plain


class Compiled:
    """One statement; an INSERT names the ``columns`` that are bound."""

    __slots__ = ("_columns", "_compiled", "_statement", "_writes")

    def __init__(self, statement: Any, *columns: str) -> None:
        self._statement = statement
        self._writes = not isinstance(statement, Select)
        self._columns = list(columns) or None
        self._compiled: dict[str, _Prepared] = {}

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Run it with every bound name, and return all rows."""
        compiled, cursor = self._execute(session, values)
        return [compiled.row(raw) for raw in cursor.fetchall()]

    def made(self, session: Session, make: Callable[..., M], **values: Any) -> list[M]:
        """Run it with every bound name, and return what is made of each row's values; for where there are many."""
        with collector_rests():
            compiled, cursor = self._execute(session, values)
            return list(starmap(make, compiled.by_column(cursor.fetchall())))

    def first(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """Run it with every bound name, and return the first row, or None."""
        compiled, cursor = self._execute(session, values)
        raws = cursor.fetchall()  # to the end: SQLite commits nothing while a statement is half read
        return compiled.row(raws[0]) if raws else None

    def run(self, session: Session, **values: Any) -> None:
        """Run it with every bound name; it returns no rows."""
        if session.info.get("together") is None:
            self._execute(session, values)
        else:
            self._keep(session, [values])

    def many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of these, with every bound name in each; it returns no rows."""
        if not rows:
            return
        if len(rows) == 1:  # psycopg's way for many costs more than a statement of its own
            self.run(session, **rows[0])
            return
        if session.info.get("together") is not None:
            self._keep(session, rows)
            return
        driver, dialect = _driver(session)
        compiled = self._in(dialect)
        session.info["written"] = True
        _ask(driver.executemany, compiled.sql, [compiled.arguments(row) for row in rows])

    def many_in_order(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it once for each of these rows of all columns in their order, where the driver counts its places."""
        if not rows:
            return
        driver, dialect = _driver(session)
        compiled = self._in(dialect)
        session.info["written"] = True
        _ask(driver.executemany, compiled.sql, compiled.in_order(rows))

    def _keep(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep it for the message that goes out at the end."""
        compiled = self._in(_driver(session)[1])
        session.info["written"] = True
        session.info["together"] += [(compiled.sql, compiled.arguments(row)) for row in rows]

    def _execute(self, session: Session, values: dict[str, Any]) -> tuple[_Prepared, Any]:
        driver, dialect = _driver(session)
        compiled = self._in(dialect)
        if self._writes:
            session.info["written"] = True
        if together := session.info.get("together"):
            _send(session, together)
        return compiled, _ask(driver.execute, compiled.sql, compiled.arguments(values))

    def _in(self, dialect: Dialect) -> _Prepared:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Prepared(self._statement, dialect, self._columns)
        return compiled


class CompiledIn:
    """A hot read of the rows whose column is one of several values.

    A list of any length would be compiled anew for each; so there is a statement for one value and one for 32, whose
    last places are filled by repeating a value.
    """

    __slots__ = ("_one", "_portion")

    def __init__(self, statement: Any, column: Any) -> None:
        self._one = Compiled(statement.where(column == bindparam(_PLACES[0])))
        self._portion = Compiled(statement.where(column.in_([bindparam(place) for place in _PLACES])))

    def rows(self, session: Session, values: Collection[Any], **more: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of each portion in the order of the statement; ``more`` are its other bound names."""
        if len(values) == 1:
            yield from self._one.rows(session, **{_PLACES[0]: next(iter(values))}, **more)
            return
        wanted = list(values)
        for start in range(0, len(wanted), len(_PLACES)):
            some = wanted[start : start + len(_PLACES)]
            some += some[-1:] * (len(_PLACES) - len(some))
            yield from self._portion.rows(session, **dict(zip(_PLACES, some, strict=True)), **more)


def has_written(session: Session) -> bool:
    """Say whether anything may have been written in the session; SQLAlchemy begins it for whatever it runs itself."""
    return session.in_transaction() or bool(session.info.get("written"))


def dialect_of(session: Session) -> str:
    """Return the name of the database's dialect; a session that was lent a connection need not begin for that."""
    return str(_driver(session)[1].name)


def lend(session: Session, connection: Connection) -> None:
    """Let hot statements of ``session`` go straight to a connection that is its own for all of its life."""
    session.info["driver"] = _of(connection)


def _driver(session: Session) -> tuple[Any, Dialect]:
    """Return a cursor of the driver's inside the session's transaction."""
    lent: tuple[Any, Dialect] | None = session.info.get("driver")
    return lent or _of(session.connection())


def _of(connection: Connection) -> tuple[Any, Dialect]:
    """Return the one cursor of a connection, made when it is wanted first.

    Each statement is read to its end before the next, and psycopg takes as long to make a cursor as for a quarter of
    a statement. It lives as long as the connection, because one that goes with a session goes when the collector finds
    it, in whatever thread: SQLite's then resets a statement that by then runs for somebody else.
    """
    cursor = connection.info.get("cursor")
    if cursor is None:
        driver: Any = connection.connection.dbapi_connection
        cursor = connection.info["cursor"] = driver.cursor()
    return cursor, connection.dialect


def say(session: Session, *statements: str) -> None:
    """Run bare statements without values, such as SAVEPOINT; on PostgreSQL they go in one message."""
    if (together := session.info.get("together")) is not None:
        together += [(sql, None) for sql in statements]
        return
    driver, dialect = _driver(session)
    for sql in statements if dialect.name == "sqlite" else ("; ".join(statements),):
        _ask(driver.execute, sql)


@contextmanager
def in_one_message(session: Session) -> Iterator[None]:
    """Let what hot statements write, and what is said, go to PostgreSQL at the end, all in one message.

    The server takes it whole or not at all: who is stopped before it has sent nothing, and who is stopped behind it is
    waited for by nobody. At the first error nothing of what follows is done. What reads goes at once.
    """
    together: list[tuple[str, Any]] = []
    session.info["together"] = together
    try:
        yield
        _send(session, together)
    finally:
        session.info["together"] = None


def _send(session: Session, together: list[tuple[str, Any]]) -> None:
    """Send what was kept for one message, with its values written out by the driver."""
    if not together:
        return
    driver, dialect = _driver(session)
    written = dialect.dbapi.ClientCursor(driver.connection)  # type: ignore[union-attr]
    message = "; ".join(_ask(written.mogrify, *statement) for statement in together)
    together.clear()
    _ask(driver.execute, message)


def _ask(ask: Callable[..., Any], *statement: Any) -> Any:
    """Ask the driver; what it says of an error holds no values. The hottest line of all."""
    try:
        return ask(*statement)
    except Exception as error:
        without_values(error)
        raise
