"""What operators have forgotten: each in small transactions, so that a running Dibs goes on meanwhile."""

from collections.abc import Callable, Iterable
from functools import partial

from bot.cli.people import Outcome
from handlers.base.errors import BotError
from handlers.privacy.authors import (
    PORTION,
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
from handlers.privacy.person import (
    Colleague,
    begin_person,
    clean_some,
    end_person,
    find_colleague,
    free_some,
    person_holds,
    show_some,
    still_typed,
    withdraw_some,
)
from handlers.privacy.person import counted as counted_of
from storage.engine.database import Database, Session
from storage.listen.erase import Holding, holding
from storage.own import left

_STAYS = "The log stays as it is. Backups that were taken before keep what they had."
_MOST_NAMED = 20


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


def forget_person(
    database: Database, now: Forgetting, who: str, say: Callable[[str], None], *, dry_run: bool
) -> Outcome:
    """Remove a colleague who left, release what they have, and draw anew what named them; or say how much that is.

    ``say`` is told before anything is done how to go on, should it be cut short.
    """

    def work() -> str:
        found = database.read(lambda session: find_colleague(session, who))
        much = " ".join(counted_of(database.read(lambda session: person_holds(session, found))))
        typed = database.read(lambda session: _typed(session, found))
        if dry_run:
            return f"Would remove {much}. Nothing was changed.{typed}"
        say(f"This cannot be undone. Cut short, it goes on by: dibs forget person {found.called}")
        _remove_person(database, now, found)
        return f"Removed {much}. {_STAYS}{typed}"

    return _outcome(work)


def _remove_person(database: Database, now: Forgetting, found: Colleague) -> None:
    database.write(lambda session: begin_person(session, now, found))
    while database.write(lambda session: free_some(session, now, found)):
        pass
    while database.write(lambda session: withdraw_some(session, now, found)):
        pass
    shown = database.read(lambda session: left.touched_by(session, found.ids))
    _clean_notices(database, found)
    database.write(lambda session: end_person(session, now, found))
    _clean_notices(database, found)  # what was said of them meanwhile
    for start in range(0, len(shown), PORTION):
        some = shown[start : start + PORTION]
        database.write(partial(show_some, mention_ids=some))


def _clean_notices(database: Database, found: Colleague) -> None:
    last: int | None = 0
    while last is not None:
        last = database.write(partial(clean_some, who=found, after=last))


def _typed(session: Session, found: Colleague) -> str:
    """Say where people typed the name, which is left to whoever wants that gone too."""
    rows, tokens = still_typed(session, found)
    said = []
    if rows:
        said.append(f"rows {_first(str(one) for one in rows)} of the log (dibs forget remark)")
    if tokens:
        said.append(f"drafts and replies of {_first(f'#{one}' for one in tokens)} (dibs forget mention)")
    return f" What people typed stays; it names them in {' and in '.join(said)}." if said else ""


def _first(names: Iterable[str]) -> str:
    known = list(names)
    more = len(known) - _MOST_NAMED
    return ", ".join(known[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


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
