"""What LinkedIn says no with (https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling).

A no is an object with ``status``, ``message`` and mostly a ``code``. It counts calls by application and by member until
midnight in UTC, and by member in a minute; it tells neither how many are left nor how long to wait. A 403 that says
"resource is forbidden" passes by itself at times: what was sent is looked for, and then it is sent again.
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

MAX_CHARACTERS = 1_250
MINUTE_SECONDS = 60.0
PASSING = "LinkedIn says that this is forbidden, as it does at times for a while."
_VERSION = r"(?:NONEXISTENT|MISSING|INVALID|DEPRECATED)_VERSION|VERSION_(?:MISSING|DEPRECATED|NOT_FOUND)"


def read(answer: Answer) -> Said:
    """Read what an answer says beside its status."""
    told = {} if answer.ok else answer.object
    message = one_line(string(told, "message"), 200)
    throttled = "throttled" in message.lower()
    return Said(code=string(told, "code"), words=message, rest=MINUTE_SECONDS if throttled else None)


VERDICTS = Verdicts(
    rows=(
        *(
            Row(
                means=Means.ACCOUNT,
                status=status,
                code=code,
                why=(
                    "LinkedIn does not answer this version of its API (any more): set `version` of this source to a "
                    "newer month, and start Dibs again. {words}"
                ),
            )
            for status, code in (({426}, ""), ({400}, _VERSION))
        ),
        Row(means=Means.EXPIRED, status={401}),
        Row(
            means=Means.ACCOUNT,
            status={403},
            words=r"not enough permissions",
            why=(
                "LinkedIn has not granted that: its review has to approve the application for the Community Management "
                "API, and whoever signed in has to agree to all of it. {words}"
            ),
        ),
        Row(means=Means.LOOK, status={403}, words=r"resource is forbidden", why=PASSING),
        Row(
            means=Means.PARENT_GONE,
            status={403},
            words=r"unauthorized on|not authorized",
            why="LinkedIn does not let our Page see or answer what stands there.",
        ),
        Row(means=Means.PARENT_GONE, status={404}, words=r".", why="The post or the comment was deleted on LinkedIn."),
        Row(
            means=Means.REFUSED,
            status={400, 422},
            code=r".*FIELD_LENGTH_TOO_LONG.*",
            why="It is longer than LinkedIn takes.",
        ),
    ),
    read=read,
    unknown="LinkedIn refused it ({status} {code}). {words}",
)
