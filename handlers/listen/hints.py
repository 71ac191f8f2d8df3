"""Hints: what the words of a post make us suppose of its author and of what may come of it, with the word that did.

A department says which words (``[departments.….words]``). It is supposed before the transaction in which the post is
written down, as all that grows with what a stranger wrote is.
"""

from handlers.base.organisation import DepartmentConfig
from handlers.base.standing import Hint, Words, write_hints
from handlers.text.match import found_words
from storage.tables.judgements import AuthorVerdict, Risk


def suppose(department: DepartmentConfig | None, title: str, text: str) -> str:
    """Return the hints of a post for a department, as a mention keeps them; one of each axis at most."""
    if department is None:
        return ""
    return write_hints(
        _first(department.words, Risk, title, text), _first(department.words, AuthorVerdict, title, text)
    )


def _first(words: Words, axis: type[Risk] | type[AuthorVerdict], title: str, text: str) -> Hint | None:
    """Return the first kind of an axis, in the order in which the words stand, of which a word is found."""
    kinds = {word: kind for kind, some in words.items() if kind in set(axis) for word in some}
    found = set(found_words(tuple(kinds), title, text))
    return next((Hint(str(kind), word) for word, kind in kinds.items() if word in found), None)
