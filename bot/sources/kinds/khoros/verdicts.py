"""What Khoros says no with: inside a 200, mostly, and in one way for each of its two APIs.

The older one, with which our account logs in, has ``response.error.code``; the newer one has ``status: "error"`` and
``data.code`` beside sentences. Few of the codes are written down anywhere: so any other no is looked up.
"""

from dataclasses import replace

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

SESSION, NOT_ALLOWED = "301", "203"


def read(answer: Answer) -> Said:
    """Read what an answer of either API says."""
    old = mapping(answer.object.get("response"))
    if string(old, "status") == "error":
        error = mapping(old.get("error"))
        return Said(code=_code(error), words=one_line(string(error, "message"), 200))
    if string(answer.object, "status") != "error":
        return Said()
    data = mapping(answer.object.get("data"))
    words = string(data, "developer_message") or string(answer.object, "message")
    return Said(code=_code(data), words=one_line(words, 200))


def _code(error: object) -> str:
    told = mapping(error).get("code")
    return str(told)[:20] if isinstance(told, (int, str)) and str(told) else "unknown"


VERDICTS = Verdicts(
    rows=(
        Row(means=Means.EXPIRED, code=SESSION),
        Row(means=Means.EXPIRED, status={401}),
        Row(
            means=Means.ACCOUNT,
            code=NOT_ALLOWED,
            why="The community does not allow that: its administrators have to give our account the right. {words}",
        ),
        Row(means=Means.LOOK, status=range(200, 300), code=".+", why="The community says no ({code}). {words}"),
    ),
    read=read,
    unknown="The community refused it ({status} {code}). {words}",
)
# The same, for who asks as a stranger.
FOR_STRANGERS = replace(
    VERDICTS,
    rows=(
        Row(
            means=Means.ACCOUNT,
            code=NOT_ALLOWED,
            why="The community shows that to no stranger: set `username` and `members = true`. {words}",
        ),
        *VERDICTS.rows,
    ),
)


def at_login(home: str) -> Verdicts:
    """Return what a community answers to a login that gave no session; codes from 300 on say who we are not."""
    why = f"{home} does not let our account in"
    rows = (
        Row(means=Means.ACCOUNT, code="3[0-9]{2}", why=f"{why} ({{code}})."),
        Row(means=Means.ACCOUNT, status={401, 403}, why=f"{why} ({{status}})."),
    )
    return Verdicts(rows=rows, read=read, unknown="")
