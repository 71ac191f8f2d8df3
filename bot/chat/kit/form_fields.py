"""Fields of forms: what the forms of every chat platform share, whatever they look like."""

from handlers.base.cards import Choice, Field, Form


def is_long(field: Field, most: int) -> bool:
    """Say whether a field takes more on the desk than a form in the chat does."""
    return field.kind == "text" and field.limit > most


def hint(field: Field, most: int) -> str:
    """Return what may be typed, and how much of it here."""
    if not is_long(field, most):
        return field.hint
    return f"{field.hint} At most {most:,} characters here; the desk takes longer ones.".lstrip()


def impossible(form: Form, most: int, *, where: str, desk: str) -> str:
    """Say why a form cannot be filled in here; nothing when it can.

    Args:
        form: The form.
        most: The most characters that one of its fields takes here.
        where: The platform's name.
        desk: What is typed to get to the desk.
    """
    for field in form.fields:
        if field.kind == "choice" and not field.choices and field.required:
            return f"There is no {field.label.lower()} to choose."
        if field.kind in ("line", "text") and len(field.initial) > most:
            return (
                f"This is longer than the {most:,} characters that a form in {where} takes, and would be cut. "
                f"Go on with it on the desk: type {desk}"
            )
    return ""


def asked(form: Form) -> tuple[Field, ...]:
    """Return the fields to draw: an optional choice without options asks nothing, and platforms refuse it.

    Nor does one ask where only one thing can be meant, and stands beside the fields to be read (``settled``).
    """
    known = settled(form)
    return tuple(one for one in form.fields if (one.kind != "choice" or one.choices) and one.name not in known)


def settled(form: Form) -> dict[str, str]:
    """Return what the fields hold that nobody has to be asked for: it comes back with the form."""
    return {
        one.name: one.choices[0].value
        for one in form.fields
        if form.beside and one.kind == "choice" and one.required and len(one.choices) == 1
    }


def pressed(form: Form) -> Field | None:
    """Return the field by whose choices the form is sent, where it has one."""
    return next((one for one in form.fields if one.pressed), None)


def first_choice(field: Field) -> Choice | None:
    """Return what is chosen before anybody chose: what the field begins with, or the one thing that there is."""
    initial = next((one for one in field.choices if one.value == field.initial), None)
    return field.choices[0] if len(field.choices) == 1 else initial


def sending(form: Form) -> str:
    """Return what the one button of a form says before anybody chose."""
    field = pressed(form)
    first = first_choice(field) if field is not None else None
    return first.label if first is not None else form.submit
