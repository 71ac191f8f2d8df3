"""Placement: in which channels a mention should stand as a card.

One card in each home of its department. Where a home is parked (archived, the bot was removed), the card stands in
the fallback department's home too, marked, until the home works again; if that is parked as well, the desk has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.base.cards import Line, Link, Notice, Section
from handlers.base.organisation import Organisation
from handlers.base.stored import to_json
from handlers.channels.notify import begin_incident, end_incident
from storage.channels import lanes, messages, rooms, spares
from storage.channels.messages import LaneStatus, person_in
from storage.engine.database import Session
from storage.own import arrivals, mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.people.people import HomeRow
from storage.tables.states import LaneState, MessageKind
from storage.work import incidents
from storage.work.incidents import Subject


@dataclass(frozen=True, slots=True)
class Target:
    """A lane in which a card should stand."""

    platform: str
    channel: str
    lane_id: int


def targets(session: Session, organisation: Organisation) -> dict[int, list[Target]]:
    """Return the lanes of every department's cards, by department."""
    fallback = people.department(session, organisation.fallback)
    spare = {home.platform: home for home in people.homes(session, fallback.id)} if fallback else {}
    parked = {(platform, *one) for platform in spare for one in messages.parked_channels(session, platform)}
    found: dict[int, list[Target]] = {}
    for home in people.homes(session):
        here = _target(session, home)
        row = found.setdefault(home.department_id, [])
        row.append(here)
        other = spare.get(home.platform)
        is_parked = (home.platform, home.workspace, home.channel) in parked
        if is_parked and other is not None and other.channel != home.channel:
            row.append(_target(session, other))
    return found


def _target(session: Session, home: HomeRow) -> Target:
    return Target(home.platform, home.channel, lane_of_home(session, home))


def lane_of_home(session: Session, home: HomeRow) -> int:
    """Return the lane that leads to a home."""
    return messages.lane_id(session, home.platform, home.channel, home.name, workspace=home.workspace)


def place_cards(
    session: Session,
    rows: Sequence[MentionRow],
    organisation: Organisation,
    now: datetime,
    *,
    revive: bool = False,
    why: str = "",
) -> None:
    """Say where the cards of these mentions should stand; those that stand there already stay.

    With ``revive``, a mention that comes back to a channel where its card still stands posts a notice with a link
    beside it, because updating the old card notifies nobody; it says ``why``, if that is known.
    """
    where = targets(session, organisation)
    if revive:
        for row in rows:
            for target in where.get(row.department_id, []):
                _announce_return(session, row, target, why, now)
    cards = [
        (row.id, row.source, target.lane_id, target.channel)
        for row in rows
        for target in where.get(row.department_id, [])
    ]
    messages.put_cards(session, cards, now)


def _announce_return(session: Session, row: MentionRow, target: Target, why: str, now: datetime) -> None:
    card = messages.by_key(session, f"card:{row.id}:{target.channel}")
    if card is None or card.reference is None:
        return
    text = f"#{row.token} came back to this channel. {why}".rstrip()
    link = Link(label="Open the card", places=((target.platform, target.channel, card.reference),))
    line = Line(text=text, token=row.token, link=link)
    messages.put(
        session,
        key=f"back:{row.id}:{target.channel}:{row.version}",
        lane_id=target.lane_id,
        kind=MessageKind.NOTICE,
        body=to_json(Notice(title="Back again", text=text, sections=(Section(title="", lines=(line,)),))),
        now=now,
    )


def incident_of(lane: LaneStatus) -> Subject:
    """Return by what it is known that a lane refuses for good."""
    return incidents.lane(lane.platform, lane.workspace, lane.channel)


def park_lane(
    session: Session, organisation: Organisation, lane_id: int, why: str, now: datetime, probe_at: datetime
) -> bool:
    """Stop a lane that refuses for good, let its cards stand in the fallback home, and tell the admins.

    Returns:
        False when it was parked already.
    """
    arrivals.hold_arrivals(session)
    if not lanes.park(session, lane_id, why, probe_at):
        return False
    lane = messages.lane(session, lane_id)
    if _homes_in(session, lane):
        _place_elsewhere(session, organisation, lane, now)
        what = (
            f"The channel {_called(session, lane)} on {lane.platform} cannot be reached: {why} "
            "Its cards stand in the fallback department's channel and on the desk until it works again."
        )
        begin_incident(session, organisation, incident_of(lane), what, now)
    return True


def _called(session: Session, lane: LaneStatus) -> str:
    """Return the name of a channel: as dibs.toml says it, or the platform where that is an id."""
    if lane.name and lane.name != lane.channel:
        return lane.name
    room = rooms.get(session, lane.platform, lane.channel, workspace=lane.workspace)
    return room.name if room is not None and room.name else lane.channel


def _homes_in(session: Session, lane: LaneStatus) -> list[HomeRow]:
    """Return what departments have a lane as their home."""
    here = (lane.platform, lane.workspace, lane.channel)
    return [home for home in people.homes(session) if (home.platform, home.workspace, home.channel) == here]


def standing_still(session: Session) -> list[LaneStatus]:
    """Return the parked lanes that matter to somebody: of homes, and of people. Elsewhere only old cards are left."""
    homes = {(home.platform, home.workspace, home.channel) for home in people.homes(session)}
    return [
        lane
        for lane in messages.lanes(session)
        if lane.state == LaneState.PARKED
        and (person_in(lane.channel) or (lane.platform, lane.workspace, lane.channel) in homes)
    ]


def forget_former_homes(session: Session, organisation: Organisation, now: datetime) -> None:
    """End the trouble of channels that are nobody's home any more."""
    still = {lane.id for lane in standing_still(session)}
    for lane in messages.lanes(session):
        if lane.state == LaneState.PARKED and lane.id not in still:
            what = f"The channel {_called(session, lane)} on {lane.platform} is nobody's home any more."
            end_incident(session, organisation, incident_of(lane), what, now)


def _place_elsewhere(session: Session, organisation: Organisation, lane: LaneStatus, now: datetime) -> None:
    rows = mentions.of_departments(session, [home.department_id for home in _homes_in(session, lane)])
    place_cards(session, rows, organisation, now)
    for row in rows:  # a card that stands in the fallback home already was drawn as moved away
        messages.touch(session, row.id, by_person=False)


def try_again(session: Session, platform: str, channel: str, now: datetime) -> bool:
    """Let delivery see at once whether a parked channel takes messages again; False when it is not parked."""
    lane = messages.lane_of(session, platform, channel)
    if lane is None or lane.state != LaneState.PARKED:
        return False
    lanes.probe_later(session, lane.id, now)
    return True


def unpark_lane(session: Session, organisation: Organisation, lane_id: int, now: datetime) -> bool:
    """Let a lane move again; its cards come home. False when it was not parked."""
    if not lanes.unpark(session, lane_id):
        return False
    lane = messages.lane(session, lane_id)
    since = incidents.since(session, incident_of(lane))
    for home in _homes_in(session, lane):
        for mention in mentions.of_departments(session, [home.department_id]):
            messages.touch(session, mention.id, by_person=False)
        if since is not None:  # what was closed meanwhile stands in the fallback home, too, and moves away from there
            spares.touch_spares(session, home.department_id, since, platform=lane.platform, lane_id=lane.id)
    what = f"The channel {_called(session, lane)} on {lane.platform} can be reached again."
    end_incident(session, organisation, incident_of(lane), what, now)
    return True
