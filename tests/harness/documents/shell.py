"""What the documents tell people to type: the commands of their fenced blocks, in order, each as it is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SHELLS = ("sh", "console")
_HEREDOC = re.compile(r"<<'(\w+)'$")
_ASSIGNED = re.compile(r"([A-Z_]+)=(\S*)(?: +|$)")


@dataclass(frozen=True, slots=True)
class Typed:
    """One command.

    Attributes:
        text: All of it, with its lines and what it is fed.
        language: That of its block: sh and console are typed into a shell, sql into a database.
    """

    text: str
    language: str = "sh"

    @property
    def assigned(self) -> dict[str, str]:
        """The variables that are set for it alone, or by ``export`` for what follows."""
        return dict(self._parts()[0])

    @property
    def words(self) -> str:
        """The command without the variables before it."""
        return self._parts()[1]

    @property
    def program(self) -> str:
        """Its first word; of our own program the first two."""
        first, _, rest = self.words.partition(" ")
        return f"{first} {rest.partition(' ')[0]}" if first == "dibs" else first

    def _parts(self) -> tuple[list[tuple[str, str]], str]:
        rest = self.text.removeprefix("export ")
        found = []
        while one := _ASSIGNED.match(rest):
            found.append((one[1], one[2]))
            rest = rest[one.end() :]
        return found, "export" if self.text.startswith("export ") else rest


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield every fenced block with its language, without the indentation of the list that it stands in."""
    for indent, language, block in FENCED.findall(text):
        yield language, re.sub(rf"(?m)^{indent}", "", block)


def typed(text: str) -> list[Typed]:
    """Return every command of a document, and every statement of its SQL."""
    found: list[Typed] = []
    for language, block in blocks(text):
        if language == "sql":
            found.append(Typed(block, language))
        elif language in SHELLS:
            found += (Typed(one, language) for one in _commands(language, block))
    return found


def _commands(language: str, block: str) -> Iterator[str]:
    lines = iter(block.splitlines())
    for line in lines:
        said = line.removeprefix("$ ") if language == "console" else line
        if not said.strip() or said.startswith("#") or (language == "console" and said == line):
            continue
        while said.endswith("\\"):
            said += f"\n{next(lines)}"
        if end := _HEREDOC.search(said):
            for fed in lines:
                said += f"\n{fed}"
                if fed == end[1]:
                    break
        yield said
