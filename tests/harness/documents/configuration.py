"""dibs.toml, from the commented file that ``dibs init`` writes: every key that there is, table by table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from bot.settings.example import example
from bot.sources.registry import KINDS, load
from tests.harness.documents.tables import table

_HEADER = re.compile(r"#?(\[{1,2}[\w.]+\]{1,2})(?:\s+# (.*))?")
KEY = re.compile(r"#?(\w+) = (.*)")
_PROSE = re.compile(r"# (.*)")
# Of these there are as many as one likes, by keys of one's own.
_NAMED = {"[departments.support]": "[departments.KEY]", "[departments.finance]": "[departments.KEY]"}


@dataclass
class Part:
    """A table of dibs.toml: what is said of it, and its keys with an example and a remark each."""

    said: str = ""
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)


def configuration() -> str:
    """Return a section for each table; the options of the kinds of sources stand on their own pages."""
    return "\n\n".join(_section(title, part) for title, part in parts().items())


def parts() -> dict[str, Part]:
    """Return every table of the example, by its title."""
    found: dict[str, Part] = {}
    title = ""
    prose: list[str] = []
    own = {one.name for kind in KINDS for one in fields(load(kind).options)}
    for line in [*_lines(), ""]:
        if header := _HEADER.fullmatch(line):
            title = _NAMED.get(header[1], header[1])
            part = found.setdefault(title, Part())
            part.said = part.said or " ".join([*prose, header[2] or ""]).strip()
            prose = []
        elif (key := KEY.fullmatch(line)) and not (title == "[[sources]]" and key[1] in own):
            found[title].keys.setdefault(key[1], split(key[2]))
        elif said := _PROSE.fullmatch(line):
            prose.append(said[1])
    return found


def _lines() -> Iterator[str]:
    """Yield the lines from the first table on; what comes before is of secrets, and stands elsewhere."""
    text = example()
    yield from text[text.index("[organisation]") :].splitlines()


def split(written: str) -> tuple[str, str]:
    """Part a value from the remark behind it."""
    value, _, remark = written.partition("  # ") if "  # " in written else written.partition(" # ")
    return value.strip(), remark.strip()


def _section(title: str, part: Part) -> str:
    rows = ((f"`{key}`", f"`{value}`", remark) for key, (value, remark) in part.keys.items())
    said = [f"{part.said[0].upper()}{part.said[1:].rstrip('.')}."] if part.said else []
    return "\n\n".join([f"## `{title}`", *said, table(("Key", "For example", "What it says"), rows)])
