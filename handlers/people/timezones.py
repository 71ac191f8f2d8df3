"""In whose time zone a typed time is meant."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.base.command import Context
from storage.people import people


def zone_of(context: Context) -> ZoneInfo:
    """Return the actor's time zone, else their department's, else the organisation's."""
    names = [context.actor.timezone if context.actor else None]
    if context.found is not None:
        names.append(people.department_of(context.session, context.found.department_id).timezone)
    for name in (*names, context.organisation.timezone):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
                continue
    return ZoneInfo("UTC")
