"""Notices as they are kept: each line says by itself whether it quotes its mention."""

import json
from typing import Any

import pytest

from handlers.base.cards import Button, Line, Notice, Section
from handlers.base.stored import from_json, to_json

BUTTON = Button(verb="claim", label="Claim", value="k7f2.1", accessibility_label="Claim #k7f2")


def kept(line: Line) -> dict[str, Any]:
    """Return the body of a notice with this line."""
    found: dict[str, Any] = json.loads(to_json(Notice(title="", text="", sections=(Section(title="", lines=(line,)),))))
    return found


def read(body: dict[str, Any]) -> Line:
    ((line,),) = (part.lines for part in from_json(json.dumps(body)).sections)
    return line


@pytest.mark.parametrize("quotes", [True, False])
def test_a_line_is_read_back_as_it_was_written(quotes: bool) -> None:
    line = Line(text="#k7f2 is broken, they say", token="k7f2", button=BUTTON, lang="en", quotes=quotes)
    assert read(kept(line)) == line


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        (Line(text="Where is my refund?", token="k7f2"), True),
        (Line(text="#k7f2 came back to this channel.", token="k7f2"), False),
        (Line(text="Ana: 2"), False),
    ],
)
def test_a_body_of_the_release_before_tells_by_its_words(line: Line, quoted: bool) -> None:
    body = kept(line)
    del body["sections"][0]["lines"][0]["quotes"]
    assert read(body).quotes == quoted


def test_a_button_of_the_release_before_is_read_without_what_it_does_not_have_any_more() -> None:
    body = kept(Line(text="#k7f2 came back.", token="k7f2", button=BUTTON))
    button = body["sections"][0]["lines"][0]["button"]
    del button["rank"]
    button |= {"prominent": True, "style": "primary"}
    assert read(body).button == BUTTON
