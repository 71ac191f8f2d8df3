"""What `dibs report` says, and what `dibs report rebuild` does."""

from datetime import datetime
from typing import TextIO

from bot.cli.terminal import counted, printable
from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.base.timezones import named_zone
from handlers.report.counting.fold import PORTION, begin_anew, fold
from handlers.report.counting.rebuild import compare
from handlers.report.figures.periods import read_period
from handlers.report.figures.report import build_report
from handlers.report.figures.written import lines, write_csv, write_json
from storage.engine.database import Database


class Wrong(Exception):
    """What was asked for is not there; its sentence says what is."""


def say_report(
    database: Database,
    organisation: Organisation,
    period: str,
    department: str,
    product: str,
    format_: str,
    now: datetime,
    out: TextIO,
) -> None:
    """Write the report of a period.

    Raises:
        Wrong: That is no period, or no department or product that has figures.
    """
    _catch_up(database, organisation)
    try:
        wanted = read_period(period, named_zone(organisation.timezone), now)
        report = database.read(lambda session: build_report(session, organisation, wanted, now, department, product))
    except WrongInput as wrong:
        raise Wrong(wrong.sentence) from None
    if format_ == "text":
        out.writelines(f"{printable(line)}\n" for line in lines(report))
    else:
        {"json": write_json, "csv": write_csv}[format_](report, out)


def compare_and_mend(database: Database, organisation: Organisation) -> tuple[list[str], bool]:
    """Count the log anew; returns what to say of it, and whether it was the same."""
    _catch_up(database, organisation)
    found = database.read(lambda session: compare(session, organisation))
    if not found.differences:
        return [f"{counted(found.rows, 'row')} of the log, counted anew: all as it was."], True
    database.write(begin_anew)
    _catch_up(database, organisation)
    told = [f"{counted(found.rows, 'row')} of the log, counted anew. It differed:", *found.differences]
    return [*map(printable, told), "It is as the log says now."], False


def _catch_up(database: Database, organisation: Organisation) -> None:
    while database.write(lambda session: fold(session, organisation.timezone, PORTION)):
        pass
