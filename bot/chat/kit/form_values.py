"""Values of forms: from what stands in a form that was sent to what a command is made of, for every chat platform."""

from collections.abc import Mapping

from handlers.base.command import Who
from handlers.base.verb import Verb
from handlers.dispatch.add import AddPost
from storage.tables.states import Via


def filled(verb: Verb, given: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a verb's command; what a person left empty takes the verb's own default, if there is one."""
    return {one.name: given.get(one.name, "") for one in verb.fields if one.required or given.get(one.name)}


def addition(given: Mapping[str, str], who: Who, request_key: str) -> AddPost:
    """Return what the form "Bring in a post" means."""
    return AddPost(
        url=given.get("url", ""),
        title=given.get("title", ""),
        text=given.get("text", ""),
        department=given.get("department", ""),
        who=who,
        via=Via.COMMAND,
        request_key=request_key,
    )
