"""Trial: what a query or a topic would have found among what came in this week, before anybody relies on it.

Only mentions are stored. What no topic recognised, and was dropped, cannot be tried, and that is said each time: who
reads "0" must not take it for "nobody wrote so".
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from handlers.base.organisation import Organisation
from handlers.listen.named_sources import require_query
from handlers.listen.preview import NOT_TRIED, plain_words
from handlers.listen.route import match_came
from handlers.listen.week import Week
from handlers.text.match import Matcher, Topic, read_as
from storage.engine.database import Session
from storage.own import lately

SAMPLES = 15
_WORDS = 90
_LINKS = "A link that a post does not show in its words is not stored either."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A mention that matched.

    Attributes:
        token: What the mention is called by.
        words: The beginning of what it says, on one line, without control characters.
        topic: The one that it came in by; empty where none recognised it.
        terms: What made it match.
    """

    token: str
    words: str
    topic: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was found.

    Attributes:
        read: The topic as it is understood, with every operator and bracket.
        tried: So many mentions came in the week.
        partly: Only the newest of them were looked at.
        days: Each day of the week, the oldest first, and how many matched.
        samples: The newest that matched.
        taken: How many of those that matched came in by which topic; the empty one stands for none.
    """

    read: str
    tried: int
    partly: bool
    matched: int
    days: tuple[tuple[date, int], ...]
    samples: tuple[Sample, ...]
    taken: tuple[tuple[str, int], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said of it beside the days and the samples."""
        if not self.tried:
            return (f"No mention came in the last {len(self.days)} days, so there is nothing to try it on.", NOT_TRIED)
        newest = f", of which the newest {self.tried:,} were looked at" if self.partly else ""
        number = f"{self.matched:,} of {self.tried:,} mentions of the last {len(self.days)} days match{newest}."
        taken = ", ".join(f"{topic or 'no topic'} {count:,}" for topic, count in self.taken)
        return (number, *([f"They came in by: {taken}."] if taken else []), f"{NOT_TRIED} {_LINKS}")


def topic_of(organisation: Organisation, said: str) -> Topic:
    """Return what is to be tried: the topic of exactly that name, else a query that stands nowhere yet.

    Raises:
        QueryError: It is neither.
    """
    named = next((one for one in organisation.topics if one.name == said), None)
    if named is None:
        require_query(said, [one.name for one in organisation.sources])
    return named or Topic(name="", department=organisation.fallback, query=said)


def try_topic(session: Session, organisation: Organisation, topic: Topic, now: datetime) -> Trial:
    """Try a topic, of dibs.toml or not, on the mentions of the last seven days."""
    week, matcher = Week.until(now, organisation.timezone), Matcher([topic])
    stored = lately.since(session, week.begins, lately.MOST_TRIED)
    found = [(one, match) for one in stored if (match := match_came(matcher, one)) is not None]
    days = Counter(week.day(one.post.ingested_at) for one, _ in found)
    return Trial(
        read=read_as(topic),
        tried=len(stored),
        partly=len(stored) == lately.MOST_TRIED,
        matched=len(found),
        days=tuple((day, days[day]) for day in week.days),
        samples=tuple(
            Sample(token=one.token, words=plain_words(one, _WORDS), topic=one.topic, terms=match.terms)
            for one, match in islice(found, SAMPLES)
        ),
        taken=tuple(Counter(one.topic for one, _ in found).most_common()),
    )
