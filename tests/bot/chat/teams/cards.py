"""A checker of Adaptive Cards: the facts on which Teams refuses a card, or lets a stranger's words do something.

The official schema is not asked: it refuses ``msteams`` at the root, knows no ``choices.data``, and allows Markdown.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

Element = dict[str, Any]

MOST_BYTES = 24 * 1024
# What Teams draws in a row of buttons, and what stands in that of a card of a mention, but for its menu.
MOST_PRIMARY, MOST_BUTTONS = 6, 3
_UTC = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_TIME = rf"(?:[a-z]+ )?\{{\{{DATE\({_UTC}, SHORT\)\}}\}} at \{{\{{TIME\({_UTC}\)\}}\}}"
OURS = re.compile(rf"{_TIME}(?: · {_TIME})*(?: · #[0-9a-z]{{4,12}})?", re.ASCII)
_REORDER = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066\u2067]")
_LOOKS = {"spacing", "separator", "lang", "rtl", "style"}
_ACTION = {"title", "tooltip", "mode", "style"}
# type: (what it must have, what it may have, which of these hold elements)
_KNOWN: dict[str, tuple[set[str], set[str], set[str]]] = {
    "AdaptiveCard": (
        {"body"},
        {"$schema", "version", "lang", "fallbackText", "msteams", "refresh", "actions"},
        {"body", "actions"},
    ),
    "TextBlock": ({"text", "wrap"}, _LOOKS | {"size", "weight", "isSubtle"}, set()),
    "RichTextBlock": ({"inlines"}, _LOOKS, {"inlines"}),
    "TextRun": ({"text"}, {"weight", "size", "color", "isSubtle", "underline", "selectAction"}, set()),
    "Container": ({"items"}, _LOOKS, {"items"}),
    "ColumnSet": ({"columns"}, _LOOKS, {"columns"}),
    "Column": ({"items", "width"}, _LOOKS, {"items"}),
    "ActionSet": ({"actions"}, _LOOKS, {"actions"}),
    "Image": ({"url", "altText"}, _LOOKS | {"size", "msteams"}, set()),
    "Input.Text": (
        {"id", "label", "maxLength"},
        {"isRequired", "errorMessage", "isMultiline", "placeholder", "value"},
        set(),
    ),
    "Input.ChoiceSet": (
        {"id", "label", "choices", "style"},
        {"isRequired", "errorMessage", "choices.data", "value"},
        set(),
    ),
    "Input.Date": ({"id", "label"}, {"value"}, set()),
    "Input.Time": ({"id", "label"}, {"value"}, set()),
    "Action.Execute": ({"verb", "data"}, _ACTION | {"fallback", "associatedInputs"}, set()),
    "Action.Submit": ({"data"}, _ACTION, set()),
    "Action.OpenUrl": ({"url"}, _ACTION, set()),
    "Action.ShowCard": ({"card"}, _ACTION, set()),
}


def check(card: Element) -> None:
    """Refuse a card that Teams would refuse, or in which foreign text could be more than text."""
    assert card["type"] == "AdaptiveCard"
    assert card["version"] == "1.5"
    assert len(json.dumps(card)) < MOST_BYTES
    assert card.get("refresh", {"userIds": []})["userIds"] == []
    _check(card)
    ids = [one["id"] for one in walk(card) if one["type"].startswith("Input.")]
    assert len(ids) == len(set(ids)), "ids are unique over the whole card, forms in it too"


def _check(element: Element) -> None:
    kind = element["type"]
    assert kind in _KNOWN, f"{kind} is not in 1.5, or not wanted"
    needed, allowed, holders = _KNOWN[kind]
    assert needed <= element.keys() - {"type"}, (kind, needed - element.keys())
    assert element.keys() - {"type"} <= needed | allowed, (kind, element.keys() - needed - allowed)
    for holder in holders & element.keys():
        assert element[holder], f"an empty {holder} in {kind}"
    if kind == "TextBlock":
        assert OURS.fullmatch(element["text"]), "Markdown counts in a TextBlock"
    elif kind == "TextRun":
        assert element["text"]
        assert not re.search(r"\{\{\s*(DATE|TIME)", element["text"], re.IGNORECASE)
    elif kind == "Image":
        assert re.match(r"https://[^/]", element["url"]), "Teams fetches pictures over https alone"
        assert element["altText"].strip()
    elif kind.startswith("Input."):
        _check_input(element)
    elif kind.startswith("Action."):
        _check_action(element)
    if "actions" in element:
        primary = [one for one in element["actions"] if one.get("mode", "primary") == "primary"]
        assert len(primary) <= (MOST_BUTTONS if "refresh" in element else MOST_PRIMARY)
    for text in (element.get(name) for name in ("text", "title", "tooltip", "label", "placeholder", "altText")):
        assert not _REORDER.search(text or "")
        assert "\u200b\u200b" not in (text or "")
    for child in children(element):
        _check(child)


def _check_input(element: Element) -> None:
    assert element["label"].strip()
    assert bool(element.get("isRequired")) == bool(element.get("errorMessage"))
    if element["type"] == "Input.Date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", element.get("value", "2026-03-02"), re.ASCII)
    if element["type"] == "Input.Time":
        assert re.fullmatch(r"\d\d:\d\d", element.get("value", "09:00"), re.ASCII)
    if element["type"] == "Input.ChoiceSet":
        assert element["style"] == "compact", "radio buttons draw their titles as Markdown"
        values = [one["value"] for one in element["choices"]]
        assert all(one["title"].strip() and one["value"] for one in element["choices"])
        assert len(values) == len(set(values))
        assert bool(values) != ("choices.data" in element)


def _check_action(element: Element) -> None:
    kind = element["type"]
    if kind == "Action.OpenUrl":
        assert re.match(r"https?://[^/]", element["url"])
        assert element.get("title", "x").strip()
        return
    assert element["title"].strip()
    if kind == "Action.Execute":
        assert element["verb"].startswith("dibs:")
        assert re.fullmatch(r"([0-9a-z]{4,12}\.[0-9]+)?", element["data"]["ref"])
        if "fallback" in element:
            assert element["fallback"]["type"] == "Action.Submit"
            assert element["fallback"]["data"] == {"verb": element["verb"], **element["data"]}


def children(element: Element) -> Iterator[Element]:
    """Yield what stands in an element, one level down."""
    for holder in ("body", "items", "columns", "inlines", "actions"):
        yield from element.get(holder, [])
    for single in ("card", "selectAction", "fallback"):
        if single in element:
            yield element[single]
    if "refresh" in element:
        yield element["refresh"]["action"]


def walk(element: Element) -> Iterator[Element]:
    """Yield an element and all that stands in it."""
    yield element
    for child in children(element):
        yield from walk(child)


def texts(element: Element) -> list[str]:
    """Return all that is to be read in a card, in its order."""
    return [one["text"] for one in walk(element) if one["type"] in ("TextBlock", "TextRun")]


def inputs(element: Element) -> dict[str, Element]:
    """Return the fields of a card by their ids."""
    return {one["id"]: one for one in walk(element) if one["type"].startswith("Input.")}


def buttons(element: Element) -> dict[str, Element]:
    """Return what may be pressed in a card by its title, but for what stands in a form in it."""
    sets = [one for one in (element, *walk_body(element)) if "actions" in one]
    return {one["title"]: one for each in sets for one in each["actions"]}


def walk_body(element: Element) -> Iterator[Element]:
    """Yield all that stands in the body of a card."""
    for child in element["body"]:
        yield from walk(child)


def controls(element: Element) -> list[str]:
    """Return what a card shows to be pressed: its buttons by their titles, and each menu as "…"."""
    shown: list[str] = []
    for row in (one["actions"] for one in (element, *walk_body(element)) if "actions" in one):
        shown += [one["title"] for one in row if one.get("mode") != "secondary"]
        shown += ["…"] if any(one.get("mode") == "secondary" for one in row) else []
    return shown
