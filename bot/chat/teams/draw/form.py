"""Forms: what asks for input, without a dialog.

A form whose fields are known beforehand stands in the card of its mention (Action.ShowCard). One that has to be looked
up first, because it shows drafts, departments or advice, is the answer to the press: a card of its own, which the
person who pressed sees in place of the mention's, with a way back. So does every form that is drawn again, with what
was typed and what is wrong beside each field: an invoke can be answered with a card, and with nothing smaller.
https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model

An input's id is ``<verb>.<field>``, since ids are to be unique over a card with several forms in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from bot.chat.kit.form_fields import asked, first_choice, hint, impossible, is_long, pressed, settled
from bot.chat.kit.moments import COUNTS, DATE, OR_ANOTHER, TIME, parted
from bot.chat.teams.draw.elements import (
    SHOW,
    SHOWN,
    Element,
    actions,
    card,
    container,
    execute,
    label,
    manner,
    rich,
    room_in,
    run,
)
from bot.chat.teams.draw.fitting import SEPARATOR, fitted, quote, size
from bot.chat.teams.draw.notice import draw_line, draw_preview, section_title
from bot.chat.teams.draw.text import fitting, said, said_line, weight
from handlers.base.cards import Button, Field, Form, Section
from handlers.base.verb import Verb
from handlers.verbs import BY_NAME

TYPED = 3_000
NOTHING: Mapping[str, str] = MappingProxyType({})
# What is typed must fit into the card that is drawn again when something is wrong with it.
MOST_TYPED = 18_200
# In the data of what sends a form, to tell it from the press that opens it.
SENT = "form"
PEOPLE = "graph.microsoft.com/users"
_OPTIONS = 100
_CHOICES = 6_000
_PLACEHOLDER = 120
_ABOVE = 2_500
_LEAST = 200
_CUT = "… there is more of it than a form in Teams can show; the desk has all of it."


def show_card(button: Button, *, menu: bool = False) -> Element | None:
    """Return a button that opens its form in the card itself; None where the form has to be looked up first."""
    verb = BY_NAME.get(button.verb)
    if verb is None or not _known_beforehand(verb):
        return None
    inner: Element = {
        "type": "AdaptiveCard",
        "body": list(_inputs(verb.name)),
        "actions": [_send(verb.name, button.value, verb.label)],
    }
    return {
        "type": "Action.ShowCard",
        "title": label(button),
        "card": inner,
        **manner(button, menu=menu),
    }


@cache
def _inputs(verb: str) -> tuple[Element, ...]:
    """Return the empty fields of a form, which are the same on every card."""
    return tuple(part for field in BY_NAME[verb].fields for part in _input(verb, field, field.initial, ""))


def _known_beforehand(verb: Verb) -> bool:
    return (
        verb.form
        and verb.draw is None
        and all(one.kind not in ("choice", "time") or one.choices for one in verb.fields)
    )


def _send(
    verb: str, ref: str, title: str, shown: str = "", given: Mapping[str, str] = NOTHING, *, plain: bool = False
) -> Element:
    data = {SENT: verb} | ({SHOWN: shown} if shown else {})
    data |= {f"{verb}.{name}": value for name, value in given.items()}
    return execute(verb, ref, fitting(title, 200), data=data, **({} if plain else {"style": "positive"}))


def _sends(form: Form) -> Iterator[Element]:
    """Draw what sends a form: a button for each choice by which it is sent, what it begins with first."""
    field, known = pressed(form), settled(form)
    if field is None:
        yield _send(form.verb, form.value, form.submit, form.shown, known)
        return
    first = first_choice(field) or field.choices[0]
    for one in sorted(field.choices, key=lambda choice: choice is not first):
        given = known | {field.name: one.value}
        yield _send(form.verb, form.value, one.label, form.shown, given, plain=one is not first)


def draw_form(
    form: Form, *, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None, told: str = ""
) -> Element:
    """Draw a form as a card of its own; one that cannot be filled in here says so instead.

    Args:
        form: The form.
        typed: What was typed so far, by field; else the fields hold what they begin with.
        wrong: What is wrong with it, by field.
        told: What is wrong with it as a whole.
    """
    values = {one.name: (typed or {}).get(one.name, one.initial) for one in form.fields}
    why = impossible(form, TYPED, where="Teams", desk="@Dibs desk") or _too_heavy(values)
    buttons = [] if why else list(_sends(form))
    if form.value:
        buttons.append(execute(SHOW, form.value, "Close" if why else "Cancel", associatedInputs="none"))
    top = [rich(run(said_line(form.title, 150) or "Dibs", weight="Bolder", size="Large"))]
    top += [_wrong(why or told)] if why or told else []
    if why:
        return card(top, buttons)
    fields = [
        part for one in asked(form) for part in _field(form, one, values[one.name], (wrong or {}).get(one.name, ""))
    ]
    above, below = _around(form, room_in(card([*top, *fields], buttons)) - 400)
    return card([*top, *above, *fields, *below], buttons)


def _too_heavy(values: Mapping[str, str]) -> str:
    if sum(weight(text) for text in values.values()) <= MOST_TYPED:
        return ""
    return "This is longer than what a form in Teams takes. Go on with it on the desk: type @Dibs desk"


def fits_again(typed: Mapping[str, str]) -> bool:
    """Say whether a form could be drawn again with what was typed, so that nothing of it is lost."""
    return not _too_heavy(typed)


def _around(form: Form, room: int) -> tuple[list[Element], list[Element]]:
    """Return what stands above and below the fields, within ``room`` bytes.

    Who decides reads all of it first. Who writes has the post above, and their own text not far below it.
    """
    if not form.beside:
        about = said_line(form.about, 500)
        return ([quote(rich(run(about)), text=about)] if about and weight(about) < room - 200 else []), []
    if not any(is_long(field, TYPED) for field in form.fields):
        return draw_beside(form.beside, room), []
    above = draw_beside(form.beside[:1], min(room, _ABOVE))
    shown = [one for one in form.preview if one.preview is None or one.preview.text]
    return above, draw_beside([*shown, *form.beside[1:]], room - size(above))


def draw_beside(sections: Sequence[Section], room: int) -> list[Element]:
    """Draw what is read while a form is filled in; of what has no room the longest is cut first, and says so."""
    drawn = [_beside(one) for one in sections]
    around = sum(size([_framed(one, [])]) + SEPARATOR for one in sections)
    most = _share([size(elements) for elements in drawn], room - around)
    return [
        _framed(one, fitted(elements, most, _CUT)) for one, elements in zip(sections, drawn, strict=True) if most > 200
    ]


def _beside(one: Section) -> list[Element]:
    if one.preview is not None:
        return draw_preview(one.preview)
    if one.copy:
        return [part for line in one.copy.split("\n") if (text := said(line, 600)) for part in [rich(run(text))]]
    return [element for line in one.lines for element in draw_line(line, "")]


def _framed(one: Section, elements: list[Element]) -> Element:
    if one.quote:
        return quote(*section_title(one), *elements, text=one.lines[0].text if one.lines else "")
    return container(*section_title(one), *elements, spacing="Medium")


def _share(sizes: Sequence[int], room: int) -> int:
    """Return how much each may take at most, so that all together take no more than ``room``."""
    left, waiting = room, sorted(sizes)
    while waiting:
        even = left // len(waiting)
        if waiting[0] > even:
            return even
        left -= waiting.pop(0)
    return max(room, 0)


def _field(form: Form, field: Field, value: str, wrong: str) -> Iterator[Element]:
    """Draw a field as its form has it: by whose choices it is sent, that is for buttons.

    Above a reply stands what the organisation stands by; beside saved ones the button that fills one in, since a card
    hears of nothing before somebody presses.
    """
    if field.pressed:
        if wrong:
            yield _wrong(wrong)
        return
    if field.name == form.previewed:
        for one in filter(None, (said_line(one, 200) for one in form.principles)):
            yield rich(run(one, isSubtle=True), spacing="None")
    yield from _input(form.verb, field, value, wrong)
    if field.fills and (sender := pressed(form)) is not None:
        given = settled(form) | {sender.name: ""}
        yield actions(_send(form.verb, form.value, "Fill it in", form.shown, given, plain=True))


def _input(verb: str, field: Field, value: str, wrong: str) -> Iterator[Element]:
    """Draw one field, with what is wrong below it."""
    name = f"{verb}.{field.name}"
    required = field.required and field.kind != "time"  # which of its inputs is filled in is for who fills in one
    needed = {"isRequired": True, "errorMessage": f"{field.label} is missing."} if required else {}
    helps = hint(field, TYPED)
    common: Element = {"id": name, "label": field.label, **needed}
    if field.kind == "choice":
        yield common | _choices(field, value)
    elif field.kind == "person":
        yield common | _people(value)
    elif field.kind == "time":
        yield from _moment(common, field, value)
    else:
        typed: Element = {"type": "Input.Text", "maxLength": min(field.limit, TYPED)}
        typed |= {"isMultiline": True} if field.kind == "text" else {}
        typed |= {"placeholder": fitting(said_line(helps, _PLACEHOLDER), 3 * _PLACEHOLDER)} if helps else {}
        yield common | typed | ({"value": value} if value else {})
    shown_below = field.kind in ("choice", "person", "time") or len(helps) > _PLACEHOLDER
    if shown_below and (words := said_line(helps, 300)):
        yield rich(run(words, isSubtle=True, size="Small"), spacing="None")
    if wrong:
        yield _wrong(wrong)


def _moment(common: Element, field: Field, value: str) -> Iterator[Element]:
    """Draw a moment: what is usual to choose from, and a picker of a day and one of a time, which may stand alone.

    https://learn.microsoft.com/adaptive-cards/schema-explorer/input-date
    """
    chosen, day, clock = parted(field, value)
    if field.choices:
        yield common | _choices(field, chosen)
    label = OR_ANOTHER if field.choices else field.label
    date: Element = {"type": "Input.Date", "id": f"{common['id']}{DATE}", "label": label}
    yield date | ({"value": day} if day else {})
    yield {"type": "Input.Time", "id": f"{common['id']}{TIME}", "label": "At"} | ({"value": clock} if clock else {})
    if field.choices:
        yield rich(run(COUNTS, isSubtle=True, size="Small"), spacing="None")


def _choices(field: Field, value: str) -> Element:
    options = [
        {"title": said_line(one.label, 75) or one.value[:75], "value": one.value[:150]}
        for one in field.choices[:_OPTIONS]
    ]
    while size(options) > _CHOICES:
        options.pop()
    chosen = {"value": value} if value in [one["value"] for one in options] else {}
    # Drawn as radio buttons the titles would be Markdown.
    return {"type": "Input.ChoiceSet", "style": "compact", "choices": options, **chosen}


def _people(value: str) -> Element:
    """Draw the search for people, whose value is their id in Entra.

    https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/people-picker
    """
    search = {"type": "Data.Query", "dataset": PEOPLE}
    chosen = {"value": value} if value else {}
    return {"type": "Input.ChoiceSet", "style": "compact", "choices": [], "choices.data": search, **chosen}


def _wrong(sentence: str) -> Element:
    return rich(run(f"⚠ {said_line(sentence, 300)}", color="Attention", weight="Bolder"), spacing="Small")
