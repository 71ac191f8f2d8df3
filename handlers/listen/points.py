"""Points: how much a post is worth a card, by rules that each say why; they hold back and order nothing.

Only a department that says ``card_above`` in dibs.toml asks for them: what has no more than that is kept back as below
the line, with its points and what they were given for. To add a rule: a function of ``Weighed`` that returns points
with a reason, or None, and its name in RULES.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.base.events import Posted
from handlers.base.standing import WIDE
from handlers.listen.arrival import Hold, author_key
from handlers.listen.batch import Batch
from handlers.listen.route import Decision, match_post
from handlers.text.match import Matcher
from storage.listen import posts
from storage.tables.states import Held

# So much of a text is looked at, and so much is its beginning.
_LOOKED_AT, _BEGINNING = 4_000, 80
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S*", re.IGNORECASE)
_QUESTION = re.compile(r"[?？؟;՞](?=\W|$)|[？؟]")
_FEW_WORDS, _MANY_POSTS = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A post as it is weighed.

    Attributes:
        number: Which of its author's posts today it is, from 1.
    """

    post: Posted
    decision: Decision
    matcher: Matcher
    source: str
    number: int = 1

    @property
    def words(self) -> str:
        """Title and text without the addresses in them, as far as they are looked at."""
        return _ADDRESS.sub(" ", f"{self.post.title} {self.post.text[:_LOOKED_AT]}")


Rule = Callable[[Weighed], tuple[int, str] | None]


def _topic(one: Weighed) -> tuple[int, str] | None:
    return (50, f"topic {one.decision.topic}") if one.decision.topic else None


def _question(one: Weighed) -> tuple[int, str] | None:
    return (10, "a question") if _QUESTION.search(one.words) else None


def _first_words(one: Weighed) -> tuple[int, str] | None:
    match = match_post(one.matcher, one.post.title, one.post.text[:_BEGINNING], one.post, one.source)
    return (10, "says so in its first words") if match is not None else None


def _reach(one: Weighed) -> tuple[int, str] | None:
    return (15, "its author is heard by many") if (one.post.author.followers or 0) >= WIDE else None


def _bare_link(one: Weighed) -> tuple[int, str] | None:
    has_link = bool(one.post.links) or _ADDRESS.search(one.post.text[:_LOOKED_AT])
    return (-20, "a link with hardly a word") if has_link and len(one.words.split()) < _FEW_WORDS else None


def _many(one: Weighed) -> tuple[int, str] | None:
    return (-20, f"post {one.number} of its author today") if one.number >= _MANY_POSTS else None


def _said_low(one: Weighed) -> tuple[int, str] | None:
    return (-30, one.post.low) if one.post.low else None


RULES: tuple[Rule, ...] = (_topic, _question, _first_words, _reach, _bare_link, _many, _said_low)


def weigh(one: Weighed) -> tuple[int, str]:
    """Return the points of a post, and what they were given for: "+50 topic billing, −20 a link with hardly a word"."""
    given = [found for rule in RULES if (found := rule(one)) is not None]
    why = ", ".join(f"{'+' if points > 0 else '−'}{abs(points)} {reason}" for points, reason in given)
    return sum(points for points, _ in given), why or "nothing speaks for it"


def below_the_line(batch: Batch, new: Sequence[tuple[Posted, Decision]]) -> Mapping[str, Hold]:
    """Hold what has no more points than its department wants, where it says how many."""
    lines = {one.key: one for one in batch.organisation.departments if one.card_above is not None}
    weighed = [one for one in new if one[1].department in lines]
    if not weighed:
        return {}
    numbers = _numbers(batch, [event for event, _ in weighed])
    held: dict[str, Hold] = {}
    for event, decision in weighed:
        department = lines[decision.department]
        number = numbers.get(event.external_id, 1)
        one = Weighed(post=event, decision=decision, matcher=batch.matcher, source=batch.rules.name, number=number)
        points, why = weigh(one)
        if department.card_above is not None and points <= department.card_above:
            said = f"{points} points, and {department.name} wants more than {department.card_above}: {why}."
            held[event.external_id] = Hold(reason=Held.BELOW, why=said, points=points, points_why=why)
    return held


def _numbers(batch: Batch, events: Sequence[Posted]) -> dict[str, int]:
    """Return which of its author's posts today each one is, by external id; of those whose author is not known none."""
    keys = {event.external_id: author_key(event.author) for event in events}
    wanted = {key for key in keys.values() if key}
    counts = posts.count_of_authors(batch.session, batch.rules.name, wanted, _midnight(batch)) if wanted else {}
    found: dict[str, int] = {}
    for event in events:
        key = keys[event.external_id]
        if key:
            counts[key] = found[event.external_id] = counts.get(key, 0) + 1
    return found


def _midnight(batch: Batch) -> datetime:
    zone = ZoneInfo(batch.organisation.timezone)
    return batch.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
