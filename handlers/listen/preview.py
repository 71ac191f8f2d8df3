"""Preview: what topics that are not in force yet would make of the posts of the last days.

Only mentions are stored, so what no topic recognised, and was dropped, is not among them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice

from handlers.base.cards import one_line
from handlers.base.organisation import Organisation
from handlers.listen.route import match_came
from handlers.listen.week import LENGTH, Week
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.own import lately
from storage.own.lately import Came

NOT_TRIED = "What was dropped was not stored, so it cannot be tried."
_SHOWN = 15
_WORDS = 60
_NONE = "no topic"


def preview(session: Session, organisation: Organisation, now: datetime, *, changes: bool = False) -> list[str]:
    """Say how many of the newest posts each topic matches a day, what it was, and which would go elsewhere.

    Where only ``changes`` are asked for, nothing is said when none would go elsewhere.
    """
    matcher, names = Matcher(organisation.topics), {one.key: one.name for one in organisation.departments}
    week = Week.until(now, organisation.timezone)
    stored = lately.since(session, week.begins, lately.MOST_TRIED)
    counts, moved = Counter[tuple[str, str, date]](), list[str]()
    for one in stored:
        match = match_came(matcher, one)
        topic, key = (match.topic, match.department) if match else ("", organisation.fallback)
        counts[topic, one.topic, week.day(one.post.ingested_at)] += 1
        if topic != one.topic:
            moved.append(_moved(one, topic, names.get(key, key)))
    if changes and not moved:
        return []
    if not stored:
        return [f"No mention came in the last {LENGTH} days, so there is nothing to try the topics on.", NOT_TRIED]
    most = f", the newest {lately.MOST_TRIED:,}" if len(stored) == lately.MOST_TRIED else ""
    return [
        f"{len(stored):,} mentions came in the last {LENGTH} days{most}. By the topics of this file:",
        *_counts(counts, week, [one.name for one in organisation.topics]),
        *_elsewhere(moved),
        NOT_TRIED,
    ]


def _counts(counts: Mapping[tuple[str, str, date], int], week: Week, topics: list[str]) -> Iterator[str]:
    then, days, came = Counter[str](), defaultdict[str, Counter[date]](Counter), defaultdict[str, Counter[str]](Counter)
    for (topic, before, day), number in counts.items():
        then[before] += number
        days[topic][day] += number
        came[topic][before] += number
    listed = set(topics)
    for name in dict.fromkeys([*topics, *sorted({*then, *days}), ""]):
        now = days[name].total()
        if now or then[name] or name in listed:
            by_day = f"; by day {' '.join(str(days[name][day]) for day in week.days)}" if now else ""
            yield f"  {name or _NONE}: {now}{_before(name, now, then[name], came[name])}{by_day}"


def _before(name: str, now: int, then: int, came: Counter[str]) -> str:
    others = [f"{number} as {before or _NONE}" for before, number in came.most_common() if before != name]
    return f" (came in as such: {', '.join([str(then), *others])})" if now != then or others else ""


def _elsewhere(moved: list[str]) -> Iterator[str]:
    if not moved:
        yield "All would come in as they did."
        return
    yield f"{len(moved):,} would come in otherwise, such as:"
    yield from islice(moved, _SHOWN)


def _moved(one: Came, topic: str, department: str) -> str:
    words = plain_words(one, _WORDS)
    return f"  #{one.token} “{words}”: {one.topic or _NONE} → {topic or _NONE}, {department}"


def plain_words(one: Came, limit: int) -> str:
    """Return the beginning of what a mention says, on one line, without control characters."""
    text = one.post.title or one.post.text
    return one_line("".join(letter if letter.isprintable() else " " for letter in text), limit)
