"""What stands beside a form fits into a modal, whatever there is to read, and says where it was cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.draw.form import draw_form
from bot.chat.slack.draw.form_sections import draw_beside
from handlers.base.cards import Choice, Field, Form, Line, Link, Section
from tests.bot.chat.hostile import HOSTILE, NOW
from tests.fakes.slack.blocks import VIEW_BYTES, prepare_view
from tests.fakes.slack.mrkdwn import pings

WRITING = Field(name="text", label="Reply", kind="text", initial="日本" * 1_500, limit=10_000)
CHOOSING = Field(
    name="draft",
    label="Draft",
    kind="choice",
    choices=tuple(Choice(value=f"d{n}.1", label="話" * 75) for n in range(100)),
)


def form(*beside: Section, field: Field = CHOOSING) -> Form:
    return Form(verb="review", value="k7f2.1", title="Review", submit="Send", fields=(field,), beside=beside)


def lines(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text=text) for text in texts)


@pytest.mark.parametrize("field", [WRITING, CHOOSING], ids=["writing", "choosing"])
@pytest.mark.parametrize("sections", [1, 3, 60, 200])
@pytest.mark.parametrize("letter", ["a", "語", "\U0001f469"])
def test_any_amount_fits_into_a_view(field: Field, sections: int, letter: str) -> None:
    long = lines(*[letter * 500] * 100)
    beside = tuple(Section(title=letter * 300, lines=long) for _ in range(sections))
    view = draw_form(form(*beside, field=field))
    prepare_view(view, "modal")
    assert len(json.dumps(view).encode()) <= VIEW_BYTES
    assert "there is more of it" in str(view["blocks"])


def test_the_longest_part_is_cut_first_so_that_the_draft_is_read_whole() -> None:
    post = Section(title="The post", lines=lines(*["語" * 500] * 80))
    draft = "A whole draft. " * 30
    view = draw_form(form(post, Section(title="Ana's draft", lines=lines(draft.strip()))))
    assert draft.strip() in [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_lines_ping_nobody(name: str) -> None:
    link = Link(label="post", url="https://blog.example/1")
    text = HOSTILE[name]
    section = Section(title=text, lines=(Line(text=text), Line(text=text, link=link), Line(text=text, at=NOW)))
    view = draw_form(form(section, Section(title=text, copy=text, lines=lines(text))))
    assert not pings("", view["blocks"])
    if name != "controls":
        prepare_view(view, "modal")


@given(st.lists(st.lists(st.text(max_size=900), max_size=30), max_size=30))
@settings(max_examples=60)
def test_whatever_the_lines_are_slack_takes_them(texts: list[list[str]]) -> None:
    beside = tuple(Section(title=str(number), lines=lines(*some)) for number, some in enumerate(texts))
    prepare_view(draw_form(form(*beside)), "modal")


def test_a_text_to_copy_stands_with_its_paragraphs_and_nothing_of_ours() -> None:
    text = "First.\n\nSecond."
    ((title, block),) = draw_beside([Section(title="To copy", lines=lines("First.", "Second."), copy=text)])
    assert "To copy" in str(title)
    assert block["text"] == {"type": "plain_text", "text": text, "emoji": False}
