"""What the database of a bot says, read from outside and beside it."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url

from tests.fakes.slack.records import Json
from tests.harness.postgres import environment_url

_MENTIONS = """
SELECT m.id, m.token, m.status, m.source, p.external_id, o.name AS owner, d.key AS department, h.channel
FROM mention m JOIN post p ON p.mention_id = m.id AND p.role = 'original'
LEFT JOIN person o ON o.id = m.owner_id
JOIN department d ON d.id = m.department_id
LEFT JOIN home h ON h.department_id = d.id AND h.platform = '{platform}'
ORDER BY m.id
"""
_WAITING = """
SELECT w.* FROM message w JOIN lane l ON l.id = w.lane_id
WHERE l.state = 'open' AND w.state IN ('due', 'sending')
"""
_PUBLICATIONS = """
SELECT b.*, p.external_id AS parent FROM publication b
JOIN post p ON p.mention_id = b.mention_id AND p.role = 'original' ORDER BY b.id
"""
_LOG = """
SELECT e.*, o.name AS owner, a.name AS actor FROM ownership_event e
LEFT JOIN person o ON o.id = e.to_owner_id LEFT JOIN person a ON a.id = e.actor_id ORDER BY e.seq
"""


@dataclass(frozen=True)
class Reader:
    """Reads a database that a bot is working on."""

    url: str

    def rows(self, query: str) -> list[Json]:
        """Return the rows of a query, read only; none before there is a database."""
        if not self.url.startswith("sqlite"):
            return self._from_postgres(query)
        file = Path(str(make_url(self.url).database))
        for _ in range(2_000):
            if not file.exists():
                return []
            try:
                with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
                    connection.row_factory = sqlite3.Row
                    return [dict(row) for row in connection.execute(query)]
            except sqlite3.OperationalError as error:
                # While it is being made, or recovered after a kill, it cannot be read for a moment.
                if "no such table" in str(error):
                    return []
                time.sleep(0.1)
        raise AssertionError(f"the database cannot be read: {self.url}")

    def _from_postgres(self, query: str) -> list[Json]:
        with psycopg.connect(environment_url(self.url), row_factory=dict_row) as connection:
            try:
                return list(connection.execute(query.encode()))
            except psycopg.errors.UndefinedTable:
                return []

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        found = self.rows(f"SELECT count(*) AS n FROM {table}")
        return int(found[0]["n"]) if found else 0

    def mentions(self, platform: str = "slack") -> list[Json]:
        """Return every mention with its post's external id, its owner's name, and its home on a platform."""
        return self.rows(_MENTIONS.format(platform=platform))

    def reference(self, key: str) -> str | None:
        """Return where the bot knows that a message stands."""
        return next(
            (row["reference"] for row in self.rows("SELECT key, reference FROM message") if row["key"] == key), None
        )

    def known_cards(self) -> set[tuple[str, str]]:
        """Return channel and reference of every card that the bot knows of."""
        rows = self.rows("SELECT key, reference FROM message WHERE kind = 'card' AND reference IS NOT NULL")
        return {(row["key"].split(":", 2)[2], row["reference"]) for row in rows}

    def waiting(self) -> list[Json]:
        """Return the messages that do not stand as they should, in lanes that move."""
        return self.rows(_WAITING)

    def publications(self) -> list[Json]:
        """Return every reply that was put on its way, with the external id of the post that it answers."""
        return self.rows(_PUBLICATIONS)

    def log(self) -> list[Json]:
        """Return the ownership log, with names."""
        return self.rows(_LOG)

    def owners(self) -> dict[int, str | None]:
        """Return whom the log, and it alone, makes the owner of each mention."""
        return {row["mention_id"]: row["owner"] for row in self.log()}
