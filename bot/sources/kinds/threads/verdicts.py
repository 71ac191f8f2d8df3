"""What Threads says to a reply, beside what all of Meta's APIs say (``bot.sources.kit.meta``).

A container that Threads does not see yet and one that it has made public are refused in the same words, so these say
nothing of whether the reply stands there.
"""

from bot.sources.kit.meta import below, coded, verdicts
from bot.sources.kit.verdicts import Means, Row

# The last one is for searches alone.
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_mentions",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_keyword_search",
)
UNSEEN = coded("24/4279009")

VERDICTS = verdicts(
    "Threads",
    ", ".join(SCOPES[:-1]),
    Row(means=Means.LOOK, code=UNSEEN, why="Threads does not know what it answers, or does not see the reply yet."),
    Row(
        means=Means.ACCOUNT,
        code=below("4279013"),
        why="Our account is restricted on Threads: sign in there, and see what it asks for.",
    ),
    Row(means=Means.REFUSED, code=coded("100"), words=r"text must be at most", why="It is longer than Threads takes."),
)
