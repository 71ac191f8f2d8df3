"""Topics: what each listens for, to whom it sends what it recognises, and how much that was of late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.base.organisation import Organisation
from storage.engine.database import Session
from storage.own import lately

DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLine:
    """One topic, with the words that it is written with.

    Attributes:
        query: In the place of the three lists; empty where it has them.
        product: What of ours it is about; empty for nothing in particular.
        matched: The mentions of seven days that it was the first to recognise.
    """

    name: str
    department: str
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]
    query: str
    product: str
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """All of them, in the order in which they are asked.

    Attributes:
        unmatched: The mentions of seven days that no topic recognised.
        former: Those of topics that dibs.toml names no more, by topic.
        partly: Only the newest mentions of the seven days were counted.
    """

    lines: tuple[TopicLine, ...]
    fallback: str
    unmatched: int
    former: tuple[tuple[str, int], ...]
    partly: bool


def read_topics(session: Session, organisation: Organisation, now: datetime) -> Topics:
    """Read the topics, and what they recognised in seven days."""
    counted = lately.by_topic(session, now - timedelta(days=DAYS))
    heard = {name: count.heard for name, count in counted.of.items()}
    names = {one.key: one.name for one in organisation.departments}
    lines = tuple(
        TopicLine(
            name=one.name,
            department=names[one.department],
            any=one.any,
            all=one.all,
            none=one.none,
            query=one.query,
            product=one.product,
            matched=heard.get(one.name, 0),
        )
        for one in organisation.topics
    )
    known = {"", *(one.name for one in organisation.topics)}
    return Topics(
        lines=lines,
        fallback=names[organisation.fallback],
        unmatched=heard.get("", 0),
        former=tuple(sorted((name, number) for name, number in heard.items() if name not in known)),
        partly=counted.partly,
    )
