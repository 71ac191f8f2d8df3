"""Preview: what topics that are not in force yet would make of the posts of the last days.

Only mentions are stored, so what no topic recognised, and was dropped, is not among them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from handlers.base.cards import one_line
from handlers.base.organisation import Organisation
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.own import lately
from storage.own.lately import Came
from storage.own.mentions import Original

DAYS = 7
MOST = 5_000
_SHOWN = 10
_WORDS = 60
_NONE = "no topic"


def preview(session: Session, organisation: Organisation, now: datetime) -> list[str]:
    """Say how many of the newest posts each topic matches, beside what it was, and which would go elsewhere."""
    matcher, names = Matcher(organisation.topics), {one.key: one.name for one in organisation.departments}
    stored = lately.since(session, now - timedelta(days=DAYS), MOST)
    before, after, moved = Counter[str](), Counter[str](), list[str]()
    for one in stored:
        match = matcher.match(one.post.title, one.post.text, (one.post.url,), one.post.lang)
        topic, key = (match.topic, match.department) if match else ("", organisation.fallback)
        before[one.topic] += 1
        after[topic] += 1
        if topic != one.topic:
            moved.append(_moved(one, topic, names.get(key, key)))
    if not stored:
        return [f"No mention came in the last {DAYS} days, so there is nothing to try the topics on."]
    most = f", the newest {MOST:,}" if len(stored) == MOST else ""
    return [
        f"{len(stored):,} mentions came in the last {DAYS} days{most}. By the topics of this file:",
        *_counts(before, after, [one.name for one in organisation.topics]),
        *_elsewhere(moved),
    ]


def _counts(before: Mapping[str, int], after: Mapping[str, int], topics: list[str]) -> Iterator[str]:
    for name in dict.fromkeys([*topics, *before, *after, ""]):
        now, then = after.get(name, 0), before.get(name, 0)
        if now or then or name in topics:
            yield f"  {name or _NONE}: {now}{f' (came in as such: {then})' if now != then else ''}"


def _elsewhere(moved: list[str]) -> Iterator[str]:
    if not moved:
        yield "All would come in as they did."
        return
    yield f"{len(moved):,} would come in otherwise, such as:"
    yield from islice(moved, _SHOWN)


def _moved(one: Came, topic: str, department: str) -> str:
    return f"  #{one.token} “{_words(one.post)}”: {one.topic or _NONE} → {topic or _NONE}, {department}"


def _words(post: Original) -> str:
    text = post.title or post.text
    return one_line("".join(letter if letter.isprintable() else " " for letter in text), _WORDS)
