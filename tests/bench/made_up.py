"""Made up: what very many mentions say, and what becomes of each; the same for a seed, whatever it is made in.

Words are drawn by Zipf's law, as in any language; ``RATES`` says how many mentions have one of those that one asks for.
One in ten is in Japanese, one in twenty in German. Topics send refunds and invoices to Finance, anvils to Engineering
and what is Japanese to Marketing; the fallback is Support. Most of what is older is done, much of it was answered by
hand; the newest hundredth waits for somebody. An author writes at one source, some twenty times.
"""

import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handlers.base.events import Author, Posted
from handlers.base.organisation import DepartmentConfig, Organisation, SourceRules
from handlers.text.match import Topic
from storage.tables.states import Action

BEGUN = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
APART = timedelta(seconds=35)
PORTION = 10_000
RATES = {"acme": 0.5, "refund": 0.12, "invoice": 0.03, "anvil": 0.003, "zugzwang": 0.00002}
SOURCES = ("bluesky-search", "mastodon-tags", "reddit-feed", "news-feed", "hn-search", "hook")
DEPARTMENTS = ("support", "finance", "engineering", "marketing")
PEOPLE = 30
US = Author(name="Acme", handle="acme", external_id="acme")
ORGANISATION = Organisation(
    fallback="support",
    departments=tuple(DepartmentConfig(key=key, name=key.title(), timezone="UTC") for key in DEPARTMENTS),
    topics=(
        Topic(name="billing", department="finance", any=("refund", "invoice")),
        Topic(name="breakage", department="engineering", any=("anvil",)),
        Topic(name="japan", department="marketing", any=("lang:ja",)),
    ),
    sources=tuple(
        SourceRules(name=name, kind="webhook", baseline=False, own_accounts=frozenset(["acme"])) for name in SOURCES
    ),
)
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_JAPANESE = (
    "返金",
    "請求",
    "二重",
    "注文",
    "配送",
    "遅い",
    "お願いします",
    "助けて",
    "電話",
    "アプリ",
    "落ちる",
    "最高",
    "解約",
)
_GERMAN = ("rückerstattung", "gebühr", "schön", "für", "über", "müde", "größe", "rechnung", "warten", "straße")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LATEST = ((), (), (Action.CLAIMED,), (Action.CLAIMED, Action.RESPONDED), (Action.CLAIMED, Action.SNOOZED))
_LATER = {
    Action.CLAIMED: timedelta(minutes=9),
    Action.RESPONDED: timedelta(minutes=30),
    Action.SNOOZED: timedelta(minutes=40),
    Action.RESOLVED: timedelta(hours=2),
    Action.DISMISSED: timedelta(hours=3),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a mention; ``person`` is who makes it, if somebody."""

    at: datetime
    action: Action
    person: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """A mention: its number by arrival, from 1 on, what arrives, and what becomes of it."""

    number: int
    token: str
    source: str
    at: datetime
    post: Posted
    steps: tuple[Step, ...]

    @property
    def answer(self) -> Posted:
        """Return what we answer by hand, where we do."""
        name = f"{self.number}-answer"
        text = "Thank you for telling us. We are looking into it."
        url = f"https://posts.example/{name}"
        return Posted(external_id=name, text=text, url=url, author=US, lang="en", reply_to=self.post.external_id)

    @property
    def until(self) -> datetime:
        """Return until when it sleeps, where it does."""
        return datetime(self.at.year, self.at.month, self.at.day, 9, 0, tzinfo=UTC) + timedelta(days=3)


class Lives:
    """Draws mentions."""

    def __init__(self, mentions: int, seed: int) -> None:
        self._mentions = mentions
        self._chance = random.Random(seed)
        words = dict.fromkeys("".join(self._chance.choices(_SYLLABLES, k=1 + n // 400 % 4)) for n in range(20_000))
        self._words = list(words)
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._words))))

    def portions(self) -> Iterator[list[Life]]:
        """Yield some thousand mentions at a time, by their arrival."""
        for first in range(1, self._mentions + 1, PORTION):
            yield [self._life(number) for number in range(first, min(first + PORTION, self._mentions + 1))]

    def _life(self, number: int) -> Life:
        author = number % (1 + self._mentions // 20)
        source = SOURCES[author % 7 % len(SOURCES)]
        name, handle = f"{self._words[author % 997].title()} Sample", f"{self._words[author % 4999]}{author}"
        at = BEGUN + APART * number
        lang, text = self._text()
        post = Posted(
            external_id=str(number),
            text=text,
            url=f"https://posts.example/{number}",
            author=Author(name=name, handle=handle, external_id=str(author)),
            published_at=at - timedelta(seconds=self._chance.randrange(5, 900)),
            lang=lang,
        )
        token = "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(5))
        return Life(number, token, source, at, post, self._steps(number, at))

    def _steps(self, number: int, at: datetime) -> tuple[Step, ...]:
        person = 1 + self._chance.randrange(PEOPLE)
        if number > self._mentions - max(self._mentions // 100, 60):
            actions: tuple[Action, ...] = self._chance.choice(_LATEST)
        elif number % 9 == 0:
            actions = (Action.DISMISSED,)
        elif number % 9 < 4:
            actions = (Action.CLAIMED, Action.RESPONDED, Action.RESOLVED)
        else:
            actions = (Action.CLAIMED, Action.RESOLVED)
        return tuple(Step(at + _LATER[one], one, None if one == Action.RESPONDED else person) for one in actions)

    def _text(self) -> tuple[str, str]:
        chance, drawn = self._chance, self._chance.random()
        if drawn < 0.1:
            return "ja", "".join(chance.choices(_JAPANESE, k=8))
        words = chance.choices(self._words, cum_weights=self._weights, k=18)
        if drawn < 0.15:
            words[3:6] = chance.choices(_GERMAN, k=3)
        words += [word for word, rate in RATES.items() if chance.random() < rate]
        if drawn > 0.9:
            words.append(f"https://{words[0]}.acme.example/{words[1]}")
        return ("de" if drawn < 0.15 else "en"), " ".join(words)


def department_of(person: int) -> int:
    """Return the department of a person."""
    return 1 + person % len(DEPARTMENTS)


class Timeline:
    """What happens to several mentions, in the order of the clock."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, int, Life, Step]] = []

    def add(self, lives: list[Life]) -> Iterator[tuple[Life, Step | None]]:
        """Yield what happens until the last of these arrives; None stands for an arrival."""
        for life in lives:
            yield from self._until(life.at)
            yield life, None
            for place, step in enumerate(life.steps):
                heapq.heappush(self._waiting, (step.at, life.number, place, life, step))

    def rest(self) -> Iterator[tuple[Life, Step | None]]:
        """Yield what is left when nothing arrives any more."""
        return self._until(None)

    def _until(self, end: datetime | None) -> Iterator[tuple[Life, Step | None]]:
        while self._waiting and (end is None or self._waiting[0][0] < end):
            *_, life, step = heapq.heappop(self._waiting)
            yield life, step
