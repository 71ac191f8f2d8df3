"""Match: which topics a post is about, found in one walk over its text however many terms there are.

The needles of all topics stand in one Aho-Corasick automaton. It names candidates; whether a word really begins and
ends there is asked afterwards, of the two neighbours alone, so the work grows with the length of the text and never
with its square, whatever an attacker writes.

Addresses are text like any other: who watches "acme" wants to see a link to https://acme.example/ too, and ``none``
takes out what is too much.

A topic is a tree over what is to be found (``handlers.text.query.tree``), whether it is written as lists or as a query.
Only those trees are looked at of which something was found that they wait for. Literals (`C++`) want the text as it is,
case and all; so a part of each stands in the automaton, and only where it is found a second walk goes over the text.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from handlers.text.edges import stands, stands_apart
from handlers.text.literals import Literals, core
from handlers.text.query.leaves import COMMENT, POST, author_key
from handlers.text.query.parse import parse_query
from handlers.text.query.tree import And, Leaf, Node, Not, Or, spelt
from handlers.text.sites import Sites
from handlers.text.terms import Kind, Term, host_forms, parse_term
from storage.text.normalise import fold
from storage.text.spellings import KATAKANA_WORD, Spelling, is_katakana, put_together, spellings

MAX_REASONS = 5

_DEFANGED = re.compile(r"\[\.\]|\(\.\)")
_NOT_IN_TEXT = frozenset({Kind.SITE, Kind.LANGUAGE, Kind.AUTHOR, Kind.SOURCE, Kind.TYPE})
# A table of all states and letters is the quickest for as long as it fits into a processor's cache.
_MOST_IN_A_TABLE = 8_000
Hit = tuple[int, int, int]
# Nearly every post has one of these, so whoever waits for them is looked at with nearly every post.
_OFTEN = {Kind.TYPE: 1_000_000, Kind.LANGUAGE: 100_000, Kind.SOURCE: 100_000, Kind.SITE: 10}


AS_QUERY = (
    "say all of it in the query: what any lists is (this OR that), what all lists stands side by side, what none lists "
    "is NOT (this OR that)."
)


class TopicError(ValueError):
    """A topic could never match; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A rule that recognises mentions and names the department that they go to.

    It matches when one of ``any`` (if there are some), each of ``all`` and none of ``none`` is found; or, in their
    place, when its ``query`` holds.

    Attributes:
        product: What of ours it is about, beside who takes care of it; empty = nothing in particular.

    Raises:
        TopicError: There is neither ``any`` nor ``all`` nor a query, or both lists and a query.
        TermError: A term is written wrongly.
        QueryError: The query is.
    """

    name: str
    department: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    query: str = ""
    product: str = ""

    def __post_init__(self) -> None:
        if self.query:
            if self.any or self.all or self.none:
                raise TopicError(f'The topic "{self.name}" has a query, and any, all or none beside it; {AS_QUERY}')
            parse_query(self.query, lambda term: 0)
            return
        if not self.any and not self.all:
            raise TopicError(f'The topic "{self.name}" needs at least one term in any or all, or a query.')
        for text in (*self.any, *self.all, *self.none):
            parse_term(text)


def read_as(topic: Topic) -> str:
    """Return a topic as it is understood, with every operator and bracket."""
    return spelt(_Rule(topic, lambda term: 0).condition)


class Match(NamedTuple):
    """Why a post came here: the first topic in order that matched, and what was found of it.

    A tuple, since one is made of every post that matches, and a frozen dataclass takes three times as long.

    Attributes:
        terms: What made it match, as the topic writes it: of lists those of ``any``, then those of ``all``, of a query
            its words in order, but for those of a branch that does not hold; at most MAX_REASONS.
        others: The names of the further topics that matched, in order.
        product: What of ours the first is about; empty for nothing in particular.
    """

    topic: str
    department: str
    terms: tuple[str, ...]
    others: tuple[str, ...] = ()
    product: str = ""


class _Rule:
    """A topic as a tree over numbers."""

    __slots__ = ("condition", "topic")

    def __init__(self, topic: Topic, number: Callable[[Term], int]) -> None:
        self.topic = topic
        self.condition = parse_query(topic.query, number) if topic.query else _tree(topic, number)

    def found_terms(self, found: Collection[int]) -> tuple[str, ...]:
        reasons = self.condition.reasons(found)
        return tuple(reasons) if len(reasons) == 1 else tuple(dict.fromkeys(reasons))[:MAX_REASONS]


def _tree(topic: Topic, number: Callable[[Term], int]) -> Node:
    def leaves(texts: Iterable[str]) -> list[Node]:
        return [Leaf(number(parse_term(text)), text) for text in texts]

    def one_of(texts: Iterable[str]) -> Node:
        nodes = leaves(texts)
        return nodes[0] if len(nodes) == 1 else Or(nodes)

    some = [one_of(topic.any)] if topic.any else []
    none: list[Node] = [Not(one_of(topic.none))] if topic.none else []
    nodes = [*some, *leaves(topic.all), *none]
    return nodes[0] if len(nodes) == 1 else And(nodes)


class Matcher:
    """All topics as one automaton; built at start, then only read, so threads may share it.

    Attributes:
        asks_facts: Some topic asks who wrote a post, where we heard it, or whether it answers another.
    """

    def __init__(self, topics: Iterable[Topic]) -> None:
        numbers: dict[Term, int] = {}
        used = Counter[int]()

        def number(term: Term) -> int:
            its = numbers.setdefault(term, len(numbers))
            used[its] += 1
            return its

        self._rules = tuple(_Rule(topic, number) for topic in topics)
        sites = _of(Kind.SITE, numbers)
        self._sites = Sites(sites) if sites else None
        self._languages = _of(Kind.LANGUAGE, numbers)
        self._authors, self._sources, self._types = (_of(one, numbers) for one in (Kind.AUTHOR, Kind.SOURCE, Kind.TYPE))
        literals = {term: number for term, number in numbers.items() if term.kind is Kind.LITERAL}
        self._literals = Literals(literals) if literals else None
        self._has_hosts = any(term.kind is Kind.HOST for term in numbers)
        needles: dict[str, list[tuple[int, Term, bool, bool]]] = {}
        for term, its in numbers.items():
            for needle, closed in _spellings(term):
                needles.setdefault(needle, []).append((its, term, closed, term.title))
        self._candidates = tuple(tuple(terms) for terms in needles.values())
        self._katakana = {needle: terms for needle, terms in needles.items() if KATAKANA_WORD.fullmatch(needle)}
        self._looks_further = bool(self._sites or self._has_hosts or self._katakana)
        self.asks_facts = bool(self._authors or self._sources or self._types)
        kind = Implementation.DFA if len(needles) <= _MOST_IN_A_TABLE else Implementation.ContiguousNFA
        self._automaton = AhoCorasick(needles, store_patterns=False, implementation=kind)
        self._walk = self._automaton.find_matches_as_indexes
        self._concerned = self._waiting({its: used[its] + _OFTEN.get(term.kind, 0) for term, its in numbers.items()})
        kinds = {term.kind for term, its in numbers.items() if its in self._concerned}
        always = self._literals is not None and self._literals.always
        # Whether a post in which the automaton finds nothing may be a match.
        self._waits_for_more = bool(self._katakana or always or kinds & {*_NOT_IN_TEXT, Kind.HOST})
        # What comes of a post in which one thing alone is found, as in most: worked out once, since to look at one
        # tree among ten thousand takes longer than to fold a post.
        self._alone = [self._decide({its}) for its in range(len(numbers))]

    def _waiting(self, often: Mapping[int, int]) -> dict[int, dict[int, _Rule]]:
        """Return which topics wait for what, by position."""
        concerned: dict[int, dict[int, _Rule]] = {}
        for position, rule in enumerate(self._rules):
            watch = rule.condition.watch(often.__getitem__)
            for its in watch.leaves if watch else ():
                concerned.setdefault(its, {})[position] = rule
        return concerned

    def match(
        self,
        title: str,
        text: str,
        links: Sequence[str] = (),
        lang: str = "",
        *,
        author: str = "",
        source: str = "",
        answers: bool = False,
    ) -> Match | None:
        """Return which topic a post belongs to and why, or None when no topic recognises it.

        Args:
            title: Plain text, or empty.
            text: Plain text; http(s) addresses in it count as links.
            links: Further addresses.
            lang: BCP 47 tags with a space between, or empty when unknown, which no ``lang:`` term matches.
            author: The handle of who wrote it, or their name where there is none.
            source: Where we heard it.
            answers: Whether it answers another post.
        """
        haystack, titled = _in_one(title, text, links) if title or links else (fold(text), 0)
        hits = self._walk(haystack, overlapping=True)
        if not hits and not self._waits_for_more:
            return None
        found = self._standing(hits, haystack, titled) if hits else set()
        if self._looks_further:
            self._look_further(found, haystack, titled)
        if self.asks_facts or (lang and self._languages):
            self._add_facts(found, lang, author, source, COMMENT if answers else POST)
        if self._literals and (found or self._literals.always):
            self._literals.settle(found, title, text, links)
        if len(found) == 1:
            (one,) = found
            return self._alone[one]
        return self._decide(found) if found else None

    def _standing(self, hits: Iterable[Hit], haystack: str, titled: int, only: Kind | None = None) -> set[int]:
        """Return the numbers of the terms that stand where their needles were found."""
        found: set[int] = set()
        for needle, start, end in hits:
            apart = stands_apart(haystack, start, end)
            for number, term, closed, in_title in self._candidates[needle]:
                if number in found or not (apart or stands(term, haystack, start, end)):
                    continue
                if (closed and is_katakana(haystack[end : end + 1])) or (in_title and start >= titled):
                    continue
                if only is None or term.kind is only:
                    found.add(number)
        return found

    def _look_further(self, found: set[int], haystack: str, titled: int) -> None:
        """Add what the text holds otherwise than word for word."""
        if self._katakana and not haystack.isascii():
            found |= self._find_put_together(haystack, titled)
        if self._sites and "://" in haystack:
            found |= self._sites.find(haystack)
        if self._has_hosts and ("[.]" in haystack or "(.)" in haystack):
            head, rest = (_DEFANGED.sub(".", part) for part in (haystack[:titled], haystack[titled:]))
            hits = self._automaton.find_matches_as_indexes(head + rest, overlapping=True)
            found |= self._standing(hits, head + rest, len(head), only=Kind.HOST)

    def _add_facts(self, found: set[int], lang: str, author: str, source: str, sort: str) -> None:
        """Add what is known of the post beside its text."""
        if self._languages and lang:
            spoken = {re.split("[-_]", tag, maxsplit=1)[0] for tag in lang.casefold().split()}
            found.update(self._languages[tag] for tag in spoken if tag in self._languages)
        if self._authors and (key := author_key(author)):
            found.update(self._authors[name] for name in {key, key.partition("@")[0]} if name in self._authors)
        if self._sources and (heard := self._sources.get(fold(source))) is not None:
            found.add(heard)
        if sort in self._types:
            found.add(self._types[sort])

    def _find_put_together(self, haystack: str, titled: int) -> set[int]:
        in_title = put_together(haystack[:titled])
        return {
            number
            for word in put_together(haystack)
            for number, _, _, only_title in self._katakana.get(word, ())
            if word in in_title or not only_title
        }

    def _decide(self, found: set[int]) -> Match | None:
        first: _Rule | None = None
        others: list[str] = []
        for rule in self._called_upon(found):
            if not rule.condition.holds(found):
                continue
            if first is None:
                first = rule
            else:
                others.append(rule.topic.name)
        if first is None:
            return None
        topic = first.topic
        return Match(topic.name, topic.department, first.found_terms(found), tuple(others), topic.product)

    def _called_upon(self, found: set[int]) -> Iterable[_Rule]:
        """Return the topics that wait for something of what was found, in order."""
        concerned = self._concerned
        called = [concerned[number] for number in found if number in concerned]
        if len(called) == 1:
            return called[0].values()
        together: dict[int, _Rule] = {}
        for rules in called:
            together |= rules
        return [together[position] for position in sorted(together)]


def _in_one(title: str, text: str, links: Iterable[str]) -> tuple[str, int]:
    """Return a title, a text and links as one folded text, and how much of it is the title.

    A line break holds the parts asunder: folding leaves none inside a part, and no needle has one.
    """
    head = fold(title) if title else ""
    return "\n".join([head, fold(text), *[fold(link) for link in links if link]]), len(head)


def _of(kind: Kind, numbers: Mapping[Term, int]) -> dict[str, int]:
    return {term.needle: number for term, number in numbers.items() if term.kind is kind}


def _spellings(term: Term) -> tuple[Spelling, ...]:
    if term.kind in _NOT_IN_TEXT:
        return ()
    if term.kind is Kind.WORD:
        return spellings(term.needle)
    if term.kind is Kind.LITERAL:
        return tuple((needle, False) for needle in core(term.needle))
    needles = host_forms(term.needle) if term.kind is Kind.HOST else (term.needle,)
    return tuple((needle, False) for needle in needles)


def found_words(wanted: tuple[str, ...], *texts: str) -> tuple[str, ...]:
    """Return which of ``wanted`` (terms as topics write them: words, phrases, "pre*") stand in any of ``texts``."""
    if not wanted:
        return ()
    matcher = _matcher(wanted)
    found = [match.terms for text in texts if (match := matcher.match("", text))]
    return tuple(dict.fromkeys(word for terms in found for word in terms))


@lru_cache(maxsize=256)
def _matcher(wanted: tuple[str, ...]) -> Matcher:
    return Matcher([Topic(name="words", department="", any=wanted)])
