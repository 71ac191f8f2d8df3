"""What Google answers to a reply to a review, and to what is asked (https://google.aip.dev/193)."""

from bot.sources.kit.google import NOTHING, common_rows, read_error
from bot.sources.kit.verdicts import Means, Row, Verdicts

MAX_BYTES = 4_096

VERDICTS = Verdicts(
    rows=(
        Row(
            means=Means.ACCOUNT,
            status={403, 429},
            code=rf".*{NOTHING}",
            why=(
                "Google has not granted this project any requests yet: its quota is 0 until the form for access to the "
                "Business Profile APIs is approved, which takes days."
            ),
        ),
        *common_rows("Google My Business API"),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=r"PERMISSION_DENIED(?:/.*)?",
            why="The Google account that signed in is neither an owner nor a manager of this place.",
        ),
        Row(means=Means.PARENT_GONE, status={404}, code=r"NOT_FOUND(?:/.*)?", why="The review was deleted."),
        Row(
            means=Means.ACCOUNT,
            status={400},
            code=r"FAILED_PRECONDITION(?:/.*)?",
            why="This place is not verified at Google: only reviews of verified ones can be read and answered.",
        ),
        # A page of a list that has changed since; the walk begins anew.
        Row(
            means=Means.PARENT_GONE,
            status={400},
            code=r"INVALID_ARGUMENT(?:/.*)?",
            words=r"page.?token",
            why="The list has changed.",
        ),
        Row(
            means=Means.REFUSED,
            status={400},
            code=r"INVALID_ARGUMENT(?:/.*)?",
            why="Google does not take it: {words}",
        ),
    ),
    read=read_error,
    unknown="Google refused it ({status} {code}).",
)
