"""Incidents: what is wrong at the moment, so that the admins hear of it once, and once when it is over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.work import Incident

_incident = table_of(Incident)
# An incident that is not known yet.
_INSERT = InsertOrIgnore(_incident, _incident.c.kind)


class IncidentKind(StrEnum):
    """What may be in trouble: a channel, a platform, how it shows cards; a source, its account, replies, deliveries."""

    LANE = "lane"
    PLATFORM = "platform"
    LAYOUT = "layout"
    SOURCE = "source"
    ACCOUNT = "account"
    PUBLISHING = "publishing"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is wrong: always the same kind and name for the same thing."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Say both, such as "source blog"."""
        return f"{self.kind} {self.name}"


def lane(platform: str, workspace: str, channel: str) -> Subject:
    """Return the subject of a channel that cannot be reached."""
    return Subject(IncidentKind.LANE, " ".join(part for part in (platform, workspace, channel) if part))


def account(source: str) -> Subject:
    """Return the subject of an account that is not let in until a person signs in."""
    return Subject(IncidentKind.ACCOUNT, source)


def deliveries(source: str) -> Subject:
    """Return the subject of a hook of which something cannot be read."""
    return Subject(IncidentKind.DELIVERIES, source)


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One row of ``trouble``, as it was read; the fields are the columns, in their order."""

    kind: str
    name: str
    since: datetime
    what: str

    @property
    def subject(self) -> Subject:
        """What is wrong."""
        return Subject(self.kind, self.name)


def begin(session: Session, subject: Subject, what: str, now: datetime) -> bool:
    """Write down that something is wrong; False when that was written already."""
    values = {"kind": str(subject.kind), "name": subject.name, "what": what, "since": now}
    return _INSERT.run(session, values).first() is not None


def end(session: Session, subject: Subject) -> bool:
    """Write down that it is over; False when nothing was wrong."""
    here = (_incident.c.kind == str(subject.kind), _incident.c.name == subject.name)
    return session.connection().execute(delete(_incident).where(*here).returning(_incident.c.kind)).first() is not None


def since(session: Session, subject: Subject) -> datetime | None:
    """Return since when something is wrong; None where it is well."""
    here = (_incident.c.kind == str(subject.kind), _incident.c.name == subject.name)
    found: datetime | None = session.connection().scalar(select(_incident.c.since).where(*here))
    return found


def is_told(session: Session, subject: Subject) -> bool:
    """Say whether something is wrong at the moment."""
    return since(session, subject) is not None


def all_of(session: Session) -> list[IncidentRow]:
    """Return everything that is wrong, the oldest first."""
    query = select(_incident).order_by(_incident.c.since)
    return [IncidentRow(*row) for row in session.connection().execute(query)]
