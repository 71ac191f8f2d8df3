"""What YouTube answers to a reply (https://developers.google.com/youtube/v3/docs/errors), and to what is asked.

Its documents call processingFailure an error of ours "that can be transient"; in outages it came for whole days, and to
what was made as well as to what was not. So it is looked up.
"""

from collections.abc import Mapping

from bot.sources.kit.google import because, common_rows, read_error
from bot.sources.kit.verdicts import Means, Row, Verdicts

MAX_CHARACTERS = 10_000
_CLOSED = "YouTube does not let our channel reply in this thread."
_GONE = {
    "parentCommentNotFound": "The comment that it answers was deleted.",
    "commentNotFound": "The comment that it answers was deleted.",
    "commentThreadNotFound": "The thread was deleted.",
    "videoNotFound": "The video was deleted, or is private now.",
    "commentsDisabled": "Comments below this video are switched off.",
    "operationNotSupported": _CLOSED,
    "parentCommentIsPrivate": "The comment that it answers is private.",
    # A page of a list that has changed since; the walk begins anew.
    "invalidPageToken": "The list has changed.",
}
_REFUSALS = {
    "commentTextTooLong": "It is longer than YouTube takes.",
    "commentTextRequired": "It is empty.",
    "invalidCustomEmoji": "It holds an emoji that only members of a channel have.",
    "invalidCommentMetadata": "YouTube does not take the request as it is.",
    "parentIdMissing": "YouTube does not take the request as it is.",
    "channelNotFound": "YouTube knows no channel of this id: compare `channel` with YouTube Studio.",
    "forbidden": "YouTube does not let our channel do that: the author may have blocked it, or it is not our channel.",
}


def quota_gone(status: int, headers: Mapping[str, str], body: bytes) -> int | None:
    """Read from an answer that nothing is left of the day's quota, whoever spent it."""
    return 0 if status == 403 and (b'"quotaExceeded"' in body or b'"dailyLimitExceeded"' in body) else None


VERDICTS = Verdicts(
    rows=(
        Row(
            means=Means.AGAIN,
            status={403},
            code=because("quotaExceeded", "dailyLimitExceeded"),
            why="The project's quota at YouTube is spent; there is more at midnight in California.",
        ),
        Row(
            means=Means.ACCOUNT,
            status={401, 403},
            code=because("youtubeSignupRequired", "ineligibleAccount"),
            why="The Google account that signed in has no channel of its own: sign in as the channel.",
        ),
        *common_rows("YouTube Data API v3"),
        *(
            Row(means=Means.PARENT_GONE, status={400, 403, 404}, code=because(code), why=why)
            for code, why in _GONE.items()
        ),
        *(
            Row(means=Means.REFUSED, status={400, 403, 404}, code=because(code), why=why)
            for code, why in _REFUSALS.items()
        ),
        Row(
            means=Means.LOOK,
            status={400},
            code=because("processingFailure"),
            why="YouTube says that it failed to process it (processingFailure).",
        ),
    ),
    read=read_error,
    unknown="YouTube refused it ({status} {code}).",
)
