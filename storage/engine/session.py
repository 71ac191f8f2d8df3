"""A session: what a closure is given to read and write by, for one transaction."""

from typing import Any

from sqlalchemy import Connection


class Session:
    """One transaction on a connection, which whoever opened that ends.

    It has no memory of rows: what is read is what stands there.

    Attributes:
        info: What is noted of the transaction while it runs.
    """

    __slots__ = ("__weakref__", "_asked", "_connection", "info")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked = False
        self.info: dict[str, Any] = {}

    def connection(self) -> Connection:
        """Return the connection, for statements that SQLAlchemy runs."""
        self._asked = True
        return self._connection

    def in_transaction(self) -> bool:
        """Say whether SQLAlchemy may have run anything."""
        return self._asked
