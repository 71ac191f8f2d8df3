"""Rows: whom a comment answers where all answers stand in one row below the first comment, and nobody says.

What our account writes there speaks to whom it names, or to whoever wrote the first comment. What somebody writes after
our reply to them answers that one, and otherwise goes on with what they wrote themselves. Whoever comes to it answers
the first comment.
"""

from collections.abc import Sequence


def answered(top: str, first: str, before: Sequence[tuple[str, str]], writer: str, us: str, spoken_to: str = "") -> str:
    """Return the id of what a comment answers.

    Args:
        top: The id of the first comment.
        first: Who wrote that.
        before: What stands in the row before it, oldest first: ids, and who wrote each.
        writer: Who wrote the comment; empty where the network does not say.
        us: Our account.
        spoken_to: Whom a comment of ours names; empty where it names nobody.
    """
    if writer == us:
        of_them = [name for name, who in before if spoken_to and who == spoken_to]
        return of_them[-1] if of_them else top
    theirs = [number for number, (_, who) in enumerate(before) if writer and who == writer]
    if not theirs and writer != first:
        return top
    since = before[theirs[-1] + 1 :] if theirs else before
    ours = [name for name, who in since if who == us]
    if ours:
        return ours[0 if writer == first else -1]
    return before[theirs[-1]][0] if theirs else top
