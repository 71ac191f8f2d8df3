"""The count of adapters counts what it says."""

from tests.bench.adapters import KINDS, Lines, kinds, length_of, lines_of, mentions_of, speaks_of

MODULE = '''"""A story
of two lines."""

# A reason.
import json
from bot.sources.kit.build import (
    post,
)

PLACES = {
    "a": 1,  # a reason
}


class Some:
    """Words."""

    text = """no docstring,
    though it looks like one"""

    def one(self) -> str:
        """Words."""
        found = {
            "a": 1,
        }
        return json.dumps(found)

    def two(self, told: dict[str, str]) -> object:
        return post(
            external_id=told["id"],
            text=told["text"],
        )

    def three(self, told: dict[str, str]) -> object:
        return post(external_id=told["id"], text="")
'''


def test_code_table_and_imports_are_told_apart_and_docstrings_comments_and_empty_lines_are_none() -> None:
    # Code is the class, three heads, a dictionary that is made in a function, and two returns.
    assert lines_of(MODULE) == Lines(code=1 + 3 + 3 + 2, table=3 + 2 + 4, imports=4)
    assert lines_of('"""Words."""\n') == Lines()


def test_what_answers_mean_and_what_documents_say_is_left_out() -> None:
    whole = sum((lines_of(file.read_text()) for file in (KINDS / "github").glob("*.py")), Lines())
    assert 0 < length_of(KINDS / "github").code < whole.code


def test_every_kind_is_spoken_of_in_the_registry() -> None:
    assert all("bot/sources/registry.py" in mentions_of(kind) for kind in kinds())


def test_a_kind_is_spoken_of_by_its_name_by_that_of_its_source_and_where_it_is_imported() -> None:
    assert speaks_of("hacker_news", 'FIRST = "hacker_news"')
    assert speaks_of("hacker_news", 'SOURCES = ("forum", "hacker-news")')
    assert speaks_of("x", "from bot.sources.kinds.x import posts")
    assert speaks_of("x", 'def read() -> object:\n    return load("bot.sources.kinds.x.source:X")')
    assert not speaks_of("hacker_news", '"""What hacker_news is not."""')


def test_a_name_that_is_a_word_besides_counts_where_a_kind_or_a_source_is_meant() -> None:
    assert speaks_of("x", 'KINDS = {"x": KindEntry(source="")}')
    assert speaks_of("feed", 'SourceRules(name="ours", kind="feed")')
    assert speaks_of("threads", 'told = rules.kind == "threads"')
    assert not speaks_of("x", 'path.open("x"); {"x": 1, "y": 2}; one.get("x")')
    assert not speaks_of("threads", 'Tick(name="threads")')


def test_in_the_folder_of_another_kind_a_name_is_a_word_of_its_own_network() -> None:
    assert not speaks_of("facebook", 'login = "facebook"', imports_alone=True)
    assert speaks_of("facebook", "from bot.sources.kinds.facebook.posts import Thing", imports_alone=True)
