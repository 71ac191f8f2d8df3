"""Propose: what more people say than usual.

It is the log-odds of a phrase in what was said lately against what was said before, with an informative Dirichlet prior
(Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations 16, 18 and 22): what is rare is drawn to what is usual, by
as much as the people of the time that is looked at weigh together. It counts authors and no posts, so that nobody makes
news alone, however much they write. What is left is what five people say at least, and what lies four standard
deviations from nought: of thousands of phrases none does so by chance.

Phrases that stand in the same posts are one thing that people say. It is called by the longest that half of these hold.
"""

from collections import Counter
from collections.abc import Collection, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from handlers.report.voice.phrases import pairs_of, phrases_of

LEAST_PEOPLE = 5
LEAST_SCORE = 4.0
# Phrases that share so much of the posts of the rarer one are one.
_SHARED = 0.6
# Of a phrase that is named beside the label, more than this part of the posts is its own.
_ADDS = 0.2
_MOST = 20


@dataclass(frozen=True, slots=True)
class Said:
    """One post: which, by whom, and what it says."""

    post: int
    author: Hashable
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What more people say than usual.

    Attributes:
        label: The longest phrase that half of the posts hold.
        phrases: The label, and what of the rest finds posts that it does not.
        posts: In which posts.
        people: How many said so.
        usual: How many people said so before, in a span as long as the one that is looked at.
        score: How many standard deviations it lies from what is usual.
    """

    label: str
    phrases: tuple[str, ...]
    posts: frozenset[int]
    people: int
    usual: float
    score: float


@dataclass(slots=True)
class _Phrase:
    words: str
    posts: set[int]
    authors: set[Hashable]
    before: set[Hashable]
    score: float = 0.0


def propose(
    now: Sequence[Said], before: Iterable[Said], spans: float, passed_on: Collection[str] = ()
) -> tuple[Found, ...]:
    """Return what more people say now than before, what stands out most first.

    Args:
        now: What was said lately.
        before: What was said before that.
        spans: How many times as long that was.
        passed_on: Texts of our own that went to all: three words in a row of theirs are no news.
    """
    pairs = _enough(Counter(pair for one in now for pair in pairs_of(one.text)))
    phrases = _of_several(now, pairs)
    ours = {one for text in passed_on for one in phrases_of(text, pairs) if one.count(" ") == 2}
    people_before = _look_before(phrases, before, pairs)
    people = len({one.author for one in now})
    rising = []
    for one in phrases.values():
        one.score = score(len(one.authors), people, len(one.before), people_before)
        if one.score >= LEAST_SCORE and one.words not in ours:
            rising.append(one)
    rising.sort(key=lambda one: (-one.score, -len(one.words), one.words))
    authors = {one.post: one.author for one in now}
    found = [_told(group, authors, spans) for group in _together(rising)]
    return tuple(found[:_MOST])


def score(k: int, n: int, k_before: int, n_before: int) -> float:
    """Return by how many standard deviations k of n people is more than k of n before; 0 where one of them is none."""
    if not n or not n_before or not k:
        return 0.0
    prior = n * (k + k_before) / (n + n_before)
    odds = log((k + prior) / (2 * n - k - prior + 1)) - log((k_before + prior) / (n_before + n - k_before - prior + 1))
    return odds / sqrt(1 / (k + prior) + 1 / (k_before + prior))


def _enough(counted: Counter[str]) -> set[str]:
    return {words for words, posts in counted.items() if posts >= LEAST_PEOPLE}


def _of_several(now: Sequence[Said], pairs: Container[str]) -> dict[str, _Phrase]:
    """Return the phrases that enough people say; who says what is noted of those alone that stand in enough posts."""
    common = _enough(Counter(words for one in now for words in phrases_of(one.text, pairs)))
    found = {words: _Phrase(words, set(), set(), set()) for words in common}
    for one in now:
        for words in phrases_of(one.text, pairs) & common:
            found[words].authors.add(one.author)
            found[words].posts.add(one.post)
    return {words: phrase for words, phrase in found.items() if len(phrase.authors) >= LEAST_PEOPLE}


def _look_before(phrases: Mapping[str, _Phrase], before: Iterable[Said], pairs: Container[str]) -> int:
    """Note who said so before; returns how many people said anything."""
    everybody: set[Hashable] = set()
    for one in before:
        everybody.add(one.author)
        for words in phrases_of(one.text, pairs) & phrases.keys():
            phrases[words].before.add(one.author)
    return len(everybody)


def _together(rising: Sequence[_Phrase]) -> list[list[_Phrase]]:
    """Put together what is said in the same posts, beginning with what stands out most."""
    groups: list[list[_Phrase]] = []
    for one in rising:
        for group in groups:
            lead = group[0].posts
            if len(one.posts & lead) >= _SHARED * min(len(one.posts), len(lead)):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _told(group: Sequence[_Phrase], authors: Mapping[int, Hashable], spans: float) -> Found:
    posts = frozenset().union(*(one.posts for one in group))
    before = set().union(*(one.before for one in group))
    common = [one for one in group if len(one.posts) * 2 >= len(posts)] or group[:1]
    label = max(common, key=lambda one: (len(one.words), one.score))
    return Found(
        label=label.words,
        phrases=tuple(_covering(label, group)),
        posts=posts,
        people=len({authors[post] for post in posts}),
        usual=len(before) / spans,
        score=group[0].score,
    )


def _covering(label: _Phrase, group: Sequence[_Phrase]) -> Iterator[str]:
    """Yield the label, and what finds a good part of what it does not."""
    covered = set(label.posts)
    yield label.words
    for one in group:
        if len(one.posts - covered) > _ADDS * len(one.posts):
            covered |= one.posts
            yield one.words
