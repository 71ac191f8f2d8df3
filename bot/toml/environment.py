"""The environment: each variable NAME, or the file that NAME_FILE names, as container engines hand over secrets.

Quotation marks around a value belong to nobody: a shell takes them off and ``docker run --env-file`` keeps them, so
that the same file works in one place and not in the other. A pair of them is taken off here, whatever the variable. One
that stands alone may be part of a secret that others made, so who knows better what a value looks like has to refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.toml.problems import Problems, did_you_mean

LARGEST_FILE = 64 * 1024
OWN_PREFIX = "DIBS_"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
# As shells have them, and as word processors and telephones make them of those.
_PAIRS = {('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’"), ("„", "“"), ("”", "”"), ("’", "’"), ("«", "»")}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable, as the documents tell of it."""

    name: str
    what: str
    default: str = ""


class Environment:
    """Reads variables once; a variable that is set to nothing counts as not set."""

    def __init__(self, environ: Mapping[str, str], problems: Problems) -> None:
        self.problems = problems
        self._environ = environ
        self._known: set[str] = set()

    def get(self, name: str, default: str = "") -> str:
        """Return what ``name`` says, without white space and quotation marks around it."""
        named = f"{name}_FILE"
        self._known |= {name, named}
        value, file = _plain(self._environ.get(name, "")), _plain(self._environ.get(named, ""))
        if value and file:
            self.problems.say(f"{name} and {named} are both set; set one of them.")
            return default
        return value or (self._read(named, file) if file else "") or default

    def _read(self, named: str, file: str) -> str:
        try:
            with Path(file).open("rb") as stream:
                raw = stream.read(LARGEST_FILE + 1)
            text = _plain(raw.decode("utf-8-sig"))
        except OSError as error:
            self.problems.say(f"{named} names {file}, which cannot be read: {error.strerror}.")
        except ValueError:
            self.problems.say(f"{named} names {file}, which is not text in UTF-8.")
        else:
            if text and len(raw) <= LARGEST_FILE:
                return text
            what = f"is larger than {LARGEST_FILE} bytes" if text else "is empty"
            self.problems.say(f"{named} names {file}, which {what}.")
        return ""

    def judge_secret(self, name: str, value: str, what: str) -> None:
        """Complain about a secret of a kind in which nothing but visible ASCII and no quotation mark can be."""
        if any(mark in value for pair in _PAIRS for mark in pair):
            self.problems.say(f"{name} holds a quotation mark, which no {what} has; take it off.")
        elif value and not _VISIBLE.fullmatch(value):
            self.problems.say(f"{name} holds characters that no {what} has; copy it again.")

    def warnings(self) -> tuple[str, ...]:
        """Return a warning for each variable that looks like ours and that nobody asked for."""
        strange = sorted(name for name in self._environ if name.startswith(OWN_PREFIX) and name not in self._known)
        own = sorted(name for name in self._known if name.startswith(OWN_PREFIX))
        return tuple(f"{name} is set, but nothing reads it{did_you_mean(name, own)}" for name in strange)


def _plain(written: str) -> str:
    """Return a value without white space and pairs of quotation marks around it."""
    value = written.strip()
    while len(value) > 1 and (value[0], value[-1]) in _PAIRS:
        value = value[1:-1].strip()
    return value
