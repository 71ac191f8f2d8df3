"""Times: the times that people type, in their own zone, and times said back to them.

What may be typed is a small grammar; what is outside it is refused, and so is what may be read in two ways
("next friday" on a Wednesday, "5 o'clock", "04/05"): a mention that sleeps a week too long is worse than a question.

- a span: ``30m``, ``2h 30m``, ``in 2 hours``, ``half an hour``, ``an hour and a half``; a day of it is 24 hours
- a time: ``17:00``, ``5pm``, ``5:30 pm``, ``noon``: when the clock shows it next; ``midnight``: the coming one
- a day: ``tomorrow``, ``day after tomorrow``, ``friday``, ``next week`` (its Monday), ``4 may``, ``2026-05-04``: 09:00
- a day and a time, in either order: ``tomorrow 10:30``, ``monday at 14:00``, ``5pm on friday``, ``today 17:00``

A weekday is the next one of its name, and never today. Where clocks are put forward, a time that they skip is as long
after midnight as it would have been; where they are put back, of two times of one name the first that is still to
come is meant. Either is said (``Moment.remark``).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FORMS = "30m, 2h, in 2 hours, half an hour, 17:00, 5pm, tomorrow, tomorrow 10:30, monday 14:00, next week"
NO_TIME = "When? Choose a time, or pick another one."

_LONGEST = timedelta(days=366)
_MOST_TYPED = 60
_MORNING = time(9)
_NOON = time(12)
_AFTERNOON = time(15)
_SOON = timedelta(hours=2)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

_COUNTS = "a an one two three four five six seven eight nine ten eleven twelve"
_COUNT = {word: max(1, place - 1) for place, word in enumerate(_COUNTS.split())}
_UNIT = r"(?:m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
_SPAN = re.compile(
    rf"(?:(?:in|for) )?(\d{{1,4}} ?|(?:{_COUNTS.replace(' ', '|')}) )({_UNIT})"
    rf"(?:(?:,? and |,? ?)(\d{{1,2}}) ?({_UNIT}))?",
    re.ASCII,
)
_HALVES = re.compile(
    r"(?:(?:in|for) )?(?:(?P<minutes>(?:a )?half(?: an)? hour|a quarter(?: of an)? hour|quarter of an hour)"
    rf"|(?P<count>\d|{_COUNTS.replace(' ', '|')}) (?:hours? and a half|and a half hours))",
    re.ASCII,
)
_STEPS = ("w", "d", "h", "m")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FULL = {"m": 60, "h": 24, "d": 7}
_CLOCK = r"\d{1,2}:\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?|noon|midday"
_CLOCK_PARTS = re.compile(r"(\d{1,2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?", re.ASCII)
_DAY_FIRST = re.compile(rf"(?:on )?(?P<day>.+?)(?:,? (?:at )?(?P<clock>{_CLOCK}|morning))?", re.ASCII)
_CLOCK_FIRST = re.compile(rf"(?:at )?(?P<clock>{_CLOCK})(?:,? (?:on )?(?P<day>.+))?", re.ASCII)
_PART = r"[a-z]+|\d{1,2}(?:st|nd|rd|th)?"
_CALENDAR = re.compile(rf"(?P<a>{_PART})\.? (?P<b>{_PART})(?:,? (?P<year>\d{{4}}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


class UnknownTime(ValueError):
    """What was typed is no moment that is still to come; the message says what may be typed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was typed.

    Attributes:
        at: In UTC.
        remark: What is to be said of it beside the time: the clock skips it, or shows it twice.
    """

    at: datetime
    remark: str = ""


def read_time(text: str, now: datetime, zone: ZoneInfo) -> Moment:
    """Read a span, a time, a day, or a day with a time in ``zone``; a day without a time begins at 09:00.

    Raises:
        UnknownTime: It is none of these, past, or more than a year away.
    """
    words = " ".join(text.translate(_WIDE).lower().split())
    try:
        read = _read(re.sub("^(?:until|till|til) ", "", words), now, zone) if len(words) < _MOST_TYPED else None
    except (OverflowError, ValueError):  # the first or last hours of the calendar, 31 June, 25:00
        read = None
    if read is None:
        raise UnknownTime(f"Say when: {FORMS}, or a date such as 2026-05-04 15:30.")
    if read.at <= now:
        raise UnknownTime("That moment is past. Choose one that is still to come.")
    if read.at - now > _LONGEST:
        raise UnknownTime("That is more than a year away. Choose an earlier moment.")
    return read


def _read(words: str, now: datetime, zone: ZoneInfo) -> Moment | None:
    span = _span(words)
    if span is not None:
        return Moment(now + span)
    local = now.astimezone(zone)
    exact = _iso(words)
    if exact is not None:
        return Moment(exact.astimezone(UTC)) if exact.tzinfo else _settle(exact, now, zone)
    if words == "midnight":
        return _settle(datetime.combine(local.date() + timedelta(days=1), time()), now, zone)
    for form in (_CLOCK_FIRST, _DAY_FIRST):
        found = form.fullmatch(words)
        if found and (read := _read_day_and_clock(found["day"], found["clock"], now, zone)):
            return read
    return None


def _read_day_and_clock(day: str | None, clock: str | None, now: datetime, zone: ZoneInfo) -> Moment | None:
    local = now.astimezone(zone)
    shown = _clock(clock) if clock else _MORNING
    if shown is None:
        return None
    if day is None:
        today = _settle(datetime.combine(local.date(), shown), now, zone)
        return (
            today if today.at > now else _settle(datetime.combine(local.date() + timedelta(days=1), shown), now, zone)
        )
    if day == "today":
        on = local.date() if clock and clock != "morning" else None
    else:
        on = _day(day, local.date())
    return _settle(datetime.combine(on, shown), now, zone) if on else None


def _span(words: str) -> timedelta | None:
    if halves := _HALVES.fullmatch(words):
        if halves["minutes"]:
            return timedelta(minutes=30 if "half" in halves["minutes"] else 15)
        return timedelta(hours=_number(halves["count"]), minutes=30)
    span = _SPAN.fullmatch(words)
    if not span:
        return None
    first, second = span[2][0], (span[4] or "")[:1]
    length = timedelta(**{_UNITS[first]: _number(span[1].strip())})
    if not second:
        return length
    fits = _STEPS.index(second) > _STEPS.index(first) and int(span[3]) < _FULL[second]
    return length + timedelta(**{_UNITS[second]: int(span[3])}) if fits else None


def _number(word: str) -> int:
    return _COUNT[word] if word in _COUNT else int(word)


def _iso(words: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(words.upper())
    except ValueError:
        return None
    bare = read.tzinfo is None and len(words) <= len("2026-05-04")
    return datetime.combine(read.date(), _MORNING) if bare else read


def _clock(words: str) -> time | None:
    if words in ("noon", "midday"):
        return _NOON
    if words == "morning":
        return _MORNING
    found = _CLOCK_PARTS.fullmatch(words)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute)


def _day(words: str, today: date) -> date | None:
    if words == "tomorrow":
        return today + timedelta(days=1)
    if words in ("day after tomorrow", "the day after tomorrow"):
        return today + timedelta(days=2)
    if _DATE.fullmatch(words):
        return date.fromisoformat(words)
    monday = today + timedelta(days=7 - today.weekday())
    if words == "next week":
        return monday
    if words.startswith("next week ") or words.endswith(" next week"):
        number = _weekday(words.replace("next week", "").strip())
        return monday + timedelta(days=number) if number is not None else None
    which, _, name = words.rpartition(" ")
    number = _weekday(name)
    if number is None:
        return _calendar_day(words, today)
    coming = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    # "next friday" is this week's to some, and that of the next week to others.
    sure = {"": True, "next": coming >= monday, "this": coming < monday}
    return coming if sure.get(which, False) else None


def _weekday(name: str) -> int | None:
    return next((n for n, full in enumerate(_FULL_DAYS) if len(name) >= 3 and full.startswith(name)), None)


def _calendar_day(words: str, today: date) -> date | None:
    """Read "4 may", "may 4th" or "4 may 2026"; without a year the next such day is meant."""
    found = _CALENDAR.fullmatch(words)
    if not found:
        return None
    number, name = (found["a"], found["b"]) if found["a"][0].isdigit() else (found["b"], found["a"])
    month = next((n for n, full in enumerate(_FULL_MONTHS, 1) if name in (full, full[:3], full[:4])), None)
    if month is None or not number[0].isdigit():
        return None
    day = int(number.rstrip("sthndr"))
    if found["year"]:
        return date(int(found["year"]), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _settle(wall: datetime, now: datetime, zone: ZoneInfo) -> Moment:
    """Return when the clock on the wall shows that time, and what is odd about it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Moment(first)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return Moment(first, f"The clock skips {wall:%H:%M} on that day.")
    if first <= now < second:
        return Moment(second, f"The clock shows {wall:%H:%M} twice on that day; the second is meant.")
    return Moment(first, f"The clock shows {wall:%H:%M} twice on that day; the first is meant.")


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment to be chosen instead of typed.

    Attributes:
        at: In UTC.
        label: What it is called, with the time that it means: "Tomorrow 9:00 (Mon 30 Nov)".
    """

    at: datetime
    label: str

    @property
    def value(self) -> str:
        """The moment itself, as ``read_time`` reads it: whatever is chosen later means what the label said."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def presets(now: datetime, zone: ZoneInfo) -> tuple[Preset, ...]:
    """Return what is usual to choose from, by the clock on the wall; of two that are one moment, the first."""
    local = now.astimezone(zone)
    today = local.date()
    tomorrow, monday = today + timedelta(days=1), today + timedelta(days=7 - today.weekday())
    soon = (now + _SOON).astimezone(UTC)
    soon += timedelta(minutes=1 if soon.second or soon.microsecond else 0)
    moments = (
        ("In 2 hours", soon.replace(second=0, microsecond=0)),
        ("This afternoon", _settle(datetime.combine(today, _AFTERNOON), now, zone).at),
        ("Tomorrow", _settle(datetime.combine(tomorrow, _MORNING), now, zone).at),
        ("Monday", _settle(datetime.combine(monday, _MORNING), now, zone).at),
    )
    found: dict[datetime, str] = {}
    for name, at in moments:
        if at > now:
            found.setdefault(at, name)
    return tuple(Preset(at, _label(name, at.astimezone(zone), today)) for at, name in found.items())


def _label(name: str, local: datetime, today: date) -> str:
    clock, day = f"{local.hour}:{local.minute:02}", f"{local:%a} {local.day} {local:%b}"
    if name in ("Tomorrow", "Monday"):
        return f"{name} {clock} ({day})"
    return f"{name} ({clock})" if local.date() == today else f"{name} ({day}, {clock})"


def say_time(at: datetime, zone: ZoneInfo) -> str:
    """Say a moment so that nobody has to guess: weekday, date, time and zone."""
    local = at.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B} {local.year}, {local:%H:%M} ({zone.key})"


def say_clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say a moment as briefly as it is understood now: "14:00", and on another day "Tuesday 3 March, 14:00"."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the local day ends in which a moment lies."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)


def say_span(span: timedelta) -> str:
    """Say a span in hours and minutes, as dibs.toml has it: "1h30m"."""
    hours, minutes = divmod(span // timedelta(minutes=1), 60)
    return f"{f'{hours}h' if hours else ''}{f'{minutes}m' if minutes or not hours else ''}"


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago something was: "5 minutes ago"."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "a moment ago"
    if minutes < 120:
        return f"{minutes} minutes ago" if minutes > 1 else "a minute ago"
    hours = minutes // 60
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"
