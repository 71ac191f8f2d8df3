"""Dates as feeds write them: right or absent, and never guessed.

feedparser fills what it does not read from the day of today, and knows no summer time but America's. So a date is read
here by forms that say all of it: year, month and day, and the zone where one stands (UTC where none does). What only
some readers would read so, such as 12/06/2016, is no date; nor are the zeros that programs write where they have none.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone

# In each language from January on; a word is a month when it begins the names of one month alone.
_LANGUAGES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
_MONTHS = tuple(zip(*map(str.split, _LANGUAGES), strict=True))
_WORD = r"[^\W\d_]{3,10}\.?"
_TH = r"(?:st|nd|rd|th|\.)?"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_ZONE = r"(?P<zone>(?:GMT|UTC|UT)?\s?[+-]\d{1,2}:?(?:\d\d)?|[A-Za-z]{1,5})"
_TAIL = rf"(?:(?:\s*[T,]?\s*|\s+at\s+|\s*-\s+){_TIME}(?:\s*{_ZONE})?(?:\s*\([^()]*\))?)?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?(?:\s*,\s*|\s+))?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})(?P<by>[-/.])(?P<month>\d{{1,2}})(?P=by)(?P<day>\d{{1,2}}){_TAIL}",
        rf"(?P<year>\d{{4}})\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]{_TAIL}",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)?{_ZONE}?)?",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}}){_TH}[\s-]+(?P<word>{_WORD}),?[\s-]+(?P<year>\d{{4}}|\d\d)(?!\d){_TAIL}",
        rf"{_WEEKDAY}(?P<word>{_WORD})\s+(?P<day>\d{{1,2}}){_TH},?\s+(?P<year>\d{{4}}){_TAIL}",
        rf"{_WEEKDAY}(?P<word>{_WORD})\s+(?P<day>\d{{1,2}})\s+{_TIME}(?:\s+{_ZONE})?\s+(?P<year>\d{{4}})",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}){_TAIL}",
        rf"(?P<one>\d{{1,2}})(?P<by>[-/])(?P<other>\d{{1,2}})(?P=by)(?P<year>\d{{4}}){_TAIL}",
    )
)
# Hours from UTC: RFC 822, section 5, and those of other places that name one zone alone.
_ZONES: Mapping[str, float] = {
    **dict.fromkeys(("", "Z", "UT", "UTC", "GMT", "WET"), 0),
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8},
    **{"HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3},
    **{
        "BST": 1,
        "WEST": 1,
        "CET": 1,
        "MEZ": 1,
        "CEST": 2,
        "MESZ": 2,
        "EET": 2,
        "SAST": 2,
        "EEST": 3,
        "MSK": 3,
        "TRT": 3,
    },
    **{"PKT": 5, "NPT": 5.75, "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9},
    **{"ACST": 9.5, "AEST": 10, "ACDT": 10.5, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def told_moment(text: str) -> datetime | None:
    """Return the moment that a date tells, in UTC; None where it does not tell one."""
    text = " ".join(text.split())[:100]
    if re.fullmatch(r"\d{9,10}(?:\d{3}|\.\d+)?", text):  # seconds or milliseconds since 1970
        return _likely(_EPOCH + timedelta(seconds=float(text) / (1 if "." in text or len(text) < 12 else 1_000)))
    for form in _FORMS:
        if found := form.fullmatch(text):
            try:
                return _likely(_moment({name: value or "" for name, value in found.groupdict().items()}))
            except (ValueError, OverflowError):
                return None
    return None


def told_stamp(written: object) -> float | None:
    """Return the same in seconds since 1970; None where nothing is written."""
    moment = told_moment(written) if isinstance(written, str) else None
    return moment.timestamp() if moment else None


def _moment(part: Mapping[str, str]) -> datetime:
    month, day = _month_and_day(part)
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("There is no such hour.")
        hour = hour % 12 + (12 if half in "pP" else 0)
    next_day = timedelta(days=1 if (hour, minute, second) == (24, 0, 0) else 0)
    leap = timedelta(seconds=1 if second == 60 else 0)
    told = datetime(_year(part["year"]), month, day, 0 if next_day else hour, minute, min(second, 59), tzinfo=UTC)
    return (told + next_day + leap).replace(tzinfo=_zone(part.get("zone", ""))).astimezone(UTC)


def _month_and_day(part: Mapping[str, str]) -> tuple[int, int]:
    if "one" in part:
        one, other = int(part["one"]), int(part["other"])
        if (one > 12) == (other > 12) and one != other:
            raise ValueError("Nobody knows which of them is the month.")
        return (other, one) if one > 12 else (one, other)
    if word := part.get("word", "").casefold().rstrip("."):
        found = [number for number, names in enumerate(_MONTHS, start=1) if _begins(word, names)]
        if len(found) != 1:
            raise ValueError("This is no month.")
        return found[0], int(part["day"])
    return int(part["month"]), int(part["day"])


def _begins(word: str, names: Sequence[str]) -> bool:
    return any(name.startswith(word) for name in names) or (word == "sept" and "september" in names)


def _year(digits: str) -> int:
    """Return a year of two digits as RFC 2822 (4.3) has it."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 50 else 1900)


def _zone(name: str) -> timezone:
    name = name.strip().upper()
    offset = re.fullmatch(r"(?:GMT|UTC|UT)?\s?([+-])(\d{1,2}):?(\d\d)?", name)
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if ahead > timedelta(hours=14):
            raise ValueError("There is no such zone.")
        return timezone(-ahead if offset[1] == "-" else ahead)
    if name not in _ZONES:
        raise ValueError("This may be anywhere.")
    return timezone(timedelta(hours=_ZONES[name]))


def _likely(moment: datetime) -> datetime | None:
    """Leave out the zeros of Unix, .NET, Go, FILETIME, OLE and SQL Server: nothing stood in the web then."""
    return moment if moment > _EPOCH + timedelta(days=1) else None
