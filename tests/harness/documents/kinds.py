"""What the documents say of each kind of source: the kind says it itself, beside its code."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum

from bot.sources.registry import KINDS, about, load, secret_variables
from handlers.base.budget import Window
from tests.harness.documents.configuration import KEY, split
from tests.harness.documents.tables import table

_NOT_TRIED = " No test ran against the service itself."
_MIDNIGHTS = {
    Window.MINUTE: "by the clock",
    Window.UTC_DAY: "from midnight in UTC",
    Window.PACIFIC_DAY: "from midnight in California",
    Window.MONTH: "of the calendar, in UTC",
}
# Of each family one or two.
SHOWN = ("bluesky", "github", "google_reviews", "instagram", "linkedin", "reddit", "x", "youtube")
# Those that let nobody in, each with a page of its own that says what to do instead.
WALLED = {
    "foursquare": "Foursquare",
    "google-plus": "Google+",
    "pinterest": "Pinterest",
    "tiktok": "TikTok",
}
_INSTEAD = "what another tool posts by webhook, or somebody brings in"
_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "`true` or `false`"}


def title(kind: str) -> str:
    """Return how people call what a kind listens to."""
    return load(kind).capabilities.network or {"feed": "Feeds", "webhook": "Webhooks"}[kind]


def page(kind: str) -> str:
    """Return the name of its page."""
    return f"docs/sources/{kind.replace('_', '-')}.md"


def icon(name: str, up: str) -> str:
    """Return the picture of a network, of our own drawing, ``up`` the way to the root of the checkout."""
    return f"![]({up}bot/chat/desk/static/network-{name.replace('_', '-')}.svg)"


def heard() -> str:
    """Return the table of the networks that the README shows."""
    return table(
        ("", "Network", "What it hears", "Replies"),
        ((icon(kind, ""), f"[{title(kind)}]({page(kind)})", about(kind).briefly, _replies(kind)) for kind in SHOWN),
    )


def networks() -> str:
    """Return the table of all kinds, for the page that leads to theirs."""
    heads = ("", "Network", "What it hears", "Replies", "What lets you in")
    rows = {
        title(kind): (
            icon(kind, "../../"),
            f"[{title(kind)}]({page(kind).removeprefix('docs/sources/')})",
            about(kind).briefly,
            _replies(kind),
            about(kind).way_in,
        )
        for kind in KINDS
    }
    walled = {
        name: (icon(one, "../../"), f"[{name}]({one}.md)", _INSTEAD, "by hand", "nobody is let in")
        for one, name in WALLED.items()
    }
    return table(heads, (row for _, row in sorted((rows | walled).items(), key=lambda one: one[0].casefold())))


def _replies(kind: str) -> str:
    return re.split("[:,]", about(kind).replies)[0]


def kind_page(kind: str) -> str:
    """Return what a kind says of itself: what it hears, how it replies, its options, secrets and an example of each."""
    said = about(kind)
    told = (
        ("What it hears", said.hears),
        ("How it replies", said.replies),
        ("Setting it up", said.setup),
        *([("What it may spend", _budgets(kind))] if load(kind).capabilities.budgets else []),
        ("Limits", said.limits),
        ("Tested against", said.tested),
    )
    parts = [
        "\n".join(f"- **{name}:** {text}." for name, text in told) + _NOT_TRIED,
        "## Options",
        table(("Key", "What it takes", "Without it", "Remark"), _options(kind)),
    ]
    if KINDS[kind].secrets:
        names = [dict(_written(example))["name"][0].strip('"') for example in said.examples]
        own = [f"`{variable}`" for name in names for variable in secret_variables(kind, name).values()]
        listed = ", ".join(own)
        parts += ["## Secrets", f"From the environment; with the names of the sources below: {listed}."]
    parts += ["## In dibs.toml", *(f"```toml\n[[sources]]\n{example.rstrip()}\n```" for example in said.examples)]
    return "\n\n".join(parts)


def _budgets(kind: str) -> str:
    told = []
    for one in load(kind).capabilities.budgets:
        kept = one.most - one.for_polls
        said = f", of which {one.unit.said(kept)} {'is' if kept == one.unit.parts else 'are'} kept for replies"
        told.append(f"{one.said} ({_MIDNIGHTS[one.window]}){said if one.for_replies else ''}")
    return " ".join(filter(None, (f"{'; '.join(told)}. `budget` says otherwise.", about(kind).costs))).rstrip(".")


def _written(example: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the keys of an example, each with its value and the remark behind it."""
    for line in example.splitlines():
        if found := KEY.fullmatch(line):
            yield found[1], split(found[2])


def _options(kind: str) -> list[tuple[str, str, str, str]]:
    options = load(kind).options
    hints = typing.get_type_hints(options)
    remarks = {key: remark for example in about(kind).examples for key, (_, remark) in _written(example) if remark}
    rows = []
    for field in dataclasses.fields(options):
        takes, remark = _type(hints[field.name]), remarks.get(field.name, "")
        only_repeats = all(f'"{word}"' in takes for word in remark.split(" | "))
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        without = "is needed" if needed else _default(field.default)
        rows.append((f"`{field.name}`", takes, without, "" if only_repeats else remark))
    return rows


def _type(hint: typing.Any) -> str:
    if isinstance(hint, types.UnionType):
        hint = next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f'`"{one.value}"`' for one in hint)
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(f'`"{one}"`' for one in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return "a list of texts"
    return "a table of texts" if typing.get_origin(hint) is dict else _TYPES[hint]


def _default(default: object) -> str:
    if isinstance(default, Enum):
        return f'`"{default.value}"`'
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f'`"{default}"`' if isinstance(default, str) and default else "nothing"
