"""What Instagram says to a comment, beside what all of Meta's APIs say (``bot.sources.kit.meta``).

It was seen to make a comment, and to answer 400 with 20/1772107: that was asked for its fields. We ask for none, and
look all the same.
"""

from bot.sources.kit.meta import below, coded, verdicts
from bot.sources.kit.verdicts import Means, Row, Verdicts

SCOPES = {
    "facebook": ("instagram_basic", "instagram_manage_comments", "pages_read_engagement", "pages_show_list"),
    "instagram": ("instagram_business_basic", "instagram_business_manage_comments"),
}


def table(login: str) -> Verdicts:
    """Return the table of an account that is let in so."""
    return verdicts(
        "Instagram",
        ", ".join(SCOPES[login]),
        Row(means=Means.LOOK, code=coded("20/1772107"), why="Instagram says no to what it may have made."),
        Row(
            means=Means.ACCOUNT,
            code=below("2207050", "2207051"),
            why="Our account is restricted on Instagram: sign in there, and see what it asks for.",
        ),
    )
