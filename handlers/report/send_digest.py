"""Send a digest: it is built on a snapshot, which may take a while, and written down in a short transaction.

Every minute it is asked of each department: has the hour of today's digest passed there, and did it have one? That
question is right whatever happened before: a stop over the hour (it comes late, on the same local day), a replica that
asks too (the slot is taken in the transaction that writes the messages), and the two nights a year on which 02:30
comes twice or not at all. A cron job for each department would need an answer of its own to each of these.
"""

from dataclasses import dataclass, field
from datetime import date

from handlers.base.cards import Notice
from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.organisation import DepartmentConfig
from handlers.report.digest import build_digest, due_date, put_digest
from handlers.report.news import was_told
from storage.people import people
from storage.work import job_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigest(TimedCommand):
    """Ask for a digest, as it was built, in every home of its department."""

    department: str
    day: date
    notice: Notice = field(repr=False)


def prepare_digest(department: DepartmentConfig, context: Context) -> SendDigest | None:
    """Return a department's digest of today when it is due and was not sent; reads only."""
    session, day = context.session, due_date(department, context.now)
    job = f"digest:{department.key}"
    if day is None or job_slots.is_taken(session, job, day.isoformat()):
        return None
    row = people.department(session, department.key)
    if row is None or not people.homes(session, row.id):  # at a first start, channels are found a little later
        return None
    notice = build_digest(session, context.organisation, row.id, context.now)
    return SendDigest(job=job, slot=day.isoformat(), department=department.key, day=day, notice=notice)


def send_digest(command: SendDigest, context: Context) -> Answer:
    """Say that the digest should stand in the department's homes."""
    row = people.department(context.session, command.department)
    if row is None:
        return Answer(text="The department is gone.", ok=False)
    put_digest(context.session, row, command.notice, command.day, context.now)
    if (configured := context.organisation.configured(command.department)) is not None:
        was_told(context.session, configured)
    return Answer(text=f"The digest of {row.name} is written.")
