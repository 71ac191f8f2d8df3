"""What App Store Connect answers to a reply, and to what is asked.

https://developer.apple.com/documentation/appstoreconnectapi/interpreting-and-handling-errors
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import objects, string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

MAX_CHARACTERS = 5_970
GONE = "The review was deleted."


def _read_error(answer: Answer) -> Said:
    """Read what a no says: a list of errors, of which the first has the code."""
    errors = objects(answer.object.get("errors"))
    told = [one_line(string(one, "detail") or string(one, "title"), 100) for one in errors[:3]]
    return Said(code=string(errors[0], "code") if errors else "", words=" ".join(told))


VERDICTS = Verdicts(
    rows=(
        Row(means=Means.EXPIRED, status={401}),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=r"FORBIDDEN\.REQUIRED_AGREEMENTS.*",
            why=(
                "Apple wants an agreement to be accepted first: the holder of the account finds it in App Store "
                "Connect, under “Business”."
            ),
        ),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=r"FORBIDDEN.*",
            why=(
                "The key may not do this: give it the role “Customer Support” or “Admin” in App Store Connect, under "
                "“Users and Access”, “Integrations”."
            ),
        ),
        Row(means=Means.PARENT_GONE, status={404}, code=r"NOT_FOUND.*", why=GONE),
        Row(means=Means.PARENT_GONE, status={409}, code=r"ENTITY_ERROR\.RELATIONSHIP.*", why=GONE),
        Row(
            means=Means.REFUSED,
            status={400, 409, 422},
            code=r"ENTITY_(?:ERROR\.ATTRIBUTE|UNPROCESSABLE).*",
            why="Apple does not take it: {words}",
        ),
        # A page of a list that has changed since; the walk begins anew.
        Row(
            means=Means.PARENT_GONE,
            status={400},
            code=r"PARAMETER_ERROR.*",
            words="cursor",
            why="The list has changed.",
        ),
    ),
    read=_read_error,
    unknown="Apple refused it ({status} {code}).",
)
