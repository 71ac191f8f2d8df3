"""What the Google Play Developer API answers to a reply, and to what is asked (https://google.aip.dev/193)."""

from bot.sources.kit.google import because, common_rows, read_error
from bot.sources.kit.verdicts import Means, Row, Verdicts

# https://developers.google.com/android-publisher/api-ref/rest/v3/reviews/reply
MAX_CHARACTERS = 350
GONE = (
    "Google Play shows this review no more: it was deleted, or is older than the week of which reviews are shown. An "
    "older one can be answered in the Play Console."
)

_RIGHT = (
    "The service account may not do this for the app: invite it in the Play Console under “Users and permissions” with "
    "the right “Reply to reviews”; a new right may count after some hours. Where other replies go out, Google refuses "
    "this review alone."
)
_WRONG = r"(?:INVALID_ARGUMENT(?:/.*)?|invalid.*|badRequest)"

VERDICTS = Verdicts(
    rows=(
        Row(means=Means.ACCOUNT, status={403}, code=because("permissionDenied", "insufficientPermissions"), why=_RIGHT),
        *common_rows("Google Play Android Developer API"),
        Row(
            means=Means.AGAIN,
            status={403},
            code=because("quotaExceeded", "dailyLimitExceeded"),
            why="The quota of this app is spent at Google Play.",
        ),
        # So it says that notes on a release are too long.
        Row(
            means=Means.REFUSED,
            status={403},
            code=because("forbidden"),
            words=r"too long|characters",
            why="Google Play does not take it: {words}",
        ),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=r"PERMISSION_DENIED(?:/.*)?|forbidden|projectNotLinked",
            why=_RIGHT,
        ),
        Row(
            means=Means.ACCOUNT,
            status={404},
            code=because("applicationNotFound"),
            why="Google Play knows no app of this name that is published.",
        ),
        Row(means=Means.PARENT_GONE, status={404}, code=r"NOT_FOUND(?:/.*)?|notFound|reviewNotFound", why=GONE),
        # A page of a list that has changed since; the walk begins anew.
        Row(
            means=Means.PARENT_GONE,
            status={400},
            code=_WRONG,
            words=r"\btoken\b",
            why="The list has changed.",
        ),
        Row(
            means=Means.REFUSED,
            status={400},
            code=_WRONG,
            why="Google Play does not take it: {words}",
        ),
    ),
    read=read_error,
    unknown="Google Play refused it ({status} {code}).",
)
