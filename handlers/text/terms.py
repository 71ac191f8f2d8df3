"""Terms: what stands in a topic's ``any``, ``all`` and ``none``.

    refund              a word; so is "acme" in "#acme", "@acme" and "https://acme.example/"
    charged twice       a phrase, whatever white space stands between its words
    refund*             whatever begins so; a phrase, a hashtag or a handle may end in a star too
    #acme               this hashtag
    @acme               this handle, also in "@acme@mastodon.example"
    site:example.com    a link to this host or to a part of it such as blog.example.com
    lang:de             the post is in German, of whatever region

A colon inside a word is text ("https://", "10:30"); only what looks like a misspelt ``site:`` or ``lang:`` is refused.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

from handlers.text.nearest import SURE, nearest
from storage.text.normalise import fold

MAX_TERM = 200

_FIELD = re.compile(r"([a-z]+): ?(.*)")
_SYNONYMS = {"language": "lang", **dict.fromkeys(("domain", "host", "hostname", "website", "url", "link"), "site")}
_LABEL = re.compile(r"[^\s/?#@:*\\.,]{1,63}")
_LANGUAGE = re.compile(r"[a-z]{2,8}")
_MEANT = {"site": re.compile(r"[^\s/]+\.[^\s/]+"), "lang": re.compile(r"[a-z]{2,3}")}


class TermError(ValueError):
    """A term is written wrongly; the message is a sentence that says how to write it."""


class Kind(Enum):
    """What a term looks for; those from HOST on stand in queries alone (``handlers.text.query.leaves``)."""

    WORD = "word"
    HASHTAG = "hashtag"
    HANDLE = "handle"
    SITE = "site"
    LANGUAGE = "language"
    HOST = "host"
    LITERAL = "literal"
    AUTHOR = "author"
    TYPE = "type"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a topic; two terms are equal when they find the same, however they are written.

    Attributes:
        needle: What is looked for, folded; with its "#" or "@", without its star, "site:" or "lang:".
        prefix: Whether the text may go on behind the needle.
        text: The term as the topic has it.
        title: Whether only the title is looked at.
    """

    kind: Kind
    needle: str
    prefix: bool
    text: str = field(compare=False)
    title: bool = False


def parse_term(text: str) -> Term:
    """Read one term.

    Raises:
        TermError: It is empty, too long, or written in a way that could never match as meant.
    """
    if len(text) > MAX_TERM:
        raise TermError(f"A term has at most {MAX_TERM} characters; this one has {len(text)}.")
    written = text.strip()
    needle = fold(written)
    if not needle:
        raise TermError('A term is empty; write a word such as "refund", or leave it out.')
    named = _FIELD.fullmatch(needle)
    if named:
        name, value = named.groups()
        if name == "site":
            return Term(Kind.SITE, read_site(value, written), False, written)
        if name == "lang":
            return Term(Kind.LANGUAGE, read_language(value, written), False, written)
        _refuse_misspelt(name, value, written)
    if len(needle) > 1 and needle[0] == needle[-1] == '"':
        raise TermError(f"The term {written} needs no quotation marks of its own: several words are a phrase already.")
    return read_words(needle, written)


def host_key(host: str) -> str:
    """Return a host's name as it is compared: folded, and in letters where it is written as ``xn--`` (punycode)."""
    return ".".join(_letters(label) for label in fold(host).strip(".").split("."))


def host_forms(key: str) -> tuple[str, ...]:
    """Return how the host of a key may stand in text: in letters, and as its network knows it (punycode)."""
    return tuple({key: "", ".".join(map(_in_ascii, key.split("."))): ""})


def _in_ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return fold(label[4:].encode("ascii").decode("punycode"))
    except (ValueError, OverflowError):
        return label


def read_words(needle: str, written: str) -> Term:
    """Read a folded word, phrase, hashtag or handle, with the star that may end it.

    Raises:
        TermError: It names nothing, or has its star elsewhere.
    """
    prefix = needle.endswith("*")
    stem = needle[:-1].rstrip() if prefix else needle
    if not stem:
        raise TermError('A lone "*" would match everything; write the beginning of a word before it, as in "refund*".')
    if "*" in stem:
        raise TermError(f'In "{written}" a star stands elsewhere than at the end; only "pre*" is understood.')
    kind = {"#": Kind.HASHTAG, "@": Kind.HANDLE}.get(stem[0], Kind.WORD)
    if kind is not Kind.WORD:
        if len(stem) == 1:
            raise TermError(f'The term "{written}" names nothing; write it as in "{stem}acme".')
        if " " in stem:
            raise TermError(f'"{written}" has a space in it; a hashtag or handle is one word, as in "{stem[0]}acme".')
    return Term(kind, stem, prefix, written)


def read_site(value: str, written: str) -> str:
    """Return the host behind ``site:`` as it is compared.

    Raises:
        TermError: It is none.
    """
    if not value:
        raise TermError('"site:" wants a host behind it, as in "site:example.com".')
    if value.startswith("*."):
        raise TermError(f'Write "site:{value[2:]}": it covers all that ends in .{value[2:]} as well.')
    host = value.rstrip(".")
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise TermError(
            f'"{written}" is not a host; write its name alone, as in "site:example.com", with no scheme, port or path.'
        )
    return host_key(host)


def read_language(value: str, written: str) -> str:
    """Return the code behind ``lang:``.

    Raises:
        TermError: It is none.
    """
    if not _LANGUAGE.fullmatch(value):
        raise TermError(
            f'"{written}" names no language; write its code alone, as in "lang:de", which covers de-AT too.'
        )
    return value


def _refuse_misspelt(name: str, value: str, written: str) -> None:
    """Refuse "sit:example.com", but not "size:xl", whose value is no host."""
    near = _SYNONYMS.get(name) or nearest(name, _MEANT, SURE)
    if near and _MEANT[near].fullmatch(value):
        raise TermError(f'"{name}:" in "{written}" is not known; did you mean "{near}:{value}"?')
