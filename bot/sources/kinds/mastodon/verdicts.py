"""What Mastodon answers to who writes (https://docs.joinmastodon.org/methods/statuses/#create): a sentence, no code."""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

# Either is what a bad text, and a bad token, is answered by.
INVALID = frozenset({400, 422})


def verdicts(home: str) -> Verdicts:
    """Return what answers of this instance mean.

    A no that is none of Mastodon's may come from whatever stands before it, or behind a yes: it is looked up.
    """
    limited = (
        f"{home} does not let our account publish: give its token the scope write:statuses, and look whether the "
        "account is limited there."
    )
    rows = (
        Row(means=Means.EXPIRED, status={401}),
        # Who asks is the matter: servers say "token" or "authenticated user" then.
        Row(means=Means.EXPIRED, status=INVALID, words="token|authenticat|unauthorized|credentials"),
        Row(means=Means.ACCOUNT, status={403}, why=limited),
        Row(means=Means.REFUSED, status={413}, why="It is too large for the instance."),
        Row(
            means=Means.PARENT_GONE,
            status={404},
            words=".",
            why="The post that it answers is gone, or our account may not see it.",
        ),
        Row(means=Means.REFUSED, status=INVALID, words=".", why=f"{home} refused it ({{status}}): {{words}}"),
    )
    return Verdicts(rows=rows, read=_read, unknown=f"{home} refused it ({{status}}). {{words}}")


def _read(answer: Answer) -> Said:
    return Said(words=one_line(string(answer.object, "error"), 200))
