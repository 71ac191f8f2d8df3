"""What Discourse says to a post of ours: a list of sentences, in the language of the forum, beside one word.

So only English sentences are known here; what a forum says in another language is looked up, as is whatever else is a
no. A text "too similar" to one that we sent within five minutes bears the mark of this very reply, so it stands there.
"""

from bot.net.retry_after import LONGEST_REST
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

MAX_CHARACTERS = 32_000

_WRONG_TEXT = (
    r"too short|too long|at least \d+ char|body (?:is|seems)|can't be blank|sorry, you can(?:'|no)t|sorry, new users"
    r"|not allowed|can only (?:mention|put|reply)|is blocked|looks unclear|banned"
)


def verdicts(home: str, mend: str) -> Verdicts:
    """Return what the answers of a forum mean; ``mend`` says what to look at where it says no."""
    rows = (
        Row(means=Means.EXPIRED, status={401}),
        Row(means=Means.ACCOUNT, status={403}, why=f"{home} says no to that. {mend}"),
        Row(means=Means.AGAIN, status={422}, code="rate_limit", why=f"{home} asks for a rest."),
        Row(means=Means.PARENT_GONE, status={404}, code="not_found", why="What it answers is not there any more."),
        Row(means=Means.REFUSED, status={400}, code="invalid_parameters", why=f"{home} does not take it: {{words}}"),
        Row(means=Means.REFUSED, status={413}, why="It is longer than the forum takes."),
        Row(means=Means.LOOK, status={422}, words="similar", why="The forum says that it was sent before: {words}"),
        Row(
            means=Means.PARENT_GONE,
            status={422},
            words="topic.*(?:closed|deleted|archived)",
            why="The topic is closed, archived or deleted: nobody may answer any more.",
        ),
        Row(
            means=Means.REFUSED,
            status={422},
            code=r"create_post|enqueued|record_invalid",
            words=_WRONG_TEXT,
            why=f"{home} refused it: {{words}}",
        ),
    )
    return Verdicts(rows=rows, read=_read, unknown=f"{home} refused it ({{status}}). {{words}}")


def _read(answer: Answer) -> Said:
    told = answer.object
    errors = told.get("errors")
    words = "; ".join(map(str, errors[:5])) if isinstance(errors, list) else ""
    rest = mapping(told.get("extras")).get("wait_seconds")
    waits = isinstance(rest, int | float) and not isinstance(rest, bool) and 0 <= rest <= LONGEST_REST
    return Said(
        code=string(told, "error_type") or string(told, "action"),
        words=one_line(words, 200),
        rest=float(rest) if waits and rest is not None else None,
    )
