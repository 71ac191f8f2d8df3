"""Rules of finding the line of a key."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.toml.positions import Lines, Path

TEXT = '''\
# a comment with [brackets] and "quotes"
title = "one # two"          # line 2

[organisation]
name = "Acme \\" [not.a.table]"
admins = [
    "ana@acme.example",      # line 7
    'b"en',
]
"quoted key" = 1
text = """
[fake]
key = 1 \\""" still inside ""five"""""
after.dotted.key = 2026-05-04 15:30:00

[departments.support]
name = "a"
[ departments . "sup.port" ]
name = \'\'\'
[[topics]]\'\'\'\'

[[topics]]
name = "first"
any = []
[[topics]]
name = "second"
any = [["x"], {a = 1, b = [2,
  3]}]
[topics.inner]
deep = { "é\\u0041" = true, c.d = "}" }
[[topics.list]]
x = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("organisation",), 4),
        (("organisation", "name"), 5),
        (("organisation", "admins", 0), 7),
        (("organisation", "admins", 1), 8),
        (("organisation", "quoted key"), 10),
        (("organisation", "text"), 11),
        (("organisation", "after"), 14),
        (("organisation", "after", "dotted", "key"), 14),
        (("departments",), 16),
        (("departments", "support", "name"), 17),
        (("departments", "sup.port", "name"), 19),
        (("topics", 0), 22),
        (("topics", 0, "any"), 24),
        (("topics", 1), 25),
        (("topics", 1, "any", 0, 0), 27),
        (("topics", 1, "any", 1, "b", 1), 28),
        (("topics", 1, "inner"), 29),
        (("topics", 1, "inner", "deep", "éA"), 30),
        (("topics", 1, "inner", "deep", "c", "d"), 30),
        (("topics", 1, "list", 0, "x"), 32),
    ],
)
def test_a_key_is_found_where_it_stands(path: Path, line: int) -> None:
    assert _at(tomllib.loads(TEXT), path) is not None
    assert Lines(TEXT).line(path) == line


def test_what_is_absent_is_said_of_the_table_that_lacks_it() -> None:
    lines = Lines(TEXT)
    assert lines.line(("topics", 1, "department")) == 25
    assert lines.line(("organisation", "timezone")) == 4
    assert lines.line(("nothing",)) is None
    assert lines.line(()) is None


def test_an_empty_text_has_no_lines() -> None:
    assert Lines("").line(("a",)) is None
    assert Lines("\n # only a comment").line(("a",)) is None


_PIECES = st.sampled_from(
    [
        "a = 1",
        'b = "]"',
        "c = '''\n[x]\n'''",
        'd = """\n\\"""\n"""',
        "e = [\n1, # ]\n[2],\n]",
        "f = {g = [1], h.i = '}'}",
    ]
)


@given(st.lists(st.tuples(st.sampled_from(["[[t]]", "[[u.v]]"]), st.lists(_PIECES, unique=True)), max_size=6))
def test_every_key_of_a_valid_text_is_found_on_a_line_that_names_it(tables: list[tuple[str, list[str]]]) -> None:
    text = "\n".join("\n".join([header, *pairs]) for header, pairs in tables)
    rows, lines = text.split("\n"), Lines(text)
    for path in _paths(tomllib.loads(text), ()):
        line = lines.line(path)
        assert line is not None
        if isinstance(path[-1], str):
            assert path[-1] in rows[line - 1]


def _at(value: object, path: Path) -> object:
    for part in path:
        value = value[part]  # type: ignore[index]
    return value


def _paths(value: object, path: Path) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [one for key, below in inner for one in _paths(below, (*path, key))]
