"""The README's table of sources, as the kinds themselves tell it; ``make docs`` writes it, and a test compares it."""

import re
from pathlib import Path

from bot.sources.registry import KINDS, about

README = Path(__file__).parents[2] / "README.md"
_MARKED = re.compile(r"(<!-- sources: .*?-->\n).*?(<!-- end of sources -->)", re.DOTALL)
_HEAD = ("Kind", "What it hears", "How it replies", "Setting it up", "Limits", "Tested against")


def with_rows(text: str) -> str:
    """Return the README with the table that the code tells."""
    lines = [_row(*_HEAD), "|" + "---|" * len(_HEAD), *(_row(f"`{kind}`", *about(kind).cells) for kind in KINDS)]
    return _MARKED.sub(lambda marks: marks[1] + "\n".join(lines) + "\n" + marks[2], text, count=1)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    README.write_text(with_rows(README.read_text(encoding="utf-8")), encoding="utf-8")
