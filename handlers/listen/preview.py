"""Preview: what topics that are not in force yet would make of the posts of the last days.

Only mentions are stored, so what no topic recognised, and was dropped, is not among them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
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
# So many topics are listed where only changes are asked for.
_LISTED = 50


@dataclass(slots=True)
class _Tried:
    """What came of it: ``first`` by topic now, topic then and day; ``beside`` by topic, and by who is before it."""

    first: Counter[tuple[str, str, date]] = field(default_factory=Counter)
    beside: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    moved: list[str] = field(default_factory=list)


def preview(
    session: Session,
    organisation: Organisation,
    now: datetime,
    *,
    changes: bool = False,
    another: Collection[str] = (),
) -> list[str]:
    """Say how many of the newest posts each topic matches a day, what it was, and which would go elsewhere.

    Args:
        session: What reads.
        organisation: With the topics that are tried.
        now: This moment.
        changes: Only what would be otherwise is told, and nothing where nothing would.
        another: The names of topics that are not in force as they are here, of which each is told in any case.
    """
    week = Week.until(now, organisation.timezone)
    stored = lately.since(session, week.begins, lately.MOST_TRIED)
    tried = _try(stored, organisation, week, another)
    if changes and not tried.moved and not another:
        return []
    if not stored:
        return [f"No mention came in the last {LENGTH} days, so there is nothing to try the topics on.", NOT_TRIED]
    most = f", the newest {lately.MOST_TRIED:,}" if len(stored) == lately.MOST_TRIED else ""
    told = _counts(tried, week, organisation, another if changes else None)
    return [
        f"{len(stored):,} mentions came in the last {LENGTH} days{most}. By the topics of this file:",
        *(_some(list(told)) if changes else told),
        *_elsewhere(tried.moved),
        NOT_TRIED,
    ]


def _try(stored: list[Came], organisation: Organisation, week: Week, another: Collection[str]) -> _Tried:
    matcher, names = Matcher(organisation.topics), {one.key: one.name for one in organisation.departments}
    tried, wanted = _Tried(), frozenset(another)
    for one in stored:
        match = match_came(matcher, one)
        topic, key = (match.topic, match.department) if match else ("", organisation.fallback)
        tried.first[topic, one.topic, week.day(one.post.ingested_at)] += 1
        for name in wanted.intersection(match.others) if match and wanted else ():
            tried.beside[name][topic] += 1
        if topic != one.topic:
            tried.moved.append(_moved(one, topic, names.get(key, key)))
    return tried


def _counts(tried: _Tried, week: Week, organisation: Organisation, another: Collection[str] | None) -> Iterator[str]:
    """Yield a line for each topic; where it is said which are not in force, for those and for what is otherwise."""
    then, days, came = Counter[str](), defaultdict[str, Counter[date]](Counter), defaultdict[str, Counter[str]](Counter)
    for (topic, before, day), number in tried.first.items():
        then[before] += number
        days[topic][day] += number
        came[topic][before] += number
    known = [one.name for one in organisation.topics]
    always = set(known if another is None else another)
    for name in dict.fromkeys([*(one for one in known if one in always), *known, *sorted({*then, *days}), ""]):
        now = days[name].total()
        otherwise = _before(name, now, then[name], came[name])
        if name in always or otherwise or (another is None and now):
            by_day = f"; by day {' '.join(str(days[name][day]) for day in week.days)}" if now else ""
            yield f"  {name or _NONE}: {now}{otherwise}{by_day}{_beside(tried.beside.get(name))}"


def _before(name: str, now: int, then: int, came: Counter[str]) -> str:
    others = [f"{number} as {before or _NONE}" for before, number in came.most_common() if before != name]
    return f" (came in as such: {', '.join([str(then), *others])})" if now != then or others else ""


def _beside(firsts: Counter[str] | None) -> str:
    """Say how many more match that a topic before it has."""
    if not firsts:
        return ""
    return "; besides, " + ", ".join(f"{number} that {name} has" for name, number in firsts.most_common())


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - _LISTED
    return lines if more <= 0 else [*lines[:_LISTED], f"  and {more:,} topics more"]


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
