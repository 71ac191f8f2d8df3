"""What a checkpoint keeps of a kind's own, as a dataclass whose fields are what JSON knows, each with its first value.

A checkpoint is our own text. One that another version wrote, or nobody of ours, costs no more than beginning anew.
"""

from dataclasses import is_dataclass
from typing import TypeVar, get_args, get_origin, get_type_hints

from bot.sources.kit.json import mapping, read_object

KeptT = TypeVar("KeptT")


def kept(kind: type[KeptT], told: object) -> KeptT:
    """Return what a checkpoint, or an object in one, keeps of a dataclass; it may hold others beside it.

    What is missing is as at first, and so is all of it where something is of another type. A field may be a dataclass
    itself, which is read so, too, and a list or an object of what JSON knows.
    """
    values = read_object(told) if isinstance(told, str) else mapping(told)
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name in values}
    found = {name: _read(hint, values[name]) for name, hint in hints.items()}
    return kind(**found) if all(_is(found[name], hint) for name, hint in hints.items()) else kind()


def _read(hint: object, told: object) -> object:
    return kept(hint, told) if isinstance(hint, type) and is_dataclass(hint) else told


def _is(value: object, hint: object) -> bool:
    """Say whether a value is of a type: a list is of one, too, and an object of texts and one other."""
    if isinstance(value, list | dict) and type(value) is get_origin(hint):
        return all(_is(one, get_args(hint)[-1]) for one in (value.values() if isinstance(value, dict) else value))
    return type(value) is hint
