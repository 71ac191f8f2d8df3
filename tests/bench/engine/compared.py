"""What is printed of the comparison: a row a figure, the bar that the engine has to hold, and lines of code."""

import inspect
import statistics
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.outbox.worker import Worker
from bot.runtime.replicas import Replicas
from tests.bench.adapters import lines_of

HERE = Path(__file__).parent
# What is ours and would not be needed for the outbox: the look by turns. Leases, tokens and heartbeat stay in both.
LOOKING = (Worker._ours, Worker.is_anothers, Worker.gives_way, Worker.term, Replicas.is_ours, Replicas._peers)


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: What was measured.
        figures: Of leases and of the engine, a figure a round.
        form: How one is written.
        most: What the engine may take at most, as a multiple of the leases.
        at_least, below: What the engine itself has to reach, or has to stay below.
        of: How the rounds become one figure.
    """

    name: str
    figures: Mapping[str, Sequence[float]]
    form: str
    most: float | None = None
    at_least: float | None = None
    below: float | None = None
    of: Callable[[Sequence[float]], float] = statistics.median

    @property
    def ratio(self) -> float | None:
        """How many times of the leases' the engine's is: the median of the rounds; None where there is nothing."""
        pairs = zip(self.figures["leases"], self.figures["engine"], strict=True)
        return statistics.median(engine / leases for leases, engine in pairs) if all(self.figures["leases"]) else None

    @property
    def bar(self) -> str:
        """What the engine has to hold, and whether it does."""
        engine, ratio = self.of(self.figures["engine"]), self.ratio
        if self.most is not None and ratio is not None:
            return f"at most {self.most:g} times: {_word(ratio <= self.most)}"
        if self.at_least is not None:
            neither = max(engine, self.of(self.figures["leases"])) < self.at_least
            return f"at least {self.at_least:g}: {'neither does' if neither else _word(engine >= self.at_least)}"
        if self.below is not None:
            return (
                f"below {self.below:g}: {_word(engine < self.below)}"
                if self.below > 1
                else f"none: {_word(not engine)}"
            )
        return ""

    def cells(self) -> list[str]:
        """Return what stands in the row."""
        leases, engine = (self.form.format(self.of(self.figures[which])) for which in ("leases", "engine"))
        by_rounds = self.of is statistics.median and self.ratio is not None
        return [self.name, leases, engine, f"{self.ratio:.2f}" if by_rounds else "", self.bar]


def table(rows: Sequence[Row], packages: Path) -> str:
    """Return it all as a table in Markdown; ``packages`` is where Procrastinate is installed."""
    head = ["", "Leases", "Procrastinate", "Times", "It stays if"]
    lines = [head, ["---"] * len(head), *(row.cells() for row in rows), *_code(packages / "procrastinate")]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _word(holds: bool) -> str:
    return "holds" if holds else "**does not**"


def _code(package: Path) -> list[list[str]]:
    looking = sum(lines_of(textwrap.dedent(inspect.getsource(one))).code for one in LOOKING)
    pump = lines_of((HERE / "pump.py").read_text()).code + _sql([HERE / "pump.sql"])
    theirs = sum(lines_of(file.read_text()).code for file in package.rglob("*.py"))
    theirs += _sql([package / "sql" / name for name in ("schema.sql", "queries.sql")])
    return [
        ["lines of ours that say who does what", str(looking), str(pump), "", ""],
        ["— of others, with their SQL", "0", f"{theirs:,}", "", ""],
    ]


def _sql(files: Sequence[Path]) -> int:
    """Return how many lines of SQL hold anything but comments."""
    lines = (line.strip() for file in files for line in file.read_text().splitlines())
    return sum(bool(line) and not line.startswith("--") for line in lines)
