"""The list of customers: a file beside dibs.toml, looked through whole before anything starts.

It has a line for each public handle of a customer: ``source,handle,label``. What is wrong is said with its line and its
cure, a few complaints at most. The file is read here, and read once more when its rows are written into the database;
its digest says whether it is still the file that was looked through, and whether the database has it already.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.sources.base import SourceSettings
from bot.toml.problems import Problems, SettingsError, did_you_mean, quoted
from handlers.text.handles import compared

COLUMNS = ("source", "handle", "label")
MOST_ROWS = 500_000
LARGEST = 64 * 1024 * 1024
LONGEST_LABEL = 60
LONGEST_HANDLE = 300
# So many complaints about one file are enough to see what is wrong with it.
_MOST_TOLD = 10
_FEWER = "Leave out those who have no public handle, or who left you."
# What rows mean beside what stands in them: another number reads every list anew.
_FORM = 1

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersFile:
    """A list of customers that was looked through.

    Attributes:
        digest: Of the file, and of what its rows mean by the sources that there are.
        number: How many customers stand in it.
        instances: The host at which names without one are, by source.
    """

    path: Path
    digest: str
    number: int
    instances: dict[str, str]

    def rows(self) -> Iterator[Row]:
        """Yield the rows as they are kept: source, handle as it is compared, label.

        Raises:
            SettingsError: The file was changed since it was looked through.
        """
        raw = _raw(self.path)
        if raw is None or _digest(raw, self.instances) != self.digest:
            raise SettingsError([f"{self.path} was changed while it was being read. Run dibs reload, or start again."])
        for _, source, handle, label in _read(raw):
            yield source, _compared(handle, self.instances[source]), label


def read_customers(path: Path, sources: Sequence[SourceSettings], problems: Problems) -> CustomersFile | None:
    """Look through a list of customers; None after a complaint."""
    found = _Looking(path, problems, _instances(sources))
    raw = found.open()
    if raw is None:
        return None
    number = found.look_through(raw)
    digest = _digest(raw, found.instances)
    return CustomersFile(path=path, digest=digest, number=number, instances=found.instances)


class _Looking:
    """One look through one file."""

    def __init__(self, path: Path, problems: Problems, instances: dict[str, str]) -> None:
        self.path, self.problems, self.instances = path, problems, instances
        self.told = 0

    def say(self, line: int, sentence: str) -> None:
        self.told += 1
        if self.told <= _MOST_TOLD:
            self.problems.say(f"{self.path}, line {line}: {sentence}")
        elif self.told == _MOST_TOLD + 1:
            self.problems.say(f"{self.path}: there is more of that kind; mend these first.")

    def open(self) -> bytes | None:
        """Return the file if it is one that can be read at all."""
        if not self.path.is_file():
            self.problems.say(f"{self.path} is not there; [organisation] customers names it, from where dibs.toml is.")
            return None
        try:
            lines = _lines(self.path)
        except OSError as error:
            self.problems.say(f"{self.path} cannot be read: {error.strerror}.")
            return None
        if lines > MOST_ROWS + 1:
            counted = f"there are about {lines - 1:,} customers; there is room for {MOST_ROWS:,}. {_FEWER}"
            self.say(MOST_ROWS + 2, counted)
            return None
        raw = _raw(self.path)
        if raw is None:
            self.problems.say(f"{self.path} is larger than {LARGEST // 2**20} MiB, which no such list is.")
            return None
        try:
            raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.say(line, "this is not UTF-8; save the file in that encoding.")
            return None
        return raw if self._has_columns(raw) else None

    def _has_columns(self, raw: bytes) -> bool:
        first = raw.split(b"\n", 1)[0].decode("utf-8-sig").strip()
        names = [one.strip().lower() for one in first.split(",")]
        if names == list(COLUMNS):
            return True
        semicolons = " Its columns are parted by commas, not by semicolons." if ";" in first else ""
        self.say(1, f"the first line names the columns: {','.join(COLUMNS)}. Here it is {quoted(first)}.{semicolons}")
        return False

    def look_through(self, raw: bytes) -> int:
        """Complain about every row that is wrong, as far as anybody would read; returns how many rows there are."""
        seen: set[int] = set()
        twice: list[tuple[int, str, str]] = []
        number = 0
        try:
            for line, source, handle, label in _read(raw):
                number += 1
                if sentence := self._fault(source, handle, label):
                    self.say(line, sentence)
                    continue
                key = hash((source, _compared(handle, self.instances[source])))
                if key in seen and len(twice) <= _MOST_TOLD:
                    twice.append((line, source, handle))
                seen.add(key)
                if number > MOST_ROWS:
                    self.say(line, f"there is room for {MOST_ROWS:,} customers, and this is one more. {_FEWER}")
                    break
        except _WrongRow as error:
            self.say(error.line, error.sentence)
        self._tell_twice(raw, twice)
        return number

    def _fault(self, source: str, handle: str, label: str) -> str:
        if source not in self.instances:
            rest = did_you_mean(source, self.instances, otherwise=f"; there are {', '.join(self.instances)}.")
            return f"{quoted(source)} is no source in dibs.toml, and no kind of one{rest}"
        if not handle or len(handle) > LONGEST_HANDLE or not handle.isprintable():
            return f"the handle is missing, or is no line of at most {LONGEST_HANDLE} characters."
        if len(label) > LONGEST_LABEL or not label.isprintable():
            return f"the label is one line of at most {LONGEST_LABEL} characters, such as Gold plan."
        return ""

    def _tell_twice(self, raw: bytes, twice: Sequence[tuple[int, str, str]]) -> None:
        """Say where those stand first that stand in the file again: one look for all of them."""
        if not twice:
            return
        wanted = {(source, _compared(handle, self.instances[source])) for _, source, handle in twice}
        first: dict[tuple[str, str], int] = {}
        for line, source, handle, _ in _read(raw):
            if len(first) == len(wanted) or line >= twice[-1][0]:
                break
            if (key := (source, _compared(handle, self.instances.get(source, "")))) in wanted:
                first.setdefault(key, line)
        for line, source, handle in twice:
            at = first.get((source, _compared(handle, self.instances[source])), line)
            if at < line:
                self.say(line, f"{quoted(handle)} on {source} stands in line {at} already; leave one of them out.")


class _WrongRow(Exception):
    """A row that is none."""

    def __init__(self, line: int, sentence: str) -> None:
        self.line, self.sentence = line, sentence
        super().__init__(sentence)


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(some.count(b"\n") for some in iter(lambda: stream.read(2**20), b""))


def _raw(path: Path) -> bytes | None:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError:
        return None
    return raw if len(raw) <= LARGEST else None


def _read(raw: bytes) -> Iterator[tuple[int, str, str, str]]:
    """Yield each row with its line; empty lines are none."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline=""), strict=True)
    try:
        next(reader, None)
        for row in reader:
            if len(row) == len(COLUMNS):
                yield reader.line_num, row[0].strip(), row[1].strip(), row[2].strip()
            elif row:
                counted = f"there are {len(row)} columns in the place of {len(COLUMNS)}"
                raise _WrongRow(reader.line_num, f"{counted}; a comma in a label wants quotes around it.")
    except csv.Error as error:
        raise _WrongRow(reader.line_num, f"this is no line of a CSV file: {error}.") from error


def _compared(handle: str, instance: str) -> str:
    """Return a handle as listening compares it; of a name without a host, that of our instance is meant."""
    name = compared(handle)
    return f"{name}@{instance}" if instance and "@" not in name and "/" not in name else name


def _instances(sources: Sequence[SourceSettings]) -> dict[str, str]:
    """Return what may stand in the first column, with the host of names that have none: sources, and their kinds.

    Of a kind of which there are sources at several hosts, names without one could be anybody's.
    """
    found: dict[str, str] = {}
    for kind in dict.fromkeys(one.rules.kind for one in sources):
        hosts = {one.rules.instance.casefold() for one in sources if one.rules.kind == kind}
        found[kind] = next(iter(hosts)) if len(hosts) == 1 else ""
    return found | {one.rules.name: one.rules.instance.casefold() for one in sources}


def _digest(raw: bytes, instances: dict[str, str]) -> str:
    return sha256(raw + repr((_FORM, sorted(instances.items()))).encode()).hexdigest()
