"""The form of a verb, drawn for whom it asks, without writing anything."""

from handlers.base.cards import Choice, Field, Form, one_line
from handlers.base.command import Asking
from handlers.base.verb import Verb
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people


def draw_form(verb: Verb, asking: Asking) -> Form:
    """Draw the form of a verb for one mention.

    Raises:
        BotError: There is nothing to do with it for who asks.
    """
    if verb.draw is not None:
        return verb.draw(asking)
    session, row = asking.session, asking.mention
    post = mentions.original(session, row.id)
    return Form(
        verb=verb.name,
        value=f"{row.token}.{row.version}",
        title=f"{verb.label} #{row.token}",
        submit=verb.label,
        fields=tuple(_with_choices(session, one, row) for one in verb.fields),
        about=one_line(post.title or post.text),
    )


def _with_choices(session: Session, field: Field, row: MentionRow) -> Field:
    if field.name != "department":
        return field
    choices = tuple(
        Choice(value=one.key, label=one.name) for one in people.departments(session) if one.id != row.department_id
    )
    return Field(name=field.name, label=field.label, kind=field.kind, required=field.required, choices=choices)
