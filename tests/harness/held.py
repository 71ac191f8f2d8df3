"""Mentions that are kept back, for whatever is tested of them and not of what holds them."""

from sqlalchemy import update
from sqlmodel import Session

from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import Held
from tests.harness.scene import Scene


def keep_back(scene: Scene, mention: MentionRow, reason: Held = Held.BELOW) -> MentionRow:
    """Hold a mention as if it had come so; returns it as it is then."""
    table = table_of(Mention)

    def work(session: Session) -> MentionRow:
        session.connection().execute(update(table).where(table.c.id == mention.id).values(held=str(reason)))
        return mentions.get(session, mention.id)

    return scene.database.write(work)
