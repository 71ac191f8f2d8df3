"""How long each adapter is, and where else its kind is spoken of: ``make count``.

Counted are lines with something on them: no docstring, no comment, no empty line. They are told apart by what Python's
own parser makes of them, so that nobody has to judge:

- *code*: all that is neither of the others, the heads of functions and classes included. This is what an adapter does,
  and of what it should have 250 lines at most;
- *table*: what is only said. Assignments at the top of a module or of a class (addresses, field lists, expressions,
  the fields of options), and calls that fill in a form by names alone: a post, an author, a picture, how somebody signs
  in, what an account is proved to be, what a look saw (``FORMS``). Networks differ in these as two address books do,
  and a longer one is no harder to read;
- *imports*: what is taken from elsewhere. Who leans on the kit more has more of them.

What a network's answers mean (``verdicts.py``) and what its documents say (``about.py``) is table from end to end, and
left out. A kind is spoken of where it is imported, or a string is its name; the line in the registry is the one that
has to be there. Some names are words for other things, too (``WORDS``): those count where they are said of a kind or of
a source. And since kinds know nothing of each other, what stands in the folder of another one is a word of its network.
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
FORMS = frozenset(
    {"post", "author", "media", "SignIn", "LongLived", "Who", "Budget", "Capabilities", "Row", "Lack", "Proof", "Seen"}
)
MOST = 250
# The names of kinds that have another sense besides: a feed and a webhook are what they are, threads belong to cards,
# and x is an axis, a key, and how a file is opened.
WORDS = frozenset({"feed", "threads", "webhook", "x"})
# What has the name of a kind or of a source for its value, and what the registry makes of it.
NAMED_SO = frozenset({"kind", "source", "network"})
ENTRY = "KindEntry"
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
    files = (file for folder in PRODUCT for file in sorted((ROOT / folder).rglob("*.py")))
    return [
        str(file.relative_to(ROOT))
        for file in files
        if kind not in file.parents and speaks_of(kind.name, file.read_text(), imports_alone=KINDS in file.parents)
    ]


def speaks_of(kind: str, text: str, *, imports_alone: bool = False) -> bool:
    """Say whether a module speaks of a kind: by importing it, or by its name."""
    if f"kinds.{kind}." in text or f"kinds.{kind} " in text:
        return True
    names = {kind, kind.replace("_", "-")}
    if imports_alone or not any(f'"{name}"' in text for name in names):
        return False
    tree = ast.parse(text)
    strings = (node for one in _saying_kinds(tree) for node in ast.walk(one)) if kind in WORDS else ast.walk(tree)
    return any(isinstance(one, ast.Constant) and one.value in names for one in strings)


def _saying_kinds(tree: ast.Module) -> Iterator[ast.AST]:
    """Return what has a kind or a source for its value: arguments and comparisons by such names, and the registry."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in NAMED_SO:
            yield node.value
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Name | ast.Attribute):
            left = node.left
            if (left.id if isinstance(left, ast.Name) else left.attr) in NAMED_SO:
                yield from node.comparators
        elif isinstance(node, ast.Dict):
            yield from (key for key, value in zip(node.keys, node.values, strict=True) if key and _is_entry(value))


def _is_entry(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == ENTRY


def kinds() -> list[Path]:
    """Return the folders of all kinds."""
    return sorted(one for one in KINDS.iterdir() if (one / "__init__.py").exists())


def main() -> None:
    """Print it, the shortest first."""
    lengths = {kind: length_of(kind) for kind in kinds()}
    print("lines without docstrings and comments, without what answers mean and what documents say")
    print(" code  table  imports  kind             spoken of in")
    spoken_of = {kind: mentions_of(kind) for kind in lengths}
    for kind, lines in sorted(lengths.items(), key=lambda one: one[1].code):
        counted = f"{lines.code:5}  {lines.table:5}  {lines.imports:7}"
        print(f"{counted}  {kind.name:<16} {', '.join(spoken_of[kind])}")
    within = sum(lines.code <= MOST for lines in lengths.values())
    print(f"{within} of {len(lengths)} kinds have {MOST} lines of code at most")
    print(f"outside its folder a kind is spoken of in {max(map(len, spoken_of.values()))} files at most")


if __name__ == "__main__":
    main()
