"""The step to the release that knows storms: what was heard before is counted, and says what is usual."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from storage.engine.database import Database
from storage.engine.upgrade import Filling, migrate
from storage.own import tallies
from tests.storage.migrations import release_0004
from tests.storage.migrations.release_0004 import THEN

HOUR = THEN.replace(minute=0, second=0, microsecond=0)


def test_what_was_heard_in_five_weeks_is_counted_by_the_hour_and_by_author(empty: Engine) -> None:
    def say(connection: Connection) -> None:
        """Let all be of one topic; the last were published long before they were heard, and one is too old."""
        connection.execute(text("UPDATE mention SET topic = 'billing', ingested_at = :at"), {"at": stamp(0)})
        connection.execute(text("UPDATE mention SET ingested_at = :at WHERE id = 1"), {"at": stamp(-40 * 24)})
        connection.execute(text("UPDATE post SET author_id = 1, published_at = NULL WHERE role = 'original'"))
        connection.execute(text("UPDATE post SET author_id = NULL WHERE mention_id IN (2, 3) AND role = 'original'"))
        late = "UPDATE post SET published_at = :at, author_id = NULL WHERE mention_id = 4 AND role = 'original'"
        connection.execute(text(late), {"at": stamp(-2)})

    def stamp(hours: int) -> object:
        at = THEN + timedelta(hours=hours)
        return f"{at:%Y-%m-%d %H:%M:%S.%f}" if empty.dialect.name == "sqlite" else at

    release_0004.make(empty)
    assert migrate(empty, Filling(schema="0021", rows=say, after=lambda _connection: None))
    database = Database(empty)

    def look(session: Session) -> dict[datetime, int]:
        return tallies.of_topic(session, "billing", HOUR - timedelta(days=90))

    assert database.read(look) == {HOUR - timedelta(hours=2): 0, HOUR: 3}
