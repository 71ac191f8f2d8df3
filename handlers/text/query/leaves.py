"""Leaves: what one word, phrase or field of a query looks for.

refund, #acme, @acme    as in a topic's lists (``handlers.text.terms``)
refund*, "two wor*"     what begins so
acme.example            this host or one below it, in text and links, also as acme[.]example
`C++`                   these letters and signs, in this case
title:refund            a word, prefix or phrase in the title alone
site:example.com/r/x    the post's own address or a link in it, there or below
author:kim  lang:de  type:comment  source:blog-search
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from handlers.text.language_names import NAMES
from handlers.text.nearest import SURE, nearest
from handlers.text.query.errors import QueryError, at
from handlers.text.query.tokens import Sort, Token
from handlers.text.terms import MAX_TERM, Kind, Term, TermError, host_key, read_language, read_site, read_words
from storage.text.normalise import composed, fold

COMMENT, POST = "comment", "post"
# Of these a post has one, so several side by side mean one of them.
ONE_OF = frozenset({Kind.SITE, Kind.AUTHOR, Kind.LANGUAGE, Kind.TYPE, Kind.SOURCE})
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{1,59})")
_SCHEME = re.compile("^https?://")
_QUERY = re.compile("[?#]")
_NO_ONE = re.compile(r"[@/]?u/|@")
_ANYTHING = re.compile(r".+", re.DOTALL)
_MEANT = {
    "site": re.compile(r"[^\s/]+\.[^\s/].*"),
    "lang": re.compile(r"[a-z]{2,3}"),
    "type": re.compile(r"posts?|comments?|repl(?:y|ies)"),
    "title": _ANYTHING,
    "author": _ANYTHING,
    "source": _ANYTHING,
}
_SYNONYMS = {
    "language": "lang",
    **dict.fromkeys(("domain", "host", "hostname", "website", "url", "link", "inurl"), "site"),
    **dict.fromkeys(("from", "user", "username"), "author"),
    "intitle": "title",
}
_CODES = {name.casefold(): code for code, name in NAMES.items()}
_TYPES = {
    POST: POST,
    COMMENT: COMMENT,
    **dict.fromkeys(("posts", "thread", "topic", "submission", "question"), POST),
    **dict.fromkeys(("comments", "reply", "replies", "answer"), COMMENT),
}


def read_leaf(token: Token, query: str) -> Term:
    """Read what a word, phrase or literal looks for.

    Raises:
        QueryError: It could never match as it is meant.
    """
    try:
        term = _read(token, query)
        if len(term.needle) > MAX_TERM:
            raise TermError(f"What is looked for has at most {MAX_TERM} characters; this has {len(term.needle)}.")
    except TermError as error:
        sentence = str(error)
        end = "" if sentence[-1] in ".?" else "."
        raise QueryError(f"A{at(token.start)[1:]}: {sentence}{end}", query, token.start) from None
    return term


def _read(token: Token, query: str) -> Term:
    if token.field in _FIELDS:
        if not token.text.strip():
            raise TermError(
                f'"{token.field}:" wants what it asks for directly behind it, as in {_FIELDS[token.field][1]}'
            )
        return _FIELDS[token.field][0](token)
    if token.field:
        _refuse_misspelt(token, query)
    return _text(token, token.written if token.field else token.text)


def _text(token: Token, text: str, *, title: bool = False) -> Term:
    if token.sort is Sort.LITERAL:
        return Term(Kind.LITERAL, composed(text), False, token.written, title)
    needle = fold(text)
    if not needle:
        raise TermError("There is nothing in it that could be looked for")
    if token.sort is Sort.WORD and _HOST.fullmatch(needle.rstrip(".")):
        return Term(Kind.HOST, host_key(needle), False, token.written, title)
    if token.sort is Sort.PHRASE and " " in needle:
        stem = needle.removesuffix("*").rstrip()
        if "*" in stem or not stem:
            raise TermError(
                f'In {token.written} a star stands elsewhere than at the end; only "two wor*" is understood'
            )
        return Term(Kind.WORD, stem, needle != stem, token.written, title)
    term = read_words(needle, token.written)
    return Term(term.kind, term.needle, term.prefix, token.written, title)


def _title(token: Token) -> Term:
    return _text(token, token.text, title=True)


def _site(token: Token) -> Term:
    value = fold(_plain(token))
    bare = _QUERY.split(_SCHEME.sub("", value), maxsplit=1)[0]
    host, _, path = bare.partition("/")
    if bare != value:
        raise TermError(f'Write host and path alone, as in "site:{bare.rstrip("/")}"')
    path = path.rstrip("/")
    if "*" in path:
        raise TermError(f'In "{token.written}" the star is not needed: a path covers what is below it')
    site = read_site(host, token.written)
    return Term(Kind.SITE, f"{site}/{site_path(path)}" if path else site, False, token.written)


def site_path(path: str) -> str:
    """Return a path as it is compared: as people read it, in any case; both sides come here folded."""
    return fold(unquote(path)) if "%" in path else path


def _language(token: Token) -> Term:
    value = fold(_plain(token))
    if code := _CODES.get(value):
        raise TermError(f'"{token.written}" names no code; did you mean "lang:{code}"?')
    if len(value) > 3 and value.isalpha():
        raise TermError(f'"{token.written}" names no language; a code has two or three letters, as in "lang:de"')
    return Term(Kind.LANGUAGE, read_language(value, token.written), False, token.written)


def _author(token: Token) -> Term:
    key = author_key(_plain(token))
    if not key:
        raise TermError('"author:" wants a handle behind it, as in "author:kim"')
    return Term(Kind.AUTHOR, key, False, token.written)


def author_key(handle: str) -> str:
    """Return a handle as it is compared: in any case, without what networks put before it."""
    return _NO_ONE.sub("", fold(handle), count=1) if handle[:1] in "@/uU" else fold(handle)


def _type(token: Token) -> Term:
    value = fold(_plain(token))
    if value in {POST, COMMENT}:
        return Term(Kind.TYPE, value, False, token.written)
    meant = _TYPES.get(value) or nearest(value, _TYPES, SURE)
    near = f'; did you mean "type:{_TYPES[meant]}"?' if meant else ""
    raise TermError(f'"{token.written}" is neither "type:post" nor "type:comment"{near}')


def _source(token: Token) -> Term:
    return Term(Kind.SOURCE, fold(_plain(token)), False, token.written)


def _plain(token: Token) -> str:
    """Return the value of a field that takes one name, whole."""
    if token.sort is Sort.LITERAL:
        raise TermError(f'Backticks are for text; write "{token.field}:{token.text.strip()}" without them')
    if "*" in fold(token.text) and token.field != "site":
        raise TermError(f'In "{token.written}" a star stands behind {token.field}:, which takes a whole name')
    return token.text.strip()


_FIELDS: dict[str, tuple[Callable[[Token], Term], str]] = {
    "site": (_site, "site:example.com"),
    "title": (_title, "title:refund"),
    "author": (_author, "author:kim"),
    "lang": (_language, "lang:de"),
    "type": (_type, "type:comment"),
    "source": (_source, "source:blog-search"),
}


def _refuse_misspelt(token: Token, query: str) -> None:
    """Refuse ``autor:kim``, but not ``size:xl``, whose value is no host: any other colon is text."""
    name, value = token.field, fold(token.text)
    near = _SYNONYMS.get(name) or nearest(name, _MEANT, SURE)
    if near and _MEANT[near].fullmatch(value):
        sign = {Sort.PHRASE: '"', Sort.LITERAL: "`"}.get(token.sort, "")
        raise QueryError(
            f"“{name}:” {at(token.start)} is not known; did you mean {near}:{sign}{token.text}{sign}? "
            "In quotes it is text.",
            query,
            token.start,
        )
    if token.sort is not Sort.WORD:
        raise QueryError(
            f"“{name}:” {at(token.start)} is not known; it knows {', '.join(f'{one}:' for one in _FIELDS)}.",
            query,
            token.start,
        )
