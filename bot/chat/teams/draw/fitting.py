"""Quoted: texts in the room that there is for them; what was cut says so.

A run shows no line breaks on every client, so each line is a paragraph of its own.
"""

from collections.abc import Sequence
from typing import Any

from bot.chat.teams.draw.elements import Element, container, rich, run
from bot.chat.teams.draw.text import fitting, language, plain, runs_right_to_left, weight

# Between two elements of a list, in JSON.
SEPARATOR = 2
_LEAST = 40


def quote(*elements: Element, text: str, lang: str = "", **how: Any) -> Element:
    """Return a container for what somebody else wrote, in its own direction and language."""
    if spoken := language(lang):
        how["lang"] = spoken
    if runs_right_to_left(text):
        how["rtl"] = True
    return container(*elements, style="emphasis", **how)


def paragraphs(text: str, room: int, *, mark: str, cut: bool = False) -> list[Element]:
    """Draw calm text in at most ``room`` bytes, whole or with the note that it was cut; ``cut``: it was cut before."""
    drawn = lines(text)
    if not cut and size(drawn) <= room:
        return drawn
    note = rich(run(mark, isSubtle=True), spacing="Small")
    left = room - size([note]) - SEPARATOR
    for number, line in enumerate(drawn):
        taken = size([line]) + SEPARATOR
        if taken > left:
            words = line["inlines"][0]["text"]
            there = left - taken + weight(words) - 2
            part = [{**line, "inlines": [run(fitting(words, there))]}] if there > _LEAST else []
            return [*drawn[:number], *part, note]
        left -= taken
    return [*drawn, note]


def fitted(elements: Sequence[Element], room: int, note: str) -> list[Element]:
    """Return as many elements as there is room for, with a note of our own when some were left out."""
    if size(elements) <= room:
        return list(elements)
    last = rich(run(note, isSubtle=True), spacing="Small")
    left = room - size([last]) - SEPARATOR
    kept: list[Element] = []
    for element in elements:
        left -= size([element]) + SEPARATOR
        if left < 0:
            break
        kept.append(element)
    return [*kept, last]


def size(elements: Sequence[Element]) -> int:
    """Return how many bytes elements take within a list."""
    return max(0, weight(list(elements)) - 2)


def lines(text: str) -> list[Element]:
    """Draw calm text whole."""
    drawn: list[Element] = []
    gap = "None"
    for line in text.split("\n"):
        if line.strip():
            drawn.append(rich(run(plain(line)), spacing=gap))
            gap = "None"
        elif drawn:
            gap = "Medium"
    return drawn
