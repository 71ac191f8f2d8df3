"""Match: which topics a post is about, found in one walk over its text however many terms there are.

The needles of all topics stand in one Aho-Corasick automaton. It names candidates; whether a word really begins and
ends there is asked afterwards, of the two neighbours alone, so the work grows with the length of the text and never
with its square, whatever an attacker writes.

Where a word ends:

- Only letters and digits of one script hold a word together (``fold.joined``): "acme" is in "acmeが好き" and
  "株式会社acme", not in "acmeology" or "acme2". Chinese, Japanese, Thai, Lao, Khmer, Burmese and the like put no space
  between words, so nothing is asked there.
- Korean asks at the start alone: particles grow at a noun's end ("환불" in "환불을"), so asking at the end would miss
  nearly every use; asking at the start keeps "배" out of "담배".
- Arabic and Hebrew write their article and prepositions onto the word: "فاتورة" is in "بالفاتورة". These are looked
  past where they are all that stands before it (``spellings.is_written_on``), so "ספר" is in "הספר", not in "מספר".
- A combining mark behind the needle means that its last letter is another one.
- Addresses are text like any other: who watches "acme" wants to see a link to https://acme.example/ too, and
  ``none`` takes out what is too much.
- A hashtag goes on over letters, digits and "_" of any script, as the platforms link it. A handle goes on over letters
  and digits of its script, over "_", and over "." and "-" when more follows, so "@acme" is neither
  "@acme.example" nor the end of an e-mail address, but it is in "@acme@mastodon.example".
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, Implementation

from handlers.text.terms import Kind, Term, host_key, parse_term
from storage.text.normalise import FLOATING, HANGUL, fold, is_mark, joined, kind
from storage.text.spellings import (
    KATAKANA_WORD,
    MOST_WRITTEN_ON,
    WRITTEN_ON,
    Spelling,
    is_katakana,
    is_written_on,
    put_together,
    spellings,
)

MAX_REASONS = 5

_HOST = re.compile(r"https?://([^\s/?#\\\"<>、。」』）]{1,300})")
_SENTENCE_ON_HOST = re.compile(r"(.*\.[a-z]{2,})[^\x00-\x7f][^.]*")
_AFTER_HOST = ".,;:!'()[]{}*_~|"


class TopicError(ValueError):
    """A topic could never match; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A rule that recognises mentions and names the department that they go to.

    It matches when one of ``any`` (if there are some), each of ``all`` and none of ``none`` is found.

    Raises:
        TopicError: There is neither ``any`` nor ``all``, so nothing could match.
        TermError: A term is written wrongly.
    """

    name: str
    department: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.any and not self.all:
            raise TopicError(f'The topic "{self.name}" needs at least one term in any or all.')
        for text in (*self.any, *self.all, *self.none):
            parse_term(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why a post came here: the first topic in order that matched, and what was found of it.

    Attributes:
        terms: The terms of ``any``, then of ``all``, that were found, as the topic writes them; at most MAX_REASONS.
        others: The names of the further topics that matched, in order.
    """

    topic: str
    department: str
    terms: tuple[str, ...]
    others: tuple[str, ...] = ()


class _Rule:
    """A topic with its terms replaced by numbers."""

    def __init__(self, topic: Topic, numbers: dict[Term, int]) -> None:
        self.topic = topic
        self.any = {numbers.setdefault(parse_term(text), len(numbers)): text for text in topic.any}
        self.all = {numbers.setdefault(parse_term(text), len(numbers)): text for text in topic.all}
        self.none = frozenset(numbers.setdefault(parse_term(text), len(numbers)) for text in topic.none)

    def matches(self, found: Collection[int]) -> bool:
        return (
            all(number in found for number in self.all)
            and (not self.any or any(number in found for number in self.any))
            and not any(number in found for number in self.none)
        )

    def found_terms(self, found: Collection[int]) -> tuple[str, ...]:
        named = (text for number, text in (*self.any.items(), *self.all.items()) if number in found)
        return tuple(dict.fromkeys(named))[:MAX_REASONS]


class Matcher:
    """All topics as one automaton; built at start, then only read, so threads may share it."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        numbers: dict[Term, int] = {}
        self._rules = tuple(_Rule(topic, numbers) for topic in topics)
        self._sites = {term.needle: number for term, number in numbers.items() if term.kind is Kind.SITE}
        self._languages = {term.needle: number for term, number in numbers.items() if term.kind is Kind.LANGUAGE}
        needles: dict[str, list[tuple[int, Term, bool]]] = {}
        for term, number in numbers.items():
            for needle, closed in _spellings(term):
                needles.setdefault(needle, []).append((number, term, closed))
        self._candidates = tuple(tuple(terms) for terms in needles.values())
        self._katakana = {
            needle: {one[0] for one in terms} for needle, terms in needles.items() if KATAKANA_WORD.fullmatch(needle)
        }
        self._automaton = AhoCorasick(needles, store_patterns=False, implementation=Implementation.DFA)
        self._concerned: dict[int, set[int]] = {}
        for position, rule in enumerate(self._rules):
            for number in (*rule.any, *rule.all):
                self._concerned.setdefault(number, set()).add(position)

    def match(self, title: str, text: str, links: Sequence[str] = (), lang: str = "") -> Match | None:
        """Return which topic a post belongs to and why, or None when no topic recognises it.

        Args:
            title: Plain text, or empty.
            text: Plain text; http(s) addresses in it count as links.
            links: Further addresses.
            lang: BCP 47 tags with a space between, or empty when the language is unknown, which no ``lang:`` term
                matches.
        """
        # A line break holds the parts asunder: folding leaves none inside a part, and no needle has one.
        haystack = "\n".join([fold(part) for part in (title, text, *links) if part])
        found = self._find_words(haystack)
        if self._katakana and not haystack.isascii():
            for word in put_together(haystack):
                found |= self._katakana.get(word, set())
        if self._sites and "://" in haystack:
            found |= self._find_sites(haystack)
        if self._languages and lang:
            spoken = {re.split("[-_]", tag, maxsplit=1)[0] for tag in lang.casefold().split()}
            found |= {number for tag, number in self._languages.items() if tag in spoken}
        return self._decide(found) if found else None

    def _decide(self, found: set[int]) -> Match | None:
        concerned = sorted({position for number in found for position in self._concerned.get(number, ())})
        matching = [rule for rule in (self._rules[position] for position in concerned) if rule.matches(found)]
        if not matching:
            return None
        first = matching[0]
        return Match(
            topic=first.topic.name,
            department=first.topic.department,
            terms=first.found_terms(found),
            others=tuple(rule.topic.name for rule in matching[1:]),
        )

    def _find_words(self, haystack: str) -> set[int]:
        found: set[int] = set()
        for needle, start, end in self._automaton.find_matches_as_indexes(haystack, overlapping=True):
            for number, term, closed in self._candidates[needle]:
                if number not in found and _stands(term, haystack, start, end):
                    if closed and is_katakana(haystack[end : end + 1]):
                        continue
                    found.add(number)
        return found

    def _find_sites(self, haystack: str) -> set[int]:
        found: set[int] = set()
        for written in set(_HOST.findall(haystack)):
            suffix = _bare_host(written)
            while suffix:
                if suffix in self._sites:
                    found.add(self._sites[suffix])
                suffix = suffix.partition(".")[2]
        return found


@lru_cache(maxsize=4096)
def _bare_host(written: str) -> str:
    """Return the key of a host found in text, without user name, port, and what a sentence left at its end."""
    host = written.rpartition("@")[2].rstrip(_AFTER_HOST).partition(":")[0]
    sentence = _SENTENCE_ON_HOST.fullmatch(host)  # "https://acme.exampleを見て"
    return host_key(sentence[1] if sentence else host)


def _spellings(term: Term) -> tuple[Spelling, ...]:
    if term.kind in {Kind.SITE, Kind.LANGUAGE}:
        return ()
    return spellings(term.needle) if term.kind is Kind.WORD else ((term.needle, False),)


def _stands(term: Term, haystack: str, start: int, end: int) -> bool:
    """Tell whether the needle found at ``start`` is a whole word, hashtag or handle, or begins one for a prefix."""
    if start and not _begins(term.kind, haystack, start, end):
        return False
    if end == len(haystack):
        return True
    last, following = haystack[end - 1], haystack[end]
    if is_mark(following) and (not term.prefix or kind(following) == FLOATING):
        return False
    if term.prefix:
        return True
    if term.kind is Kind.HASHTAG:
        return not kind(following) and following != "_"
    if term.kind is Kind.HANDLE and not _handle_ends(haystack, end):
        return False
    return not joined(last, following) or kind(last) == kind(following) == HANGUL


def _begins(term_kind: Kind, haystack: str, start: int, end: int) -> bool:
    previous = haystack[start - 1]
    if term_kind is Kind.WORD:
        return not joined(previous, haystack[start]) or _is_behind_an_article(haystack, start, end)
    if term_kind is Kind.HASHTAG and previous == "/":  # an address's fragment
        return False
    return previous != "_" and not _is_alphabetic(previous)


def _is_behind_an_article(haystack: str, start: int, end: int) -> bool:
    """Tell whether all that stands before a word, in one with it, is what its script writes onto words."""
    script = kind(haystack[start])
    if script not in WRITTEN_ON:
        return False
    first = start - 1
    while first and start - first <= MOST_WRITTEN_ON and joined(haystack[first - 1], haystack[first]):
        first -= 1
    return is_written_on(script, haystack[first:start], haystack[start:end].partition(" ")[0])


def _handle_ends(haystack: str, end: int) -> bool:
    following = haystack[end]
    if following in ".-" and end + 1 < len(haystack):
        return not _is_alphabetic(haystack[end + 1])
    return following != "_"


def _is_alphabetic(character: str) -> bool:
    """Tell whether this is a digit, or a letter of a script that puts spaces between words (digits join them all)."""
    return joined(character, "0")


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
