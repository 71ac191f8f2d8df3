"""Lines: where a key of dibs.toml stands, so that a complaint can name the line.

``tomllib`` keeps no positions. This walks over a text that ``tomllib`` has accepted, so it need not judge it: it only
follows headers, keys, strings and brackets, and notes the line of each. It is used once something is wrong.
"""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANK_OR_COMMA = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']++|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


class Lines:
    """The lines of all headers, keys and list elements of a valid TOML text whose line breaks are ``\\n``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._found: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        self._walk()

    def line(self, path: Path) -> int | None:
        """Return the line (from 1) of what ``path`` names, or of the nearest thing around it; None for the file."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path)

    def _walk(self) -> None:
        table: Path = ()
        while self._skip(_BLANK):
            if self._here() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; a name of a list on the way means its last element."""
        start, width = self._at, 2 if self._text.startswith("[[", self._at) else 1
        self._at += width
        keys = self._keys()
        self._skip(_BLANK)
        self._at += width
        path: Path = ()
        for position, key in enumerate(keys):
            path += (key,)
            self._note(path, start)
            if width == 2 and position == len(keys) - 1:
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path += (self._lengths[path] - 1,)
                self._note(path, start)
        return path

    def _pair(self, table: Path) -> None:
        start, path = self._at, table
        for key in self._keys():
            path += (key,)
            self._note(path, start)
        self._skip(_BLANK)
        self._at += 1  # "="
        self._value(path)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._skip(_BLANK) and self._here() == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._skip(_BLANK)
        bare = _BARE.match(self._text, self._at)
        if bare:
            self._at = bare.end()
            return bare[0]
        quoted = self._take(_STRING)
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        opening = self._here()
        if opening not in "{[":
            if not self._take(_STRING):
                self._take(_SCALAR)
            return
        self._at += 1
        position = 0
        while self._skip(_BLANK_OR_COMMA) and self._here() not in "}]":
            if opening == "{":
                self._pair(path)
            else:
                self._note((*path, position), self._at)
                self._value((*path, position))
                position += 1
        self._at += 1

    def _note(self, path: Path, start: int) -> None:
        self._found.setdefault(path, bisect_right(self._breaks, start - 1) + 1)

    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Go on over what matches; tell whether there is more."""
        self._take(pattern)
        return self._at < len(self._text)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            return ""
        self._at = found.end()
        return found[0]
