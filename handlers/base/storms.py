"""Storms: when many people at once speak of one topic, and when that is over; nothing is read or written here.

Voices are counted, not posts: one author who writes sixty times is one voice. They are counted in a sliding hour by the
minute in which they were published, and what came to us later than a quarter of an hour is no rise: else a source that
is asked once an hour, and whatever waited while it was down, would be a storm each time.

Many is measured beside what is usual at that hour of the week, and beside how much that varies: a topic of which fifty
speak each noon has no storm of sixty. A storm opens at once and ends slowly, and what it was made of does not open the
next one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

HOUR = timedelta(hours=1)
# What came later than that after it was published is no rise.
IN_TIME = timedelta(minutes=15)
# A storm lasts so long at least, and is over when so long was quiet.
AT_LEAST = timedelta(minutes=30)
# So many hours are looked back on, and of so many must something be known before anything is called unusual.
DAY = 24
WEEK = 7 * DAY
WEEKS = 4
LOOKED_BACK = WEEK * WEEKS
WANTED = DAY
# Fewer voices than that are no storm, whatever is usual.
FEWEST = 10
_QUIET = 2
_MOST_SCATTER = 10.0

# Who spoke, by the minute in which it was published; an author whom nobody names is a voice of his own.
Voice = tuple[datetime, object]
Hourly = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Usual:
    """How many voices an hour has at that hour of the week, and by how much that varies: variance by mean."""

    voices: float
    scatter: float

    @property
    def limit(self) -> float:
        """So many voices in an hour are a storm: two and a half times the usual, and four deviations beyond it."""
        beyond = self.voices + 4 * sqrt(self.voices * self.scatter) + 4
        return max(float(FEWEST), 2.5 * self.voices, beyond)


def usual(before: Hourly) -> Usual | None:
    """Return what is usual now, by the voices of each hour before this one, oldest first; None = nobody knows.

    With less than a day of history nothing is usual; with less than a week it is the mean of what there is, and with
    less than two that hour of each day.
    """
    hours = before[-LOOKED_BACK:]
    known = [one for one in hours if one is not None]
    if len(known) < WANTED:
        return None
    mean = sum(known) / len(known)
    if len(known) < WEEK:
        return Usual(mean, _scatter(hours, 1))
    period = WEEK if len(known) >= 2 * WEEK else DAY
    # The sliding hour lies in two hours of the clock, and a noon that comes early is no storm: so the highest of three.
    near = [[hours[-at] for at in range(period + shift, len(hours) + 1, period)] for shift in (-1, 0, 1)]
    means = [_mean(one) for one in near]
    return Usual(max((one for one in means if one is not None), default=mean), _scatter(hours, period))


def _mean(hours: Hourly) -> float | None:
    known = [one for one in hours if one is not None]
    return sum(known) / len(known) if known else None


def _scatter(hours: Hourly, period: int) -> float:
    """Return how much hours vary around the mean of their kind, as variance by mean: 1 where chance alone does it."""
    around, expected = 0.0, 0.0
    for first in range(min(period, len(hours))):
        known = [one for one in hours[first::period] if one is not None]
        if len(known) > 1:
            mean = sum(known) / len(known)
            around += sum((one - mean) ** 2 for one in known) / (len(known) - 1)
            expected += mean
    return min(_MOST_SCATTER, max(1.0, around / expected)) if expected else 1.0


def in_time(published: datetime | None, heard: datetime) -> datetime | None:
    """Return the minute in which a post counts as a voice; None where it came too late to be a rise.

    What names no time, or one that is yet to come, was published when we heard it.
    """
    said = heard if published is None else min(published, heard)
    return None if heard - said > IN_TIME else said.replace(second=0, microsecond=0)


def voices(heard: Iterable[Voice], since: datetime, until: datetime) -> int:
    """Count who spoke after ``since``, and not after ``until``."""
    return len({who for at, who in heard if since < at <= until})


def is_rise(heard: Sequence[Voice], expected: Usual | None, now: datetime, ended: datetime | None = None) -> bool:
    """Say whether a storm opens now; what was said before the last one ``ended`` was of that one."""
    since = now - HOUR if ended is None else max(now - HOUR, ended)
    return expected is not None and voices(heard, since, now) >= expected.limit


def is_over(heard: Sequence[Voice], expected: Usual | None, began: datetime, now: datetime) -> bool:
    """Say whether a storm ends now: it was on for half an hour, and the last half hour was quiet.

    Quiet is half of the pace that opens one.
    """
    pace = expected.limit / 4 if expected is not None else 0.0
    return now - began >= AT_LEAST and voices(heard, now - AT_LEAST, now) <= max(_QUIET, pace)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour in which something is counted."""
    return moment.replace(minute=0, second=0, microsecond=0)


def by_hour(
    tallied: Mapping[datetime, int], storms: Iterable[tuple[datetime, datetime]], now: datetime
) -> list[int | None]:
    """Return the voices of each hour before this one, oldest first, from those hours of which something is written.

    Nothing is known before the first of them, and of others nothing was heard. Hours of a ``storm`` of less than a day
    are unknown: they are not what is usual. One that lasted longer is.
    """
    this = hour_of(now)
    short = [(began - HOUR, ended) for began, ended in storms if ended - began < timedelta(days=1)]
    first = min(tallied, default=this)
    hours = (this - back * HOUR for back in range(LOOKED_BACK, 0, -1))
    return [
        None if one < first or any(began < one <= ended for began, ended in short) else tallied.get(one, 0)
        for one in hours
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of a storm.

    Attributes:
        people: Who spoke since it began.
        since: When that was, in the zone of its department.
        until: When it was over; None while it is on.
        usual: The voices that such an hour usually has.
        folded: What is folded under its card and not closed, and how many of it are late.
    """

    topic: str
    people: int
    since: datetime
    until: datetime | None
    usual: int
    folded: int
    late: int


def say_storm(one: Told) -> str:
    """Say it in a sentence or two, such as they stand on the card of its lead."""
    usually = f"usually {one.usual} an hour" if one.usual else "usually hardly any"
    who = f"{one.people} people"
    if one.until is None:
        said = f"Storm on {one.topic}: {who} since {one.since:%H:%M}, {usually}."
    else:
        day = "" if one.until.date() == one.since.date() else f"{one.until:%A} "
        said = f"The storm on {one.topic} is over: {who} from {one.since:%H:%M} to {day}{one.until:%H:%M}, {usually}."
    return f"{said} {say_folded(one)}".rstrip()


def say_folded(one: Told) -> str:
    """Say how many are folded under its lead; nothing where none is."""
    if not one.folded:
        return ""
    folded = "1 post is folded here" if one.folded == 1 else f"{one.folded} posts are folded here"
    if not one.late:
        return f"{folded}."
    return f"{folded}, and late." if one.folded == 1 else f"{folded}, {one.late} of them late."
