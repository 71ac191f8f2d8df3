"""Charters in dibs.toml: ``[sources.charter]`` below a source, and ``[charter]`` at the top for what it leaves unsaid.

A source without either keeps the closed default, which is no charter: `dibs check` says so.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.charter import ANYONE, CLOSED, NO_REVIEW, SECOND_PERSON, Charter, ReviewWhen, Stance
from handlers.reply.reading.checks import ADVISING, SAVED_FIELDS, SIGNATURE_FIELDS, unknown_fields
from handlers.text.terms import Kind, TermError, parse_term

CHARTER_KEYS = (
    "owner",
    "purpose",
    "voice",
    "stance",
    "publish",
    "review",
    "review_when",
    "own_review",
    "disclosure",
    "signature",
    "blocked",
    "binding",
    "saved",
)
REVIEW_WHEN_KEYS = ("words", "first", "high")
LONGEST_SAVED = 5_000
MOST_SAVED = 100
_MOST_FIRST = 1_000
_LONGEST_NAME = 60
_EMAIL = re.compile(r"[^\s@*]+@[^\s@*]+")


def read_default_charter(root: Table) -> Charter:
    """Read ``[charter]``; without it, the closed default."""
    return read_charter(root.table("charter"), department_keys(root)) if "charter" in root else CLOSED


def read_source_charter(source: Table, departments: list[str], default: Charter) -> Charter:
    """Read the charter of one source; what it leaves unsaid is as in ``default``."""
    if "charter" not in source:
        return default
    table = source.table("charter", "[sources.charter]")
    table.label = f"{source.label} charter"
    return read_charter(table, departments, default)


def department_keys(root: Table) -> list[str]:
    """Return the keys of the departments, before anything else is known of them."""
    found = root.values.get("departments")
    return list(found) if isinstance(found, dict) else []


def read_charter(table: Table, departments: list[str], default: Charter = CLOSED) -> Charter:
    """Read one charter; what is wrong is complained about, and stays as in ``default``."""
    table.only(CHARTER_KEYS)
    review = _review(table, departments, default.review)
    return replace(
        default,
        written=True,
        owner=_owner(table, departments, default.owner),
        purpose=_text(table, "purpose", default.purpose),
        voice=_text(table, "voice", default.voice),
        stance=_stance(table, default.stance),
        publish=_publish(table, departments, default.publish),
        review=review,
        review_when=_review_when(table, review, default.review_when),
        own_review=table.flag("own_review", default.own_review),
        disclosure=_text(table, "disclosure", default.disclosure),
        signature=_signature(table, default.signature),
        blocked=_terms(table, "blocked") if "blocked" in table else default.blocked,
        binding=_binding(table, default.binding),
        saved=_saved(table, default.saved),
    )


def _text(table: Table, key: str, default: str) -> str:
    return table.text(key) if key in table else default


def _stance(table: Table, default: Stance) -> Stance:
    value = _text(table, "stance", default)
    if value and value not in set(Stance):
        table.wrong("stance", f'is "{Stance.REACTIVE}" (we answer) or "{Stance.PROACTIVE}" (we speak first too).')
    return Stance(value) if value in set(Stance) else default


def _owner(table: Table, departments: list[str], default: str) -> str:
    owner = _text(table, "owner", default)
    if "owner" in table and owner and owner not in departments and not _EMAIL.fullmatch(owner):
        rest = did_you_mean(owner, departments)
        table.wrong("owner", f"{quoted(owner)} is neither a department nor an e-mail address{rest}")
    return owner


def _publish(table: Table, departments: list[str], default: tuple[str, ...]) -> tuple[str, ...]:
    if "publish" not in table:
        return default
    alone = isinstance(table.values["publish"], str)
    written = (table.text("publish"),) if alone else table.texts("publish")
    for position, one in enumerate(written):
        if one and one not in (*departments, ANYONE) and not _EMAIL.fullmatch(one):
            table.problems.at(
                (*table.path, "publish") if alone else (*table.path, "publish", position),
                f'{table.label} publish: {quoted(one)} is neither a department, nor an e-mail address, nor "{ANYONE}"'
                + did_you_mean(one, [*departments, ANYONE]),
            )
    if not written and table.values["publish"] == []:
        table.wrong("publish", "names nobody; leave it out, and the department that owns the mention publishes.")
    return written


def _review(table: Table, departments: list[str], default: str) -> str:
    review = _text(table, "review", default)
    known = [NO_REVIEW, SECOND_PERSON, *departments]
    if "review" in table and review and review not in known:
        rest = did_you_mean(review, known)
        table.wrong("review", f'{quoted(review)} is not "{NO_REVIEW}", "{SECOND_PERSON}" or a department{rest}')
    return review or default


def _review_when(table: Table, review: str, default: ReviewWhen) -> ReviewWhen:
    if "review_when" not in table:
        return default
    if review == NO_REVIEW:
        rest = f'say in review who reads then: "{SECOND_PERSON}", or a department.'
        table.wrong("review_when", f'never counts beside review = "{NO_REVIEW}"; {rest}')
    inner = table.table("review_when")
    inner.label = f"{table.label} review_when"
    inner.only(REVIEW_WHEN_KEYS)
    first = inner.values.get("first", 0)
    if not isinstance(first, int) or isinstance(first, bool) or not 0 <= first <= _MOST_FIRST:
        inner.wrong("first", f"is a whole number from 0 to {_MOST_FIRST}: the first so many replies of a person.")
        return default
    found = ReviewWhen(words=_terms(inner, "words"), first=first, high=inner.flag("high", False))
    if not inner.values:
        table.wrong("review_when", "has words, first or high, or several; leave it out, and every reply is read.")
    return found


def _signature(table: Table, default: str) -> str:
    signature = _text(table, "signature", default)
    if "signature" in table:
        _fields(table, "signature", signature, SIGNATURE_FIELDS)
    return signature


def _fields(table: Table, key: str, text: str, known: Iterable[str]) -> None:
    known = list(known)
    for field in unknown_fields(text, known):
        rest = did_you_mean(field, known, otherwise=f"; it fills in {', '.join(f'{{{one}}}' for one in known)}.")
        table.wrong(key, f"does not know {{{field[:_LONGEST_NAME]}}}{rest}")


def _terms(table: Table, key: str) -> tuple[str, ...]:
    """Read words and phrases written as topics write them."""
    found = table.texts(key)
    for position, text in enumerate(found):
        try:
            useless = parse_term(text).kind is Kind.LANGUAGE
        except TermError as error:
            table.problems.at((*table.path, key, position), f"{table.label} {key}: {error}")
        else:
            if useless:
                sentence = f"{table.label} {key}: {quoted(text)} finds nothing, since nobody says in which language."
                table.problems.at((*table.path, key, position), sentence)
    return found


def _binding(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    if "binding" not in table:
        return default
    found = table.texts("binding")
    for position, one in enumerate(found):
        if one not in ADVISING:
            rest = did_you_mean(one, ADVISING, otherwise=f"; there are {', '.join(ADVISING)}.")
            table.problems.at(
                (*table.path, "binding", position), f"{table.label} binding: {quoted(one)} is no check{rest}"
            )
    return found


def _saved(table: Table, default: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Read the texts to begin with; those of the charter at the top stay, unless one of the same name is here."""
    inner = table.table("saved")
    inner.label = f"{table.label} saved"
    if len(inner.values) > MOST_SAVED:
        table.wrong("saved", f"has at most {MOST_SAVED} texts.")
    texts = dict(default)
    for name, text in list(inner.values.items())[:MOST_SAVED]:
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            inner.wrong(name, f"is no name: one line of at most {_LONGEST_NAME} characters.")
        elif not isinstance(text, str) or not text.strip() or len(text) > LONGEST_SAVED or not _is_plain(text):
            inner.wrong(name, f"is text in quotes, of at most {LONGEST_SAVED} characters.")
        else:
            _fields(inner, name, text, SAVED_FIELDS)
            texts[name] = text.strip()
    return tuple(texts.items())


def _is_plain(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable()
