"""Storm: what the card of a lead says of what is folded under it, and a card that was folded of where it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from handlers.base.cards import Fact
from handlers.base.storms import Told, say_folded, say_storm
from handlers.report.kept_back import address
from storage.engine.database import Session
from storage.own import folds, mentions, storms
from storage.own.folds import Folded
from storage.own.mentions import MentionRow
from storage.own.storms import StormRow
from storage.people.people import DepartmentRow
from storage.tables.states import CLOSED, Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Storms:
    """What the cards of one channel have to do with storms.

    Attributes:
        led: The storm that a mention leads.
        counts: What is folded under each, by the storm's number.
        leads: Under which card a mention is folded, by token.
    """

    led: Mapping[int, StormRow] = field(default_factory=dict)
    counts: Mapping[int, Folded] = field(default_factory=dict)
    leads: Mapping[int, str] = field(default_factory=dict)

    def left_over(self, mention_id: int) -> int:
        """Return how many mentions are folded under this one, once its storm is over."""
        storm = self.led.get(mention_id)
        return self.counts[storm.id].number if storm is not None and storm.ended_at is not None else 0

    def aside(self, row: MentionRow, department: DepartmentRow) -> tuple[Fact, ...]:
        """Return what the card of a lead says: as long as the storm is on, or anything is folded under it."""
        storm = self.led.get(row.id)
        if storm is None or (storm.ended_at is not None and not self.left_over(row.id)):
            return ()
        told = _told(storm, self.counts[storm.id], ZoneInfo(department.timezone))
        folded = say_folded(told)
        path = address(reason=Held.STORM, held_by=storm.id) if folded else ""
        return (Fact(label="", value=say_storm(told), end=folded, path=path),)

    def place(self, row: MentionRow) -> str:
        """Return where a mention went that is folded and not closed; empty for any other."""
        token = self.leads.get(row.id, "")
        return f"Folded into a storm, under #{token}." if token and row.status not in CLOSED else ""


def storms_of(session: Session, rows: Sequence[MentionRow]) -> Storms:
    """Look up what these mentions have to do with storms: one look-up where none has."""
    led = storms.led_by(session, [row.id for row in rows]) if rows else {}
    under = {row.id: row.held_by for row in rows if row.held == Held.STORM and row.held_by is not None}
    their = {one: storms.get(session, one).lead_id for one in set(under.values())}
    tokens = {row.id: row.token for row in mentions.several(session, list(set(their.values())))} if their else {}
    return Storms(
        led=led,
        counts=folds.counts(session, [one.id for one in led.values()]) if led else {},
        leads={mention_id: tokens[their[storm_id]] for mention_id, storm_id in under.items()},
    )


def _told(storm: StormRow, folded: Folded, zone: ZoneInfo) -> Told:
    """Return what is said of a storm, as the clocks of its department show it."""
    return Told(
        topic=storm.topic,
        people=storm.voices,
        since=storm.began_at.astimezone(zone),
        until=storm.ended_at.astimezone(zone) if storm.ended_at is not None else None,
        usual=storm.usual,
        folded=folded.number,
        late=folded.late,
    )
