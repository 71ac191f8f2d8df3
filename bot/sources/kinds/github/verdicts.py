"""What GitHub says to a reply: REST by the status and a sentence, GraphQL inside a 200 by a type and a sentence.

https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api. A secondary limit is a 403 or a 429 that
may leave the primary one untouched and say no time; then a minute is what they ask for
(https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
"""

from bot.net.retry_after import read_budget, retry_after
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import objects, string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

MAX_CHARACTERS = 65_536
RIGHTS = "Issues and Discussions, read and write"
_LIMITED = "limited"
_REST = 60.0
_TOO_FAST = r"secondary rate limit|rate limit exceeded|abuse detection|submitted too quickly"
_CLOSED = r"is locked|archived|read-only|comments? (?:is|are) disabled|is disabled|are disabled"
_NO_RIGHT = r"not accessible by|must have|SAML|insufficient|required scopes"
_GONE = "What it answers is gone, or stands where nobody may answer: {words}"
_RIGHT = f"The token of GitHub may not write there: give it {RIGHTS}, for this repository ({{words}})."
_REFUSED = "GitHub refused it: {words}"


def _read(answer: Answer) -> Said:
    """Read the sentence, what is said of each field, and whether it asks for a rest."""
    told = answer.object
    # Of several things that GraphQL says of one question, that something is not there is the least.
    errors = sorted(objects(told.get("errors")), key=lambda one: one.get("type") == "NOT_FOUND")
    parts = [string(told, "message"), *(string(one, "message") or string(one, "code") for one in errors)]
    words = one_line(" ".join(filter(None, parts)), 200)
    if answer.ok:
        return Said(code=(string(errors[0], "type") or "?") if errors else "", words=words, rest=_rest(answer))
    budget = read_budget(answer.headers)
    limited = answer.status == 403 and ("retry-after" in answer.headers or budget.left == 0)
    return Said(code=_LIMITED if limited else "", words=words, rest=_rest(answer))


def _rest(answer: Answer) -> float:
    """Return how long it asks us to stay away; the reset of a budget that is not spent says nothing of this."""
    if (told := retry_after(answer.headers)) is not None:
        return told
    budget = read_budget(answer.headers)
    return budget.seconds if budget.left == 0 and budget.seconds is not None else _REST


_GRAPHQL = (
    Row(means=Means.AGAIN, status={200}, code="RATE_LIMITED", why="GitHub asks for a rest."),
    Row(means=Means.AGAIN, status={200}, code=".+", words=_TOO_FAST, why="GitHub asks for a rest."),
    Row(means=Means.PARENT_GONE, status={200}, code="NOT_FOUND", why=_GONE),
    Row(means=Means.PARENT_GONE, status={200}, code=".+", words=_CLOSED, why=_GONE),
    Row(means=Means.ACCOUNT, status={200}, code="INSUFFICIENT_SCOPES", why=_RIGHT),
    Row(means=Means.ACCOUNT, status={200}, code="FORBIDDEN", words=_NO_RIGHT, why=_RIGHT),
    Row(means=Means.REFUSED, status={200}, code="FORBIDDEN|UNPROCESSABLE", why=_REFUSED),
    # "Something went wrong while executing your query": it may have gone through.
    Row(means=Means.LOOK, status={200}, code=".+", why="GitHub answered: {words}"),
)

VERDICTS = Verdicts(
    rows=(
        Row(means=Means.EXPIRED, status={401}),
        *_GRAPHQL,
        Row(means=Means.AGAIN, status={403}, code=_LIMITED, why="GitHub asks for a rest (403)."),
        Row(means=Means.AGAIN, status={403, 422}, words=_TOO_FAST, why="GitHub asks for a rest ({status})."),
        Row(means=Means.PARENT_GONE, status={403}, words=_CLOSED, why=_GONE),
        Row(means=Means.ACCOUNT, status={403}, words=_NO_RIGHT, why=_RIGHT),
        Row(means=Means.REFUSED, status={403}, words=".", why=_REFUSED),
        Row(
            means=Means.PARENT_GONE,
            status={404},
            words=".",
            why="What it answers is gone, or our token may not write there.",
        ),
        Row(means=Means.PARENT_GONE, status={410, 451}, words=".", why=_GONE),
        Row(means=Means.REFUSED, status={413}, why="It is too large for GitHub."),
        Row(means=Means.REFUSED, status={400, 422}, words=".", why=_REFUSED),
    ),
    read=_read,
    unknown="GitHub refused it ({status}). {words}",
)
