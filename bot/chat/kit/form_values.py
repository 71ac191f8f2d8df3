"""Values of forms: from what stands in a form that was sent to what it asks for, for every chat platform."""

from collections.abc import Mapping

from handlers.base.command import Command, Reference, Who
from handlers.base.verb import On, Verb, ask
from storage.tables.states import Via


def filled(verb: Verb, given: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a verb's command; what a person left empty takes the verb's own default, if there is one."""
    return {one.name: given.get(one.name, "") for one in verb.fields if one.required or given.get(one.name)}


def of_form(verb: Verb, about: Reference | None, given: Mapping[str, str], who: Who, request_key: str) -> Command:
    """Return what a form means, or a button without one; what is about no mention was pressed on no card."""
    via = Via.BUTTON if verb.on == On.MENTION else Via.COMMAND
    return ask(verb, about, filled(verb, given), who=who, via=via, request_key=request_key)
