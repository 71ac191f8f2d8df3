"""How long each adapter is, and where else its kind is spoken of: ``make count``.

Counted are lines with code on them: no docstring, no comment, no empty line. The table of what a network's answers mean
(``verdicts.py``) and what its documents say (``about.py``) are no code, and are left out. A kind is spoken of where it
is imported, or its name is a string; the line in the registry is the one that has to be there.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = ROOT / "bot" / "sources" / "kinds"
NO_CODE = ("about.py", "verdicts.py")
# What is ours and stands outside a kind's folder.
PRODUCT = ("bot", "handlers", "storage")
_BLANK = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
)


def code_lines(text: str) -> int:
    """Return how many lines of a module hold code."""
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _BLANK and token.type != tokenize.ENDMARKER:
            held.update(range(token.start[0], token.end[0] + 1))
    return len(held - set(_docstring_lines(ast.parse(text))))


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                yield from range(first.lineno, (first.end_lineno or first.lineno) + 1)


def length_of(kind: Path) -> int:
    """Return how many lines of code the adapter of a kind has beside its table."""
    return sum(code_lines(file.read_text()) for file in kind.glob("*.py") if file.name not in NO_CODE)


def mentions_of(kind: Path) -> list[str]:
    """Return the modules of the product, outside the folder of a kind, that speak of it."""
    wanted = (f'"{kind.name}"', f'"{kind.name.replace("_", "-")}"', f"kinds.{kind.name}.")
    found = []
    for folder in PRODUCT:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if kind not in file.parents and any(one in file.read_text() for one in wanted):
                found.append(str(file.relative_to(ROOT)))
    return found


def kinds() -> list[Path]:
    """Return the folders of all kinds."""
    return sorted(one for one in KINDS.iterdir() if (one / "__init__.py").exists())


def main() -> None:
    """Print it, the shortest first."""
    print("lines of code, without docstrings, comments, the table of answers and the documents")
    for kind in sorted(kinds(), key=length_of):
        print(f"{length_of(kind):5}  {kind.name:<16} {', '.join(mentions_of(kind))}")


if __name__ == "__main__":
    main()
