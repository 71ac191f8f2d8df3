"""Leases: which process works on a row now, fenced by a token.

    free ── take ──> held ──> settle, or release ──> free
                     │  ^
                     └──┘ renew, long before it runs out; else it is free for whoever takes it

Lanes, publications and polled sources are shared by replicas in this one way. A lease is short, so that what a killed
process held goes on elsewhere within ten seconds; whoever works renews it while the work lasts. A process that slept
through its lease may wake and write: every write is one UPDATE that asks for its token, and finds another one there.
How long a request may still be on its way after that is the outbox's to know (``bot.outbox.worker``).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, or_, update
from sqlmodel import Session

from storage.engine.compiled import Compiled

LEASE = timedelta(seconds=7)


class Leases:
    """The leases of one table, whose rows have ``lease`` and ``leased_until`` and a key of one column."""

    def __init__(
        self, table: Table, *, when: Any = True, shows: tuple[Any, ...] = (), length: timedelta = LEASE
    ) -> None:
        """Compile its statements.

        Args:
            table: Where the leases stand.
            when: What else has to be so for a row to be taken; ``now`` is bound.
            shows: What is read of a row with each renewal.
            length: How long one lasts.
        """
        self._length = length
        (self._key,) = table.primary_key.columns
        columns = table.c
        self._table = table
        self.now = bindparam("now", type_=columns.leased_until.type)
        self.free = or_(columns.lease.is_(None), columns.leased_until < self.now)
        here = self._key == bindparam("leased")
        self._ours = columns.lease == bindparam("token")
        self._writes: dict[tuple[str, ...], Compiled] = {}
        held = {"leased_until": bindparam("until", type_=columns.leased_until.type)}
        # Takes a row that nobody holds, or whose lease ran out.
        self._take = Compiled(
            update(table).where(here, self.free, when).values(lease=bindparam("token"), **held).returning(self._key)
        )
        # Keeps a row that we hold, even where the lease ran out meanwhile and nobody has taken it.
        self._renew = Compiled(update(table).where(here, self._ours).values(**held).returning(*(shows or (self._key,))))
        # Gives a row back.
        self._release = Compiled(update(table).where(here, self._ours).values(lease=None, leased_until=None))

    def take(self, session: Session, key: int | str, token: str, now: datetime) -> bool:
        """Take a row; False when somebody else holds it, or it is not to be had."""
        return self._take.first(session, leased=key, token=token, now=now, until=now + self._length) is not None

    def renew(self, session: Session, key: int | str, token: str, now: datetime) -> tuple[Any, ...] | None:
        """Keep a row, and return what it shows; None when somebody else took it."""
        return self._renew.first(session, leased=key, token=token, until=now + self._length)

    def keep(self, session: Session, key: int | str, token: str, now: datetime, **values: Any) -> bool:
        """Write down what came of a part of the work, and keep the row; False when it is not ours any more."""
        return self._write(session, key, token, values | {"leased_until": now + self._length})

    def settle(self, session: Session, key: int | str, token: str, **values: Any) -> bool:
        """Write down what came of the work, and give the row back; False when it is not ours any more."""
        return self._write(session, key, token, values | {"lease": None, "leased_until": None})

    def _write(self, session: Session, key: int | str, token: str, values: dict[str, Any]) -> bool:
        """Write plain values while we hold the row; each set of columns is compiled once."""
        names = tuple(values)
        statement = self._writes.get(names)
        if statement is None:
            new = {name: bindparam(f"new_{name}", type_=self._table.c[name].type) for name in names}
            bound = update(self._table).where(self._key == bindparam("leased"), self._ours).values(**new)
            statement = self._writes[names] = Compiled(bound.returning(self._key))
        new_values = {f"new_{name}": value for name, value in values.items()}
        return statement.first(session, leased=key, token=token, **new_values) is not None

    def release(self, session: Session, key: int | str, token: str) -> None:
        """Give a row back without having learnt anything."""
        self._release.run(session, leased=key, token=token)

    def held(self, key: int | str, token: str) -> Any:
        """Return an UPDATE that changes the row only while we hold it."""
        return update(self._table).where(self._key == key, self._table.c.lease == token)

    def forget(self, session: Session) -> None:
        """Free every row. Only for a database that one process has to itself, before it starts."""
        session.connection().execute(update(self._table).values(lease=None, leased_until=None))
