"""What a delivery says, read as its sender meant it, where only one meaning is possible.

Builders of automations paste texts into templates and never send again, so what any reader would understand is
understood here: a real line break inside a text, a byte order mark, one document a line, JSON inside a form or a text,
``null`` where a list is empty, a list that PHP wrote as an object. What can be read in two ways is not read.

Numbers stay the digits that were sent, for an id of twenty digits is not the nearest number that a float can hold. What
stands where JSON has a number and is none (``NaN``, a thousand digits) is ``UNREADABLE``: it spoils the field that it
stands in and nothing beside it.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"
_MAX_DIGITS = 40
_MAX_FIELDS = 1_000
_BETWEEN = re.compile(r"[\s\x1e]*")  # RFC 7464 puts a record separator before each document
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_UNICODE = re.compile(r"utf-?(?:8|16|32)(?:-?[bl]e)?", re.IGNORECASE)


class Unreadable:
    """A value that is no number, where a number should stand."""


UNREADABLE: Final = Unreadable()


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= _MAX_DIGITS else UNREADABLE


def _broken(digits: str) -> object:
    try:
        number = Decimal(digits) if len(digits) <= 2 * _MAX_DIGITS else Decimal("NaN")
    except InvalidOperation:
        return UNREADABLE
    return number if number.is_finite() and abs(number.adjusted()) <= _MAX_DIGITS else UNREADABLE


_DECODER = json.JSONDecoder(
    strict=False, parse_int=_whole, parse_float=_broken, parse_constant=lambda _name: UNREADABLE
)


def read_documents(raw: bytes, content_type: str) -> list[object]:
    """Return what a delivery holds: one document, or each of those that follow one another.

    A line that is no JSON among others that are is ``UNREADABLE``.

    Raises:
        ValueError: It is neither JSON nor a form.
        RecursionError: It is nested too deeply.
    """
    text = _decoded(raw, content_type)
    try:
        return _in_sequence(text)
    except ValueError:
        if content_type.partition(";")[0].strip().lower() == FORM:
            return [_form(text)]
        return _by_line(text)


def _decoded(raw: bytes, content_type: str) -> str:
    """Decode by what the bytes show, as RFC 8259 readers do; another charset counts where the sender names it."""
    named = _CHARSET.search(content_type)
    if named is None or _UNICODE.fullmatch(named[1]):
        return raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff")
    try:
        return raw.decode(named[1])
    except LookupError:
        return raw.decode("utf-8-sig")


def _in_sequence(text: str) -> list[object]:
    found: list[object] = []
    at = _past_blanks(text, 0)
    while at < len(text):
        document, end = _DECODER.raw_decode(text, at)
        at = _past_blanks(text, end)
        if not isinstance(document, dict) and at < len(text):
            raise ValueError("only objects follow one another")
        found.append(document)
    if not found:
        raise ValueError("empty")
    return found


def _past_blanks(text: str, at: int) -> int:
    blanks = _BETWEEN.match(text, at)
    return blanks.end() if blanks else at


def _by_line(text: str) -> list[object]:
    """Read one object a line, where every line begins like one and at least one is."""
    lines = [line for one in text.split("\n") if (line := one.strip(" \t\r\x1e"))]
    if len(lines) < 2 or not all(line.startswith("{") for line in lines):
        raise ValueError("not JSON")
    found = [_or_unreadable(line) for line in lines]
    if all(one is UNREADABLE for one in found):
        raise ValueError("not JSON")
    return found


def _or_unreadable(line: str) -> object:
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return UNREADABLE


def _form(text: str) -> object:
    """Return a form as an object; a field that is sent twice is a list, as forms write one."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=_MAX_FIELDS):
        values.setdefault(name, []).append(value)
    if not values:
        raise ValueError("an empty form")
    return {name: several[0] if len(several) == 1 else several for name, several in values.items()}


def unwrapped(value: object) -> object:
    """Return what a text says that is itself a JSON object or list, as senders wrap them; all else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return _DECODER.decode(value.strip())
    except (ValueError, RecursionError):
        return value


def at(document: object, pointer: str) -> object:
    """Follow a JSON pointer (RFC 6901), through texts that hold JSON too; what is not there is None."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        document = unwrapped(document)
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and _INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def stands(document: object, pointer: str) -> bool:
    """Say whether there is anything at a pointer, be it ``null``."""
    above, _, last = pointer.rpartition("/")
    holder = unwrapped(at(document, above))
    if pointer and isinstance(holder, dict):
        return last.replace("~1", "/").replace("~0", "~") in holder
    return at(document, pointer) is not None


def listed(value: object) -> list[object]:
    """Return what stands where a list belongs: a list, one with gaps as PHP writes it, one thing alone, or nothing."""
    value = unwrapped(value)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value and all(_INDEX.fullmatch(key) for key in value):
        return list(value.values())
    return [value]


def written(number: int | Decimal, *, name: bool = False) -> str:
    """Write a number out as it was sent; as a ``name``, without a point behind which nothing stands."""
    if isinstance(number, Decimal) and name and number == number.to_integral_value():
        return str(int(number))
    return format(number, "f") if isinstance(number, Decimal) else str(number)
