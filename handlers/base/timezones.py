"""In whose time zone a time is meant that somebody types or picks."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.base.command import Asking, Context
from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.people import people


def zone_of(context: Context) -> ZoneInfo:
    """Return the actor's time zone, else that of the mention's department, else the organisation's."""
    own = context.actor.timezone if context.actor else None
    return _first([own, *_others(context.session, context.organisation, context.found)])


def zone_for(asking: Asking) -> ZoneInfo:
    """Return the time zone of who asks for a form: the one in which what they fill in is read."""
    person = people.find(asking.session, asking.person_id) if asking.person_id is not None else None
    own = person.timezone if person is not None else None
    return _first([own, *_others(asking.session, asking.organisation, asking.found)])


def _others(session: Session, organisation: Organisation, found: MentionRow | None) -> list[str | None]:
    of = people.department_of(session, found.department_id).timezone if found is not None else None
    return [of, organisation.timezone]


def _first(names: Iterable[str | None]) -> ZoneInfo:
    for name in names:
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
                continue
    return ZoneInfo("UTC")
