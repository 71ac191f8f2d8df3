"""How long each adapter is, and where else its kind is spoken of: ``make count``.

Counted are lines with something on them: no docstring, no comment, no empty line. They are told apart by what Python's
own parser makes of them, so that nobody has to judge:

- *code*: all that is neither of the others, the heads of functions and classes included. This is what an adapter does,
  and of what it should have 250 lines at most;
- *table*: what is only said. Assignments at the top of a module or of a class (addresses, field lists, expressions,
  the fields of options), and calls that fill in a form by names alone: a post, an author, a picture, how somebody signs
  in (``FORMS``). Networks differ in these as two address books do, and a longer one is no harder to read;
- *imports*: what is taken from elsewhere. Who leans on the kit more has more of them.

What a network's answers mean (``verdicts.py``) and what its documents say (``about.py``) is table from end to end, and
left out. A kind is spoken of where it is imported, or its name is a string; the line in the registry is the one that
has to be there.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = ROOT / "bot" / "sources" / "kinds"
NO_CODE = ("about.py", "verdicts.py")
# What a kind fills in: of the kit's, those that are only fields.
FORMS = frozenset({"post", "author", "media", "SignIn", "LongLived", "Who", "Budget", "Capabilities", "Row"})
MOST = 250
# What is ours and stands outside a kind's folder.
PRODUCT = ("bot", "handlers", "storage")
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_BLANK = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
)


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines there are of each sort."""

    code: int = 0
    table: int = 0
    imports: int = 0

    def __add__(self, other: "Lines") -> "Lines":
        return Lines(self.code + other.code, self.table + other.table, self.imports + other.imports)


def lines_of(text: str) -> Lines:
    """Return how many lines of a module are code, table and imports; a line that is two of them is what comes first."""
    tree, left = ast.parse(text), _held(text)
    counted = []
    for nodes in (_imports(tree), _tables(tree)):
        here = left & {line for node in nodes for line in _span(node)}
        counted.append(len(here))
        left -= here
    return Lines(code=len(left), table=counted[1], imports=counted[0])


def _held(text: str) -> set[int]:
    """Return which lines hold anything but docstrings and comments."""
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _BLANK and token.type != tokenize.ENDMARKER:
            held.update(range(token.start[0], token.end[0] + 1))
    return held - {line for node in _docstrings(ast.parse(text)) for line in _span(node)}


def _docstrings(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def _imports(tree: ast.Module) -> Iterator[ast.stmt]:
    return (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))


def _tables(tree: ast.Module) -> Iterator[ast.stmt | ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from (one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign))
        elif isinstance(node, ast.Call) and _is_form(node):
            yield node


def _is_form(call: ast.Call) -> bool:
    by_names = not call.args and call.lineno != call.end_lineno
    return by_names and isinstance(call.func, ast.Name) and call.func.id in FORMS


def _span(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def length_of(kind: Path) -> Lines:
    """Return how long the adapter of a kind is, beside what its answers mean and its documents say."""
    files = (file for file in kind.glob("*.py") if file.name not in NO_CODE)
    return sum((lines_of(file.read_text()) for file in files), Lines())


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
    lengths = {kind: length_of(kind) for kind in kinds()}
    print("lines without docstrings and comments, without what answers mean and what documents say")
    print(" code  table  imports  kind             spoken of in")
    for kind, lines in sorted(lengths.items(), key=lambda one: one[1].code):
        counted = f"{lines.code:5}  {lines.table:5}  {lines.imports:7}"
        print(f"{counted}  {kind.name:<16} {', '.join(mentions_of(kind))}")
    within = sum(lines.code <= MOST for lines in lengths.values())
    print(f"{within} of {len(lengths)} kinds have {MOST} lines of code at most")


if __name__ == "__main__":
    main()
