"""Difference: what changed between two versions of a draft, as few lines as a reviewer has to read.

A reply is a paragraph or two, so that whole lines would show nearly everything twice. Sentences are compared, and of
two that differ in a few words only the words and their neighbourhood stand there.
"""

import difflib
import re

MOST_LINES = 40
_MOST_SENTENCES = 200
_AROUND = 3  # words
_SHORT = 12  # words
_BETWEEN = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


def difference(old: str, new: str) -> list[str]:
    """Return what went ("- …") and what came ("+ …") from ``old`` to ``new``, in order; empty when they say the same.

    At most MOST_LINES lines; the last then says how many more there are.
    """
    before, after = _sentences(old), _sentences(new)
    lines: list[str] = []
    for what, left, left_end, right, right_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if what == "replace" and left_end - left == right_end - right:
            for gone, come in zip(before[left:left_end], after[right:right_end], strict=True):
                lines += _changed(gone, come)
        elif what != "equal":
            lines += [f"- {one}" for one in before[left:left_end]]
            lines += [f"+ {one}" for one in after[right:right_end]]
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[: MOST_LINES - 1], f"… and {len(lines) - MOST_LINES + 1} more"]


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text, each on one line; what goes beyond a bound is one long sentence."""
    parts = [" ".join(part.split()) for part in _BETWEEN.split(text)]
    found = [part for part in parts if part]
    if len(found) <= _MOST_SENTENCES:
        return found
    return [*found[: _MOST_SENTENCES - 1], " ".join(found[_MOST_SENTENCES - 1 :])]


def _changed(gone: str, come: str) -> list[str]:
    """Return two forms of one sentence, without the long parts at both ends that they share."""
    old, new = gone.split(" "), come.split(" ")
    shortest = min(len(old), len(new))
    start = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    end = next((at for at in range(shortest - start) if old[-1 - at] != new[-1 - at]), shortest - start)
    start, end = max(start - _AROUND, 0), max(end - _AROUND, 0)
    return [f"- {_cut(old, start, end)}", f"+ {_cut(new, start, end)}"]


def _cut(sentence: list[str], start: int, end: int) -> str:
    if len(sentence) <= _SHORT:
        return " ".join(sentence)
    shown = " ".join(sentence[start : len(sentence) - end])
    return f"{'… ' if start else ''}{shown}{' …' if end else ''}"
