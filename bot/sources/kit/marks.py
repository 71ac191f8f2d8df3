"""Marks: how a reply of ours is known again where words are Markdown, by a comment in it that no reader is shown.

The network gives it back with the text that was sent. So a look is exact: two replies of the same words are told
apart, and one that a person edited there is found. Whoever quotes us copies the mark, too: it counts in what our
account wrote. What a network shows to nobody differs, so a kind says which form that is.
"""

import re
from enum import StrEnum

# What may begin a block of code, in which a comment would be shown; one that never ends goes on to the last line.
_CODE = re.compile(r"`{3}|~{3}")
_SEND_ID = re.compile(r"[0-9A-Za-z]{1,100}")


class Form(StrEnum):
    """How a mark is written."""

    # For what leaves comments of HTML in what it makes of Markdown, or takes HTML.
    HTML = "<!-- dibs:{} -->"
    # For what shows HTML as it was typed: the definition of a link that nothing leads to
    # (https://spec.commonmark.org/0.31.2/#link-reference-definitions).
    DEFINITION = "[//]: # (dibs:{})"


def marked(text: str, send_id: str, form: Form = Form.HTML) -> str:
    """Return what is sent: the words, and below them the mark of this reply; a kind says so (``ReplyRules.marked``).

    Where there may be code in the words the mark stands above them: below, readers might be shown it.

    Raises:
        ValueError: It is not what a mark can hold.
    """
    if not _SEND_ID.fullmatch(send_id):
        raise ValueError("This is not the name of a reply.")
    words, mark = text.rstrip(), form.format(send_id)
    return f"{mark}\n\n{words}" if _CODE.search(words) else f"{words}\n\n{mark}"


def fitted(text: str, send_id: str, most: int, taker: str) -> str:
    """Return what is sent, as ``marked`` does, where the mark counts as the words do; blanks around them do not.

    Raises:
        ValueError: It is longer than ``taker`` takes, in characters.
    """
    words = text.strip()
    sent = marked(words, send_id)
    if len(sent) > most:
        own = f"It has {len(words):,} characters"
        raise ValueError(f"{own}, {len(sent):,} characters with its mark, and {taker} takes {most:,}.")
    return sent


def bears_mark(text: str, send_id: str, form: Form = Form.HTML) -> bool:
    """Say whether a text bears the mark of this reply."""
    return form.format(send_id) in text
