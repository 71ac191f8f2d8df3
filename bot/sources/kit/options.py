"""Options of a kind: a table of dibs.toml becomes the kind's own frozen dataclass, or an error that helps.

One function serves all kinds, so that a kind declares its options once, as typed fields. What a value has to look like
stands beside its type (``Annotated[str, Like(…)]``, ``WebAddress``); ``__post_init__`` checks only what several fields
say together.
"""

import dataclasses
import re
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from bot.sources.kit.html import web_link
from handlers.text.nearest import nearest

OptionsT = TypeVar("OptionsT")

_WORDS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


class OptionError(ValueError):
    """A setting of a source is wrong: ``key`` names it within its table, ``sentence`` says what was expected."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key = key
        self.sentence = sentence


def unknown_key(key: str, known: Iterable[str]) -> OptionError:
    """Say that ``key`` is not known, and which known one was probably meant."""
    near = nearest(key, known)
    return OptionError(key, f"is not known; did you mean {near}?" if near else "is not known.")


def web_address(key: str, value: str, sentence: str = "is an http or https address.") -> None:
    """See that an option is a web address; ``sentence`` says it to people.

    Raises:
        OptionError: It is none.
    """
    if not web_link(value):
        raise OptionError(key, sentence)


WebAddress = Annotated[str, web_address]


@dataclasses.dataclass(frozen=True, slots=True)
class Like:
    """See that a text, or each text of a list, is wholly as an expression says; ``sentence`` says it to people."""

    expression: str
    sentence: str

    def __call__(self, key: str, value: str | tuple[str, ...]) -> None:
        """See it.

        Raises:
            OptionError: One of them is not.
        """
        texts = (value,) if isinstance(value, str) else value
        if not all(re.fullmatch(self.expression, one) for one in texts):
            raise OptionError(key, self.sentence)


@dataclasses.dataclass(frozen=True, slots=True)
class Within:
    """See that a number, or the length of a text or a list, lies within two bounds, both included."""

    least: int
    most: int
    sentence: str

    def __call__(self, key: str, value: int | str | tuple[str, ...]) -> None:
        """See it; blanks around a text do not count.

        Raises:
            OptionError: It does not.
        """
        size = value if isinstance(value, int) else len(value.strip() if isinstance(value, str) else value)
        if not self.least <= size <= self.most:
            raise OptionError(key, self.sentence)


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """See that an option is set where another one has a certain value."""

    where: str
    value: object
    sentence: str

    def see(self, key: str, options: object) -> None:
        """See it; a text of blanks is none.

        Raises:
            OptionError: It is not.
        """
        told = getattr(options, key)
        if getattr(options, self.where) == self.value and not (told.strip() if isinstance(told, str) else told):
            raise OptionError(key, self.sentence)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options whose types say what their values look like."""

    def __post_init__(self) -> None:
        for name, hint in typing.get_type_hints(type(self), include_extras=True).items():
            for check in getattr(hint, "__metadata__", ()):
                if isinstance(check, Wanted):
                    check.see(name, self)
                else:
                    check(name, getattr(self, name))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WithAccount(Options):
    """Options that name our account at the network by ``username``; nothing = there is none."""

    username: str = ""

    @property
    def account(self) -> str:
        """What our account is called."""
        return self.username

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose words are never mentions."""
        return (self.account.removeprefix("@"),) if self.account else ()


AN_ACCOUNT = 'is the name of our account, such as "acme_support".'
WHAT_TO_SEARCH = "is what to search for."
SearchedFor = Annotated[str, Within(1, sys.maxsize, WHAT_TO_SEARCH)]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccount(WithAccount):
    """Options of a kind whose account has a name that begins with "@", as people write it or not."""

    username: str

    @property
    def name(self) -> str:
        """The name of our account, as names are compared."""
        return self.username.removeprefix("@").lower()

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"@{self.name}"


def password_of(username: str, secrets: Mapping[str, str], variable: str) -> str:
    """Return the password of our account, which ``variable`` holds; empty where it has neither a name nor a password.

    Raises:
        OptionError: One of them is missing.
    """
    password = secrets.get("password", "")
    if bool(username) != bool(password):
        key, other = ("username", variable) if password else (variable, "`username`")
        raise OptionError(key, f"is not set, and {other} is.")
    return password


def all_set(
    secrets: Mapping[str, str], variables: Mapping[str, str], why: str, *, or_none: bool = False
) -> dict[str, str]:
    """Return the secrets of a source, by the names of ``variables``; none at all where that is so, and may be.

    Raises:
        OptionError: One of them is missing; ``why`` says why it is wanted.
    """
    found = {name: secrets.get(name, "").strip() for name in variables}
    if or_none and not any(found.values()):
        return {}
    for name, secret in found.items():
        if not secret:
            raise OptionError(variables[name], f"is not set; {why}")
    return found


def not_in_the_clear(key: str, value: str, *, allow_private: bool) -> None:
    """See that a credential goes out to an address by https alone; an intranet may do without.

    Raises:
        OptionError: It would go out in the clear.
    """
    if not allow_private and urlsplit(value).scheme.lower() != "https":
        raise OptionError(key, "is not https: what lets us in there would go out in the clear.")


def build_options(options: type[OptionsT], table: Mapping[str, object]) -> OptionsT:
    """Make ``options``, a dataclass, from a table in which only its own keys are left.

    Raises:
        OptionError: A key is unknown, missing, or of the wrong type, or the dataclass itself refuses a value.
    """
    fields = {field.name: field for field in dataclasses.fields(options)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise unknown_key(key, fields)
    hints = typing.get_type_hints(options)
    values: dict[str, object] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(name, table[name], hints[name])
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise OptionError(name, "is missing.")
    return options(**values)


def _value(key: str, value: object, hint: object) -> object:
    """Check a value against the type of its field: text, numbers, words of a choice, tables or lists of text."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return _value(key, value, next(arm for arm in typing.get_args(hint) if arm is not types.NoneType))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice(key, value, hint)
    if typing.get_origin(hint) is typing.Literal:
        return _one_of(key, value, typing.get_args(hint))
    if typing.get_origin(hint) in (dict, Mapping):
        if not isinstance(value, Mapping) or not all(isinstance(inner, str) for inner in value.values()):
            raise OptionError(key, "is a table whose values are text in quotes.")
        return dict(value)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(inner, str) for inner in value):
            raise OptionError(key, "is a list of texts in quotes.")
        return tuple(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # bool is an int to Python, and not to anybody else
    if not isinstance(hint, type) or not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise OptionError(key, f"is {_WORDS.get(hint, 'of another type')}.")  # type: ignore[call-overload]
    return value


def _choice(key: str, value: object, choices: type[Enum]) -> Enum:
    try:
        return choices(value)
    except ValueError:
        raise _no_choice(key, [choice.value for choice in choices]) from None


def _one_of(key: str, value: object, words: Iterable[object]) -> object:
    if value not in words:
        raise _no_choice(key, words)
    return value


def _no_choice(key: str, words: Iterable[object]) -> OptionError:
    return OptionError(key, f"is one of {', '.join(map(str, words))}.")
