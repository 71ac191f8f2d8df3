"""The count of adapters counts what it says."""

from tests.bench.adapters import KINDS, code_lines, kinds, length_of, mentions_of

MODULE = '''"""A story
of two lines."""

# A reason.
import json


class Some:
    """Words."""

    text = """no docstring,
    though it looks like one"""

    def one(self) -> str:
        """Words."""
        return json.dumps(
            {"a": 1},  # a reason
        )
'''


def test_docstrings_comments_and_empty_lines_are_no_code() -> None:
    assert code_lines(MODULE) == 8
    assert code_lines('"""Words."""\n') == 0


def test_table_and_documents_are_left_out() -> None:
    lengths = {kind.name: length_of(kind) for kind in kinds()}
    whole = sum(code_lines(file.read_text()) for file in (KINDS / "github").glob("*.py"))
    assert 0 < lengths["github"] < whole


def test_every_kind_is_spoken_of_in_the_registry() -> None:
    assert all("bot/sources/registry.py" in mentions_of(kind) for kind in kinds())
