"""Secrets never stand in dibs.toml: what looks like one, by its key or by itself, is refused and not repeated."""

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.sources.registry import KINDS, secret_variables
from bot.toml.positions import Path
from bot.toml.problems import Problems, named
from handlers.text.nearest import nearest

_SECRET_KEY = re.compile(
    r"(?:.*[_-])?(?:tokens?|secrets?|passwords?|passwd|passphrase|credentials?|(?:api|access|private|signing)[_-]?key)",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(r"xox[a-z][.-]|xapp-|whsec_|[a-z][a-z0-9+.-]*://[^/\s@:]*:[^/\s@]+@", re.IGNORECASE)


def refuse_secrets(problems: Problems, document: Mapping[str, object], variables: Iterable[str]) -> None:
    """Complain about every secret in ``document``, and name the variable that is meant for it.

    Args:
        problems: Where to.
        document: The file as ``tomllib`` read it.
        variables: The names that platforms and the database take from the environment.
    """
    known = list(variables)
    for path in _secrets(document, ()):
        where = ".".join(named(part) for part in path if isinstance(part, str))
        variable = (
            _source_variable(document, path) if path[0] == "sources" and len(path) > 1 else _variable(path, known)
        )
        rest = (
            f"Put it into the environment as {variable}, or into a file that {variable}_FILE names."
            if variable
            else "Nothing here takes one; take it out."
        )
        problems.secret(path, f"{where} holds a secret, and secrets never stand in this file. {rest}")


def _secrets(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            # A table so called is a name, as in [departments.token-support], and so is that of a saved reply
            if _SECRET_KEY.fullmatch(key) and not isinstance(inner, Mapping) and path[-2:] != ("charter", "saved"):
                yield (*path, key)
            else:
                yield from _secrets(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _secrets(inner, (*path, position))
    elif isinstance(value, str) and _SECRET_TEXT.match(value):
        yield path


def _variable(path: Path, known: list[str]) -> str:
    return nearest("_".join(str(part) for part in path), known)


def _source_variable(document: Mapping[str, object], path: Path) -> str:
    sources = document["sources"]
    table = sources[path[1]] if isinstance(sources, list) and isinstance(path[1], int) else None
    name, kind = (table.get("name"), table.get("kind")) if isinstance(table, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(kind, str) or kind not in KINDS:
        return ""
    variables = secret_variables(kind, name)
    wanted = nearest(str(path[-1]), variables)
    return variables.get(wanted) or next(iter(variables.values()), "")
