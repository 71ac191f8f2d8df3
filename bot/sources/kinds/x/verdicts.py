"""What X says to a reply: by a status, the kind of problem, and a sentence.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors. Most is a 403 whose sentence alone tells one from
another. That the same was said before is no answer to whether it stands below this post: it is looked up.
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import objects, string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")
NO_CREDITS = "X wants to be paid first: buy credits, or raise the spending limit, at console.x.com."
NOT_SUMMONED = "X lets an application answer only those who speak to its account, and this author did not."


def read(answer: Answer) -> Said:
    """Read the problem of a refusal, or the first of a list of them."""
    told = answer.object
    first = next(iter(objects(told.get("errors"))), {})
    kind = string(told, "type") or string(first, "type")
    words = (string(part, name) for part in (told, first) for name in ("detail", "message", "title"))
    return Said(code=kind.rpartition("/")[2], words=one_line(next(filter(None, words), ""), 200))


def _no(means: Means, words: str, why: str) -> Row:
    return Row(means=means, status={403}, words=words, why=why)


VERDICTS = Verdicts(
    rows=(
        Row(means=Means.EXPIRED, status={401}),
        Row(means=Means.ACCOUNT, status={402}, why=NO_CREDITS),
        Row(means=Means.ACCOUNT, status={403}, code="usage-capped", why=NO_CREDITS),
        _no(
            Means.LOOK,
            "duplicate content",
            "X takes the same words from one account only once, and ours has used these: say it in other words.",
        ),
        _no(Means.REFUSED, "not been mentioned or otherwise engaged|reply to this conversation is not", NOT_SUMMONED),
        _no(Means.REFUSED, "only reply to or quote posts where you are mentioned", NOT_SUMMONED),
        _no(
            Means.PARENT_GONE,
            "deleted or not visible",
            "The post that it answers was deleted, or our account may not see it.",
        ),
        _no(Means.REFUSED, "restricted who can reply", "Its author lets others answer, and not us."),
        _no(Means.REFUSED, "block", "Its author has blocked our account."),
        _no(Means.REFUSED, "cashtag", "X takes one cashtag at most: leave one $NAME out."),
        _no(Means.REFUSED, "too long|character limit", "It is longer than X takes."),
        _no(
            Means.ACCOUNT,
            "suspend|locked|restricted",
            "Our account is suspended, locked or restricted on X: sign in there, and see what it asks for.",
        ),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code="client-forbidden|oauth1-permissions|unsupported-authentication",
            why=(
                "X does not let the application write: give it the right to read and write at console.x.com, and "
                f"sign in again with the scopes {', '.join(SCOPES)}."
            ),
        ),
        Row(means=Means.REFUSED, status={400}, code="invalid-request", why="X refused it: {words}"),
        Row(means=Means.REFUSED, status={413}, why="It is longer than X takes."),
    ),
    read=read,
    unknown="X refused it ({status}). {words}",
)
