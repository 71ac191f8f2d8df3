"""Fold: the log is taken into the tables of reports, a portion at a time, behind all else that is to be written.

Days are those of the organisation's time zone. Another zone has other days, so the tables are emptied and filled anew.
"""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.timezones import named_zone
from handlers.report.counting.take import Take
from storage.engine.database import Session
from storage.report import folding

# So many rows take some 20 ms of the processor, and who presses a button then waits no longer than that.
PORTION = 1_000
EMPTIED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldLog(TimedCommand):
    """Ask for the next portion."""

    behind: ClassVar[bool] = True


def prepare_fold(context: Context) -> FoldLog | None:
    """Return the next portion, if the log has rows that are not counted, or their days are those of another zone."""
    counted, head = folding.position(context.session)
    behind = counted.seq < head or counted.timezone != context.organisation.timezone
    return FoldLog(job="fold") if behind else None


def fold_log(_command: FoldLog, context: Context) -> Answer:
    """Take the next rows of the log, or some that were counted otherwise out of the tables."""
    return Answer(text="", ok=fold(context.session, context.organisation.timezone, PORTION))


def fold(session: Session, timezone: str, most: int) -> bool:
    """Go on by one portion of at most so many rows; says whether there was anything to do."""
    counted = folding.hold(session)
    if counted.timezone != timezone:
        if counted.timezone:
            folding.move(session, 0, "")
        if folding.empty(session, EMPTIED):
            return True
        folding.move(session, 0, timezone)
        counted = folding.Position(0, timezone)
    return fold_rows(session, counted, named_zone(timezone), most)


def fold_rows(session: Session, counted: folding.Position, zone: ZoneInfo, most: int) -> bool:
    """Take the rows behind those that are counted; says whether there were any."""
    portion = folding.next_portion(session, counted.seq, most)
    if portion is None:
        return False
    take = Take(portion.tables, zone)
    for row in portion.rows:
        take(row)
    portion.write(session)
    folding.move(session, portion.last, counted.timezone)
    return True


def begin_anew(session: Session) -> None:
    """Let the tables be emptied and filled anew from here on."""
    folding.hold(session)
    folding.move(session, 0, "")
