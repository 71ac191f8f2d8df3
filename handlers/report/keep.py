"""Keep: reports of quarters and years are made at night, those that there are none of yet at once.

One is made from a snapshot, a portion of time that nobody waits for, and then written in a short transaction. What a
year ago was over is left as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.timezones import named_zone
from handlers.report.counting.days import begins, local_day
from handlers.report.figures.kept import grounds_of, to_kept
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.report import build_report
from storage.report import folding, kept
from storage.report.kept import KeptRow

# At that time of the night those that changed are made anew.
_AT = timedelta(hours=2)
_CHANGES = timedelta(days=366)
# While more rows of the log than these are not counted, a report would be of another day.
_BEHIND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReport(TimedCommand):
    """Ask for a report to be kept in the place of the one that was made ``before``."""

    row: KeptRow
    before: datetime | None


def prepare_keep(context: Context) -> KeepReport | None:
    """Make the next report that is due; None where there is none, or counting is behind."""
    session, zone = context.session, named_zone(context.organisation.timezone)
    counted, head = folding.position(session)
    first = kept.begins(session)
    if first is None or head - counted.seq > _BEHIND:
        return None
    made, grounds = kept.made(session), grounds_of(context.organisation)
    for period in long_periods(first, context.now, zone):
        known = made.get(period.label)
        if known is None or known.grounds != grounds or _is_due(known, period, head, context.now):
            report = build_report(session, context.organisation, period, context.now)
            row = KeptRow(period.label, context.now, head, grounds, to_kept(report))
            return KeepReport(job="kept reports", row=row, before=known.at if known else None)
    return None


def keep_report(command: KeepReport, context: Context) -> Answer:
    """Keep it, unless another process did meanwhile."""
    done = kept.keep(context.session, command.row, command.before)
    return Answer(text=f"The report of {command.row.label} is made.", ok=done)


def long_periods(first: datetime, now: datetime, zone: ZoneInfo) -> Iterator[Period]:
    """Yield the quarters and years in which anything arrived by now, the latest first."""
    day = local_day(now, zone)
    for label in (f"{day.year}-Q{(day.month + 2) // 3}", f"{day.year}"):
        period = read_period(label, zone, now)
        while period.end > first:
            yield period
            period = period.before()


def _is_due(known: KeptRow, period: Period, head: int, now: datetime) -> bool:
    zone = period.zone
    night = begins(local_day(now - _AT, zone), zone) + _AT
    return known.seq != head and known.at < night and known.at < period.end + _CHANGES
