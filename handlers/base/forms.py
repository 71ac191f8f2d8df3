"""The form of a verb, drawn for whom it asks, without writing anything."""

from dataclasses import replace

from handlers.base.cards import Choice, Field, Form, one_line
from handlers.base.command import Asking
from handlers.base.timezones import zone_for
from handlers.base.verb import On, Verb
from handlers.text.times import presets
from storage.own import mentions
from storage.people import people


def draw_form(verb: Verb, asking: Asking) -> Form:
    """Draw the form of a verb, for one mention where it is on one.

    Raises:
        BotError: There is nothing to do with it for who asks.
    """
    return verb.draw(asking) if verb.draw is not None else draw_fields(verb, asking)


def draw_fields(verb: Verb, asking: Asking) -> Form:
    """Draw the form that the fields of a verb make, for who adds to it."""
    if verb.on != On.MENTION:
        return _draw_alone(verb, asking)
    session, row = asking.session, asking.mention
    post = mentions.original(session, row.id)
    return Form(
        verb=verb.name,
        value=f"{row.token}.{row.version}",
        title=f"{verb.label} #{row.token}",
        submit=verb.label,
        fields=tuple(_with_choices(asking, one, row.department_id) for one in verb.fields),
        about=one_line(post.title or post.text),
    )


def draw_form_for_several(verb: Verb, asking: Asking, number: int) -> Form:
    """Draw the form of a verb for several mentions: what it asks for is said once."""
    return Form(
        verb=verb.name,
        value="",
        title=f"{verb.label} {number} mention{'' if number == 1 else 's'}",
        submit=f"{verb.label} {number}",
        fields=tuple(_with_choices(asking, one) for one in verb.fields),
    )


def _draw_alone(verb: Verb, asking: Asking) -> Form:
    fields = (_with_choices(asking, one) for one in verb.fields)
    return Form(
        verb=verb.name,
        value="",
        title=verb.label,
        submit=verb.label,
        fields=tuple(replace(one, initial=asking.given.get(one.name, one.initial)) for one in fields),
        about=asking.why,
    )


def _with_choices(asking: Asking, field: Field, but_for: int | None = None) -> Field:
    if field.kind == "time":
        zone = zone_for(asking)
        moments = tuple(Choice(value=one.value, label=one.label) for one in presets(asking.now, zone))
        return replace(field, choices=moments, hint=f"By the clocks of {zone.key}. {field.hint}".rstrip())
    if field.name != "department":
        return field
    others = (one for one in people.departments(asking.session) if one.id != but_for)
    return replace(field, choices=tuple(Choice(value=one.key, label=one.name) for one in others))
