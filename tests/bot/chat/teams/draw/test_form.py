"""Forms: every verb's form fits a card, keeps what was typed, and says what is wrong beside each field."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from bot.chat.teams.draw.form import PEOPLE, TYPED, draw_form, fits_again
from handlers.base.cards import Choice, Field, Form, Line, Section
from handlers.base.charter import Charter, ReplyRules
from handlers.base.command import Asking
from handlers.base.forms import draw_form as ask
from handlers.base.organisation import SourceRules
from handlers.base.verb import Verb
from handlers.verbs import BY_NAME, ON_CARDS
from storage.own.mentions import MentionRow
from storage.people import people
from tests.bot.chat.hostile import HOSTILE, form
from tests.bot.chat.teams.cards import buttons, check, inputs, texts, walk
from tests.harness.scene import Scene

_OPEN = Charter(
    written=True, publish=("anyone",), review="none", signature="— {name}", saved=(("Sorry", "I am sorry."),)
)


def drawn(asked: Form, **more: Any) -> dict[str, Any]:
    card = draw_form(asked, **more)
    check(card)
    return card


def asked_of(scene: Scene, row: MentionRow, verb: Verb, person_id: int | None = None) -> Form:
    def draw(session: Session) -> Form:
        return ask(
            verb,
            Asking(session=session, organisation=scene.organisation, now=scene.now, found=row, person_id=person_id),
        )

    return scene.database.read(draw)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_form_is_only_text_and_is_refused_nowhere(what: str) -> None:
    text = HOSTILE[what]
    beside = tuple(
        Section(title=text, lines=(Line(text=text, lang="en"),) * 12, quote=bool(number % 2)) for number in range(6)
    )
    for one in (form(text), replace(form(text), beside=beside)):
        drawn(one)
        wrong = {field.name: text for field in one.fields}
        drawn(one, typed={"line": text[:500], "text": text[:TYPED]}, wrong=wrong, told=text)


@settings(max_examples=40)
@given(st.text(max_size=3_000), st.lists(st.text(max_size=2_000), max_size=6))
def test_any_text_fits_with_what_was_typed(typed: str, beside: list[str]) -> None:
    sections = tuple(Section(title=one[:50], lines=(Line(text=one),) * 9) for one in beside)
    card = drawn(replace(form("x"), beside=sections), typed={"text": typed})
    if fits_again({"text": typed}) and typed:
        assert inputs(card)["note.text"]["value"] == typed


# A choice that is pressed is buttons, and no input.
TYPED_INTO = [
    one for one in ON_CARDS if one.form and one.draw is None and not any(field.pressed for field in one.fields)
]


@pytest.mark.parametrize("verb", TYPED_INTO, ids=lambda one: one.name)
def test_every_form_of_a_verb_has_a_labelled_input_for_each_field(scene: Scene, verb: Verb) -> None:
    row = scene.arrive()
    card = drawn(asked_of(scene, row, verb))
    fields = inputs(card)
    assert {name for name in fields if name.count(".") == 1} == {f"{verb.name}.{one.name}" for one in verb.fields}
    for one in verb.fields:
        field = fields[f"{verb.name}.{one.name}"]
        assert field["label"] == one.label
        assert field.get("isRequired", False) is (one.required and one.kind != "time")  # of two inputs either will do
    send, back = card["actions"]
    assert send["verb"] == f"dibs:{verb.name}"
    assert send["data"] == {"ref": f"{row.token}.{row.version}", "form": verb.name}
    assert (back["verb"], back["associatedInputs"]) == ("dibs:show", "none")


def test_the_form_of_a_reply_shows_the_post_above_and_the_charter_below_what_is_written(scene: Scene) -> None:
    row = scene.arrive("Where is my refund? I asked twice.")
    card = drawn(asked_of(scene, row, BY_NAME["draft"]))
    kinds = [one["type"] for one in card["body"]]
    post, reply = kinds.index("Container"), kinds.index("Input.Text")
    assert post < reply < len(kinds) - 1
    assert any("Where is my refund? I asked twice." in one for one in texts(card))
    field = inputs(card)["draft.text"]
    assert (field["isMultiline"], field["maxLength"]) == (True, TYPED)
    sends = [(one["title"], one["data"]["draft.then"]) for one in card["actions"][:-1]]
    assert sends == [("Ask for a review", "review"), ("Save as a draft", "keep")]


def test_each_button_of_a_reply_says_what_it_does_and_nothing_is_called_send(scene: Scene) -> None:
    blog = SourceRules(name="blog", kind="feed", baseline=False, charter=_OPEN, reply=ReplyRules(by_api=True))
    scene.organisation = replace(scene.organisation, sources=(blog,), principles=("We never argue.",))
    scene.person("Ana", "ana@acme.example")
    ana = scene.database.read(lambda session: people.by_name(session, "Ana")[0].id)
    row = scene.arrive()
    card = drawn(asked_of(scene, row, BY_NAME["draft"], ana))
    assert [one["title"] for one in card["actions"]] == ["Save as a draft", "Ask for a review", "Publish now", "Cancel"]
    kinds = [one["type"] for one in card["body"]]
    above = kinds.index("Input.Text") - 1
    assert "We never argue." in texts({"type": "AdaptiveCard", "body": [card["body"][above]]})
    filling = next(one for one in card["body"] if one["type"] == "ActionSet")["actions"][0]
    assert (filling["title"], filling["data"]["draft.then"]) == ("Fill it in", "")
    assert any("— " in one for one in texts(card))  # the signature stands in what will stand there


def test_people_are_searched_in_the_directory() -> None:
    asked = Form(verb="assign", value="k7f2.3", title="Assign", submit="Assign", fields=BY_NAME["assign"].fields)
    field = inputs(drawn(asked))["assign.person"]
    assert field["choices.data"] == {"type": "Data.Query", "dataset": PEOPLE}
    assert field["choices"] == []


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_in_it() -> None:
    asked = Form(verb="note", value="k7f2.3", title="Note", submit="Note", fields=BY_NAME["note"].fields)
    card = drawn(asked, typed={"text": "when pigs fly"}, wrong={"text": "I do not understand that."})
    at = next(number for number, one in enumerate(card["body"]) if one["type"] == "Input.Text")
    assert card["body"][at]["value"] == "when pigs fly"
    assert "I do not understand that." in texts(card["body"][at + 1])[0]
    assert card["body"][at + 1]["inlines"][0]["text"].startswith("⚠")


@pytest.mark.parametrize(
    ("given", "stands"),
    [
        ("2026-03-03T08:00Z", ("2026-03-03T08:00Z", None, None)),
        ("2026-04-01 10:30", (None, "2026-04-01", "10:30")),
        ("2026-04-01", (None, "2026-04-01", None)),
        ("when pigs fly", (None, None, None)),
    ],
)
def test_a_moment_is_chosen_or_picked_and_stands_there_again(
    scene: Scene, given: str, stands: tuple[str | None, ...]
) -> None:
    row = scene.arrive()
    card = drawn(asked_of(scene, row, BY_NAME["snooze"]), typed={"until": given}, wrong={"until": "Not that."})
    fields = inputs(card)
    assert [one["title"] for one in fields["snooze.until"]["choices"]] == [
        "In 2 hours (11:58)",
        "This afternoon (15:00)",
        "Tomorrow 9:00 (Tue 3 Mar)",
        "Monday 9:00 (Mon 9 Mar)",
    ]
    kinds = [fields[name]["type"] for name in ("snooze.until", "snooze.until.date", "snooze.until.time")]
    assert kinds == ["Input.ChoiceSet", "Input.Date", "Input.Time"]
    assert tuple(fields[f"snooze.until{part}"].get("value") for part in ("", ".date", ".time")) == stands
    said = texts(card)
    assert "By the clocks of Europe/Berlin." in said
    assert "⚠ Not that." in said


def test_a_choice_without_anything_to_choose_says_so() -> None:
    asked = Form(verb="handoff", value="k7f2.3", title="Hand off", submit="Hand off", fields=BY_NAME["handoff"].fields)
    card = drawn(asked)
    assert "There is no department to choose." in str(texts(card))
    assert buttons(card).keys() == {"Close"}
    assert not inputs(card)


def test_a_draft_that_is_longer_than_a_form_takes_is_not_cut_but_sent_to_the_desk() -> None:
    fields = (Field(name="text", label="Reply", kind="text", limit=10_000, initial="x" * (TYPED + 1)),)
    card = drawn(Form(verb="draft", value="k7f2.3", title="Reply", submit="Save", fields=fields))
    assert "type @Dibs desk" in str(texts(card))
    assert not inputs(card)


def test_of_what_stands_beside_the_longest_is_cut_first_and_says_so() -> None:
    long = Section(title="The post", lines=tuple(Line(text="post " * 100) for _ in range(60)), quote=True)
    short = Section(title="Ana’s draft", lines=(Line(text="I am sorry, Kim."),), quote=True)
    choice = Field(name="verdict", label="Verdict", kind="choice", choices=(Choice(value="approve", label="Approve"),))
    asked = Form(verb="review", value="k7f2.3", title="Review", submit="Send", fields=(choice,), beside=(long, short))
    shown = texts(drawn(asked))
    assert "\u2068I am sorry, Kim.\u2069" in shown
    assert sum("there is more of it than a form" in one for one in shown) == 1


def test_a_form_about_no_mention_has_no_way_back_to_its_card() -> None:
    card = drawn(Form(verb="add", value="", title="Bring in", submit="Bring in", fields=form("x").fields))
    assert [one["verb"] for one in card["actions"]] == ["dibs:add"]
    assert not any(one.get("verb") == "dibs:show" for one in walk(card))
