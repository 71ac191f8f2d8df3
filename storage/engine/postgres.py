"""PostgreSQL: how a connection to it begins, whether it leads to the server or to a pooler in between.

A pooler takes no start-up parameter ``options``, so UTC is said in the session's first statement; PgBouncer remembers
that for each of its clients. In its transaction mode nothing else that is said to a session is certain to be there with
the next transaction: no statement is prepared then, and what bounds a transaction is said in each (``is_pooled``). It
is told by the process that answers: a pooler names another one at the start than the one that works.
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from storage.engine.schema import SchemaError

WRITERS = 2  # for what people do, and as many for all else
READERS = 4
# Each of them keeps one, one is the bell's, and one is for looking at the schema and for commands beside.
CONNECTIONS = 2 * WRITERS + READERS + 2
# With fewer, one writes in each line, and this many are not readers'.
FEWEST, _NO_READERS = 5, 4
# Where the address of the server says how many a replica takes.
_SAID = "connections"
CONNECT_SECONDS = 5
_HELLO = "SET TIME ZONE 'UTC'", "SELECT pg_backend_pid()"
_UNFIT = (
    "The database is behind a pooler that takes no transactions (PgBouncer: pool_mode = statement). Set pool_mode to "
    "transaction or session, or name the server itself in DIBS_DATABASE_URL."
)


def open_postgres(url: URL) -> Engine:
    """Open a server; at most ``CONNECTIONS`` lead there, or as many as its address says (``?connections=5``).

    Raises:
        SchemaError: It says something else.
    """
    most = _most(url.query.get(_SAID))
    url = url.difference_update_query([_SAID])
    asked = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=most,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=asked,
    )
    event.listen(engine, "connect", _begin_session, insert=True)
    return engine


def _most(said: object) -> int:
    if said is None:
        return CONNECTIONS
    if not isinstance(said, str) or not said.isascii() or not said.isdigit() or not FEWEST <= int(said) <= CONNECTIONS:
        raise SchemaError(f"DIBS_DATABASE_URL: {_SAID} is a number from {FEWEST} to {CONNECTIONS}, such as {_SAID}=5.")
    return int(said)


def threads(engine: Engine) -> tuple[int, int]:
    """Return how many write in each line and how many read, so that its connections are enough for them."""
    most = engine.pool.size() if isinstance(engine.pool, QueuePool) else CONNECTIONS
    return (WRITERS, READERS) if most >= CONNECTIONS else (1, min(most - _NO_READERS, READERS))


def is_pooled(connection: Connection) -> bool:
    """Say whether what is said to the session may be gone with the next transaction."""
    return bool(connection.info.get("pooled"))


def _begin_session(connection: Any, record: Any) -> None:
    try:
        with connection.cursor() as cursor:
            for statement in _HELLO:
                cursor.execute(statement)
            (answering,) = cursor.fetchone()
        connection.commit()
    except Exception as error:
        connection.close()
        if "pooling mode" in str(error):
            raise SchemaError(_UNFIT) from error
        raise
    record.info["pooled"] = answering != connection.info.backend_pid
    if record.info["pooled"]:
        connection.prepare_threshold = None
