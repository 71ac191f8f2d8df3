"""The bot with a claim as one would write it without thinking: look who has it, then write. It has to fail the race."""

import sys
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention

_mention = table_of(Mention)


def take(session: Session, mention_id: int, person_id: int, now: datetime) -> MentionRow | None:
    """Read, decide, write."""
    if mentions.get(session, mention_id).owner_id is not None:
        return None
    values = {"owner_id": person_id, "status": "claimed", "version": _mention.c.version + 1, "changed_at": now}
    statement = update(_mention).where(_mention.c.id == mention_id).values(**values).returning(*_mention.c)
    return MentionRow(*session.connection().execute(statement).one())


def main() -> None:
    """Put the naive claim in, and run the command line."""
    vars(mentions)["take"] = take
    sys.argv[0] = "dibs"
    from bot.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
