"""What WordPress says to a comment: a status, and a code of its own in ``code``.

The codes stand in wp-includes/rest-api/endpoints/class-wp-rest-comments-controller.php and in wp-includes/comment.php.
What is no answer of WordPress's may come from whatever stands before it (a cache, a guard), or behind a yes: it is
looked up.
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

# What a comment may have, as it is sent (wp_get_comment_fields_max_lengths); a site's own column may hold less.
MAX_BYTES = 65_525
FLOOD_SECONDS = 15.0
_TOO_LONG = f"It is longer than the {MAX_BYTES:,} bytes that WordPress takes, or than this site takes."
_GONE = {
    "rest_comment_closed": "Comments are closed under the post.",
    "rest_comment_trash_post": "The post is in the trash.",
    "rest_comment_draft_post": "The post is a draft now.",
    "rest_comment_invalid_post_id|rest_post_invalid_id": "The post was deleted.",
    "rest_cannot_read|rest_cannot_read_post": "Our account may not read what it answers.",
}
_REFUSALS = {
    "comment_content_column_length": _TOO_LONG,
    "rest_comment_content_invalid|require_valid_comment": "It is empty.",
    "rest_invalid_param": "The site refused it: {words}",
}


def _read(answer: Answer) -> Said:
    code = string(answer.object, "code")
    rest = FLOOD_SECONDS if code == "comment_flood" else None
    return Said(code=code, words=one_line(string(answer.object, "message"), 200), rest=rest)


VERDICTS = Verdicts(
    rows=(
        *(Row(means=Means.PARENT_GONE, status={401, 403, 404}, code=code, why=why) for code, why in _GONE.items()),
        # Wrong names and passwords, and none at all where one is wanted: rest_comment_login_required.
        Row(means=Means.EXPIRED, status={401}),
        Row(
            means=Means.AGAIN,
            status={400, 429},
            code="comment_flood",
            why="The site lets our account comment once in 15 seconds.",
        ),
        Row(
            means=Means.ACCOUNT,
            status={400},
            code="rest_comment_author_data_required",
            why="Our account there has no name or no e-mail address, which the site asks of who comments.",
        ),
        Row(
            means=Means.ACCOUNT,
            status={404},
            code="rest_no_route",
            why="The site does not offer comments by its REST API.",
        ),
        # It stands, or the same words do: in sight, held, or taken for spam.
        Row(means=Means.LOOK, status={409}, code="comment_duplicate", why="The site says that it has this comment."),
        *(Row(means=Means.REFUSED, status={400}, code=code, why=why) for code, why in _REFUSALS.items()),
        Row(means=Means.REFUSED, status={413}, why=_TOO_LONG),
    ),
    read=_read,
    unknown="The site refused it ({status}). {words}",
)
