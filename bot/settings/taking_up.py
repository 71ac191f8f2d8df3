"""The list of customers on its way into the database: only where its file is another one, in steps, beside all work.

Half a million rows are written while people wait for nothing: each step is a transaction of its own, and what is whole
begins to count at once. A process that ends in the midst of it leaves the former list as it was.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TypeVar

from bot.settings.customers import CustomersFile, Row
from storage.engine.database import Database, Session
from storage.listen import customers

T = TypeVar("T")

STEP = 2_000
_ALL = 2**31 - 1


def take_up_customers(database: Database, file: CustomersFile | None) -> bool:
    """Let the database have the customers of a file, or none; returns whether that is news.

    Raises:
        SettingsError: The file was changed since it was looked through; the former list still counts.
    """
    before = database.read(customers.current)
    if file is None:
        if before is not None:
            _drop(database, _ALL, _ALL)
        return before is not None
    if before is not None and before.digest == file.digest:
        return False
    list_id = _step(database, partial(customers.begin, digest=file.digest, number=file.number))
    for some in _steps(file.rows()):
        _step(database, partial(customers.add, list_id=list_id, rows=some))
    _step(database, partial(customers.complete, list_id=list_id))
    _drop(database, list_id, before.id if before is not None else 0)
    return True


def _step(database: Database, work: Callable[[Session], T]) -> T:
    return database.submit(work, source="customers").result()


def _steps(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, STEP)):
        yield some


def _drop(database: Database, now: int, before: int) -> None:
    while _step(database, partial(customers.drop_some, now=now, before=before)):
        pass
