"""Problems: everything that is wrong with the configuration, collected, so that one look mends it all.

No complaint repeats a secret: a value that looks like one is hidden at its path, and whatever else is said about that
path is dropped.
"""

import json
import re
from collections.abc import Iterable

from bot.toml.positions import Lines, Path
from handlers.text.nearest import nearest

# By file and not by name: a name that nobody owns on a registry may be anybody's tomorrow.
INSTALL_THE_REST = "In the folder of Dibs' sources: pip install --require-hashes -r requirements-image.lock"
_SHOWN = 60
_BARE = re.compile(r"[A-Za-z0-9_-]{1,60}")


class SettingsError(Exception):
    """The configuration is wrong; the text holds one sentence a line, each with the file and line where it is known.

    Attributes:
        problems: The same sentences.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Problems:
    """Collects sentences about the environment and about one file."""

    def __init__(self) -> None:
        self._elsewhere: list[str] = []
        self._in_file: list[tuple[int, str]] = []
        self._hidden: set[Path] = set()
        self._file = ""
        self._text = ""
        self._lines: Lines | None = None

    def open(self, file: str, text: str) -> None:
        """Say which file the coming problems are about; ``text`` is valid TOML with ``\\n`` for line breaks."""
        self._file, self._text = file, text

    @property
    def count(self) -> int:
        """How many there are by now."""
        return len(self._elsewhere) + len(self._in_file)

    def say(self, sentence: str) -> None:
        """Complain about something that stands in no file."""
        self._elsewhere.append(sentence)

    def at(self, path: Path, sentence: str) -> None:
        """Complain about what stands at ``path``."""
        if any(path[:length] in self._hidden for length in range(len(path) + 1)):
            return
        if self._lines is None:
            self._lines = Lines(self._text)
        line = self._lines.line(path)
        where = f"{self._file}, line {line}: " if line else f"{self._file}: "
        self._in_file.append((line or 0, where + sentence))

    def secret(self, path: Path, sentence: str) -> None:
        """Complain about a secret at ``path``, and let nothing else be said about it."""
        self.at(path, sentence)
        self._hidden.add(path)

    def finish(self) -> None:
        """End here if there was a complaint.

        Raises:
            SettingsError: With all of them, in the order of their lines.
        """
        in_order = [sentence for _, sentence in sorted(self._in_file, key=lambda one: one[0])]
        if self._elsewhere or in_order:
            raise SettingsError(dict.fromkeys([*self._elsewhere, *in_order]))


def quoted(value: str) -> str:
    """Return ``value`` as it may stand in a sentence: on one line, in quotes, and not too long."""
    short = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return json.dumps(short, ensure_ascii=False)


def named(key: str) -> str:
    """Return a key as it may stand in a sentence: in quotes where TOML wants them."""
    return key if _BARE.fullmatch(key) else quoted(key)


def did_you_mean(word: str, known: Iterable[str], otherwise: str = ".") -> str:
    """Return the end of a sentence that names the known word nearest to ``word``, or ``otherwise``."""
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else otherwise
