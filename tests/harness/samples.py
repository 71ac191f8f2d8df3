"""Samples: what could be said in each field of a verb, so that tests try every verb in the table without naming it."""

from handlers.base.cards import Field
from handlers.base.verb import Verb

_BY_KIND = {"line": "https://blog.example/9", "text": "A few words", "time": "2h", "person": "person:2"}


def sample(field: Field) -> str:
    """Return something that a person could say in a field."""
    if field.name == "department":
        return "support"
    return field.choices[0].value if field.choices else _BY_KIND.get(field.kind, "word")


def samples(verb: Verb) -> dict[str, str]:
    """Return something for each field of a verb, but for a choice that nobody has to make among what is not known."""
    return {one.name: sample(one) for one in verb.fields if one.required or one.kind != "choice" or one.choices}
