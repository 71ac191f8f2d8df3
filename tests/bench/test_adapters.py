"""The count of adapters counts what it says."""

from tests.bench.adapters import KINDS, Lines, kinds, length_of, lines_of, mentions_of

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
