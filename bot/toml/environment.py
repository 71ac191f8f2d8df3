"""The environment: each variable NAME, or the file that NAME_FILE names, as container engines hand over secrets."""

from collections.abc import Mapping
from pathlib import Path

from bot.toml.problems import Problems, did_you_mean

LARGEST_FILE = 64 * 1024
OWN_PREFIX = "DIBS_"


class Environment:
    """Reads variables once; a variable that is set to nothing counts as not set."""

    def __init__(self, environ: Mapping[str, str], problems: Problems) -> None:
        self.problems = problems
        self._environ = environ
        self._known: set[str] = set()

    def get(self, name: str, default: str = "") -> str:
        """Return what ``name`` says, without white space around it."""
        named = f"{name}_FILE"
        self._known |= {name, named}
        value, file = self._environ.get(name, "").strip(), self._environ.get(named, "").strip()
        if value and file:
            self.problems.say(f"{name} and {named} are both set; set one of them.")
            return default
        return value or (self._read(named, file) if file else "") or default

    def _read(self, named: str, file: str) -> str:
        try:
            with Path(file).open("rb") as stream:
                raw = stream.read(LARGEST_FILE + 1)
            text = raw.decode("utf-8-sig").strip()
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

    def warnings(self) -> tuple[str, ...]:
        """Return a warning for each variable that looks like ours and that nobody asked for."""
        strange = sorted(name for name in self._environ if name.startswith(OWN_PREFIX) and name not in self._known)
        own = sorted(name for name in self._known if name.startswith(OWN_PREFIX))
        return tuple(f"{name} is set, but nothing reads it{did_you_mean(name, own)}" for name in strange)
