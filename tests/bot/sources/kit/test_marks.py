"""Rules of marks: a reply is known by its own, and by nobody else's."""

import pytest

from bot.sources.kit.marks import Form, bears_mark, fitted, marked


@pytest.mark.parametrize("form", Form)
def test_a_reply_is_known_again_however_its_words_were_edited(form: Form) -> None:
    sent = marked("We are on it.\n", "p1", form)
    assert sent.startswith("We are on it.\n\n")
    assert bears_mark(sent.replace("on it", "done"), "p1", form)


@pytest.mark.parametrize("form", Form)
def test_another_reply_of_the_same_words_is_another(form: Form) -> None:
    assert not bears_mark(marked("We are on it.", "p1", form), "p11", form)
    assert not bears_mark(marked("We are on it.", "p11", form), "p1", form)


def test_a_mark_of_one_form_is_none_of_another() -> None:
    assert marked("We are on it.", "p1", Form.DEFINITION) == "We are on it.\n\n[//]: # (dibs:p1)"
    assert not bears_mark(marked("We are on it.", "p1", Form.DEFINITION), "p1")


@pytest.mark.parametrize("name", ["", "a-->b", "a-b", "a b", "a\nb", "a)b", "x" * 101])
def test_what_would_end_the_comment_is_no_mark(name: str) -> None:
    with pytest.raises(ValueError, match="name of a reply"):
        marked("We are on it.", name)


@pytest.mark.parametrize("code", ["```\nnpm i acme", "Try:\n\n~~~~ sh\nnpm i acme", "1. Try\n   ```\n   npm i acme"])
def test_code_that_never_ends_shows_nobody_the_mark(code: str) -> None:
    assert marked(code, "p1") == f"<!-- dibs:p1 -->\n\n{code}"
    assert bears_mark(marked(code, "p1"), "p1")


def test_what_is_too_long_with_its_mark_says_how_long_it_is() -> None:
    sent = fitted("  Sorry! ", "5e", 100, "GitHub")
    assert sent == marked("Sorry!", "5e")
    with pytest.raises(
        ValueError, match=f"It has 6 characters, {len(sent)} characters with its mark, and GitHub takes {len(sent) - 1}"
    ):
        fitted("Sorry!", "5e", len(sent) - 1, "GitHub")
