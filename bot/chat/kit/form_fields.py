"""Fields of forms: what the forms of every chat platform share, whatever they look like."""

from handlers.base.cards import Field, Form


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
                f"Go on with it on the desk: type {desk}."
            )
    return ""


def asked(form: Form) -> tuple[Field, ...]:
    """Return the fields to draw: an optional choice without options asks nothing, and platforms refuse it."""
    return tuple(one for one in form.fields if one.kind != "choice" or one.choices)
