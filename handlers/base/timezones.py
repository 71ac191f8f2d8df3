"""In whose time zone a time is meant that somebody types or picks, and one is shown that no browser changes."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.base.command import Asking, Context
from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.people import people


def zone_of(context: Context) -> ZoneInfo:
    """Return the actor's time zone, else that of the mention's department, else the organisation's."""
    own = context.actor.timezone if context.actor else None
    where = context.found.department_id if context.found is not None else None
    return _first(own, _department(context.session, where), context.organisation.timezone)


def zone_for(asking: Asking) -> ZoneInfo:
    """Return the time zone of who asks for a form: the one in which what they fill in is read."""
    where = asking.found.department_id if asking.found is not None else None
    return person_zone(asking.session, asking.organisation, asking.person_id, where)


def person_zone(
    session: Session, organisation: Organisation, person_id: int | None, department_id: int | None = None
) -> ZoneInfo:
    """Return a person's time zone, else that of a department, else the organisation's."""
    person = people.find(session, person_id) if person_id is not None else None
    own = person.timezone if person is not None else None
    return _first(own, _department(session, department_id), organisation.timezone)


def _department(session: Session, department_id: int | None) -> str | None:
    return people.department_of(session, department_id).timezone if department_id is not None else None


def named_zone(name: str) -> ZoneInfo:
    """Return the time zone of this name; UTC where there is none."""
    return _first(name)


def _first(*names: str | None) -> ZoneInfo:
    for name in names:
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
                continue
    return ZoneInfo("UTC")
