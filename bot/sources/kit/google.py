"""Google's APIs: one way to sign in, and one form in which they say no.

A person signs in once, and the application gets a token to refresh by, which stays until somebody takes it back; while
the project is "in testing" it ends after seven days (https://developers.google.com/identity/protocols/oauth2).

A no is an object (https://google.aip.dev/193) with a status, such as PERMISSION_DENIED, and mostly a reason: in
``details`` of newer APIs, in ``errors`` of older ones. Both count here, as "PERMISSION_DENIED/SERVICE_DISABLED" or
"quotaExceeded". A quota of nothing at all is no rest to wait for: somebody has to ask Google for one.
"""

from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.sign_in import SignIn, Who
from bot.sources.kit.verdicts import Means, Row, Said
from handlers.base.cards import one_line

AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
# Behind the reason of a limit that is nothing at all.
NOTHING = "/0"


def google_sign_in(network: str, token: str, scope: str, who: Who | None = None) -> SignIn:
    """Declare how Google lets an application in; ``token`` is where it sells tokens."""
    return SignIn(
        network=network,
        authorize=AUTHORIZE,
        token=token,
        scopes=(scope,),
        # Without these it gives no token to refresh by, or only the first time.
        more={"access_type": "offline", "prompt": "consent"},
        who=who,
    )


def read_error(answer: Answer) -> Said:
    """Read what a no of Google's says."""
    error = {} if answer.ok else mapping(answer.object.get("error"))
    details = [one for one in objects(error.get("details")) if string(one, "reason")]
    told = next(iter([*details, *objects(error.get("errors"))]), {})
    code = "/".join(filter(None, (string(error, "status"), string(told, "reason"))))
    if mapping(told.get("metadata")).get("quota_limit_value") == "0":
        code += NOTHING
    return Said(code=code, words=one_line(string(error, "message"), 200))


def because(*reasons: str) -> str:
    """Return the expression for codes with one of these reasons, whatever their status."""
    return rf"(?:[A-Z_]+/)?(?:{'|'.join(reasons)})"


def common_rows(api: str) -> tuple[Row, ...]:
    """Return the rows that hold for every API of Google's; ``api`` is its name in the Google Cloud console."""
    return (
        Row(means=Means.EXPIRED, status={401}),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=because("SERVICE_DISABLED", "accessNotConfigured"),
            why=f"The {api} is not enabled in the Google Cloud project of this account: enable it in its library.",
        ),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=because("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"),
            why="The account did not allow what is needed: sign in again, and leave every box ticked.",
        ),
        Row(
            means=Means.AGAIN,
            status={403},
            code=because("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"),
            why="Google asks for a rest: too many requests at once.",
        ),
    )
