"""What Lemmy says to a comment: a status, and a word of its own in ``error`` (lemmy: crates/utils/src/error.rs).

Almost every no is a 400. Some come after the comment was made, because a step behind it failed
(``couldnt_like_comment``, ``couldnt_update_replies``): so a word that no row holds is looked up.

A session that has ended is no error to most requests: they are answered as anybody's are. The one that asks who we are
(``GET /site`` in version 3, ``/account`` in 4) tells, so it comes before every look.
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

MAX_CHARACTERS = 10_000
NOBODY = "nobody"

_GONE = {
    "locked|post_is_locked": "The post was locked: nobody may answer any more.",
    "deleted|removed": "The post was deleted, or its moderators removed it.",
    "max_comment_depth_reached": "Nobody may answer there any more: the talk is too deep.",
    "banned_from_community|person_is_banned_from_community": "Our account is banned from the community.",
    "person_is_blocked": "The author has blocked our account, or we have blocked them.",
    "community_is_blocked|instance_is_blocked": "Our account has blocked the community, or where it lives.",
}
_ACCOUNT = {
    "site_ban|banned|person_is_banned_from_site": "Our account is banned there.",
    "email_not_verified": "Our account there has not confirmed its mail address yet.",
    "registration_application_is_pending": "The instance has not let our account in yet.",
}
_REFUSALS = {
    "invalid_body_field": f"It is longer than the {MAX_CHARACTERS:,} characters that Lemmy takes, or empty.",
    "language_not_allowed": "The community does not take replies in this language.",
    "slurs": "A word in it is not allowed on this instance.",
    "blocked_url": "An address in it is not allowed on this instance.",
}
_NOT_THERE = r"not_found|couldnt_find_\w+|couldnt_get_\w+|object_is_not_public|no_results_found"


def verdicts(home: str, *, knows_us: bool = True) -> Verdicts:
    """Return what the answers of an instance mean, where it ``knows_us`` or where anybody asks."""
    return Verdicts(
        rows=(
            Row(means=Means.EXPIRED, status={401}),
            Row(means=Means.EXPIRED, status={400}, code="not_logged_in|incorrect_login"),
            *([Row(means=Means.EXPIRED, status={200}, code=NOBODY)] if knows_us else []),
            Row(means=Means.AGAIN, status={400}, code="rate_limit_error", why=f"{home} asks for a rest."),
            Row(means=Means.PARENT_GONE, status={400, 404}, code=_NOT_THERE, why="It is not there any more."),
            *(Row(means=Means.PARENT_GONE, status={400, 403}, code=code, why=why) for code, why in _GONE.items()),
            *(Row(means=Means.ACCOUNT, status={400, 403}, code=code, why=why) for code, why in _ACCOUNT.items()),
            *(Row(means=Means.REFUSED, status={400}, code=code, why=why) for code, why in _REFUSALS.items()),
        ),
        read=read,
        unknown=f"{home} refused it ({{status}}). {{words}}",
    )


def at_login(home: str) -> Verdicts:
    """Return what an instance answers to a login that gave no session."""
    return Verdicts(
        rows=(
            Row(
                means=Means.ACCOUNT,
                code="missing_totp_token|incorrect_totp_token",
                why=f"{home} wants a second factor of our account, which Dibs has not: switch it off there for this "
                "account, or take one without it.",
            ),
            Row(means=Means.AGAIN, code="rate_limit_error", why=f"{home} does not let us in now."),
            Row(means=Means.ACCOUNT, why=f"{home} does not let our account in. {{words}}"),
        ),
        read=read,
        unknown="",
    )


def read(answer: Answer) -> Said:
    """Read what an answer says: its word, and that it was answered to nobody where it should know us."""
    told = answer.object
    if answer.ok:
        # Version 3 tells who we are beside the site; of a session that has ended it tells nothing.
        return Said(code=NOBODY if "site_view" in told and not told.get("my_user") else "")
    code = one_line(string(told, "error"), 60)
    return Said(code=code, words=" ".join(filter(None, (code, one_line(string(told, "message"), 140)))))
