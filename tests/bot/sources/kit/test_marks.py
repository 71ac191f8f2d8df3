"""Rules of marks: a reply is known by its own, and by nobody else's."""

import pytest

from bot.sources.kit.marks import bears_mark, marked


def test_a_reply_is_known_again_however_its_words_were_edited() -> None:
    sent = marked("We are on it.\n", "p1")
    assert sent.startswith("We are on it.\n\n")
    assert bears_mark(sent.replace("on it", "done"), "p1")


def test_another_reply_of_the_same_words_is_another() -> None:
    assert not bears_mark(marked("We are on it.", "p1"), "p11")
    assert not bears_mark(marked("We are on it.", "p11"), "p1")


@pytest.mark.parametrize("name", ["", "a-->b", "a-b", "a b", "a\nb", "x" * 101])
def test_what_would_end_the_comment_is_no_mark(name: str) -> None:
    with pytest.raises(ValueError, match="name of a reply"):
        marked("We are on it.", name)


@pytest.mark.parametrize("code", ["```\nnpm i acme", "Try:\n\n~~~~ sh\nnpm i acme", "1. Try\n   ```\n   npm i acme"])
def test_code_that_never_ends_shows_nobody_the_mark(code: str) -> None:
    assert marked(code, "p1") == f"<!-- dibs:p1 -->\n\n{code}"
    assert bears_mark(marked(code, "p1"), "p1")
