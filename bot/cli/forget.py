"""What operators have forgotten: each in small transactions, so that a running Dibs goes on meanwhile."""

from collections.abc import Callable

from bot.cli.people import Outcome
from handlers.base.errors import BotError
from handlers.listen.forget import (
    Forgetting,
    author_holds,
    begin_author,
    counted,
    find_author,
    find_mention,
    forget_mentions,
    forget_remark,
    forget_some_of_author,
)
from storage.engine.database import Database
from storage.listen.erase import Holding, holding

_STAYS = "The log stays as it is. Backups that were taken before keep what they had."


def forget_author(database: Database, now: Forgetting, source: str, who: str, *, dry_run: bool) -> Outcome:
    """Remove an author and all that they wrote, or say how much that is."""

    def work() -> str:
        found = database.read(lambda session: find_author(session, now.organisation, source, who))
        held = database.read(lambda session: author_holds(session, found))
        if dry_run:
            return _would(held)
        database.write(lambda session: begin_author(session, now, found))
        while database.write(lambda session: forget_some_of_author(session, now, found)):
            pass
        listed = " A list of customers that names them has to be changed by hand." if now.organisation.customers else ""
        return _done(held) + listed

    return _outcome(work)


def forget_mention(database: Database, now: Forgetting, token: str, *, dry_run: bool) -> Outcome:
    """Remove what a mention says, or say how much that is."""

    def work() -> str:
        row = database.read(lambda session: find_mention(session, token))
        held = database.read(lambda session: holding(session, [row.id]))
        if dry_run:
            return _would(held)
        database.write(lambda session: forget_mentions(session, now, [row.id]))
        return _done(held)

    return _outcome(work)


def forget_one_remark(database: Database, seq: int, *, dry_run: bool) -> Outcome:
    """Remove what was typed beside a row of the log."""
    return _outcome(lambda: database.write(lambda session: forget_remark(session, seq, dry_run=dry_run)))


def _would(held: Holding) -> str:
    return f"Would remove {' '.join(counted(held))}. Nothing was changed."


def _done(held: Holding) -> str:
    return f"Removed {' '.join(counted(held))}. {_STAYS}"


def _outcome(work: Callable[[], str]) -> Outcome:
    try:
        return Outcome(work())
    except BotError as error:
        return Outcome(error.sentence, 1)
