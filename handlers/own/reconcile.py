"""Reconcile: at start, the database learns what dibs.toml says now; what that moves is logged via=config.

Keys are identities. A department that is gone hands its open mentions to the fallback; a home that changed takes the
open cards with it; clocks go on by new hours, and what a timer put off is tried again; topics apply to new posts only;
a source that is gone keeps its mentions.
"""

from datetime import datetime
from random import Random

from handlers.base.command import as_system
from handlers.base.organisation import DepartmentConfig, Organisation
from handlers.base.storms import hour_of
from handlers.channels.placement import forget_former_homes, place_cards
from handlers.own.new_hours import take_up_hours
from handlers.own.transition import Transition, transition
from handlers.people.accounts import sync_members
from storage.channels import messages
from storage.engine.database import Session
from storage.own import arrivals, mentions, put_off, tallies
from storage.own.mentions import MentionRow
from storage.people import departments, people
from storage.people.people import DepartmentRow
from storage.tables.states import Action, Held, Status, Via


def reconcile(session: Session, organisation: Organisation, now: datetime, random: Random) -> None:
    """Bring departments, homes and memberships to what is configured; move what has to move."""
    arrivals.hold_arrivals(session)
    before = {(home.department_id, home.platform, home.workspace): home.channel for home in people.homes(session)}
    for position, config in enumerate(organisation.departments):
        _department(session, config, position)
    gone = departments.remove_others(session, [config.key for config in organisation.departments])
    sync_members(session, organisation, {})
    after = {(home.department_id, home.platform, home.workspace): home.channel for home in people.homes(session)}
    if before != after:
        moved = {department_id for department_id, *_ in dict(before.items() ^ after.items())}
        rows = mentions.of_departments(session, moved.difference(gone))
        place_cards(session, rows, organisation, now, revive=True)
        for row in rows:
            messages.touch(session, row.id, by_person=False)
        forget_former_homes(session, organisation, now)
    _hand_to_fallback(session, organisation, gone, now, random)
    take_up_hours(session, organisation, now)
    put_off.try_again(session, now)
    tallies.begin(session, [one.name for one in organisation.topics], hour_of(now))


def _department(session: Session, config: DepartmentConfig, position: int) -> None:
    department_id = departments.put(
        session, key=config.key, name=config.name, position=position, timezone=config.timezone
    )
    homes = {
        platform: departments.NamedChannel(channel, config.home_names.get(platform, ""))
        for platform, channel in config.homes.items()
    }
    departments.set_homes(session, department_id, homes)


def _hand_to_fallback(
    session: Session, organisation: Organisation, gone: list[int], now: datetime, random: Random
) -> None:
    if not gone:
        return
    fallback = people.department(session, organisation.fallback)
    if fallback is None:
        raise ValueError("The fallback department is not configured.")
    rows = mentions.of_departments(session, gone, tuple(Held))
    moved = [_hand_over(session, organisation, row, fallback, now, random) for row in rows]
    place_cards(session, [row for row in moved if not row.held], organisation, now, revive=True)


def _hand_over(
    session: Session,
    organisation: Organisation,
    row: MentionRow,
    fallback: DepartmentRow,
    now: datetime,
    random: Random,
) -> MentionRow:
    context = as_system(session, organisation, now, random, via=Via.CONFIG, found=row)

    def decide(seen: MentionRow) -> Transition:
        values = {
            "department_id": fallback.id,
            "owner_id": None,
            "status": str(Status.NEW),
            "snoozed_until": None,
        }
        return Transition(action=Action.HANDED_OFF, values=values, remark="Its department is not configured any more.")

    return transition(context, decide)
