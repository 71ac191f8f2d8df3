"""The headers that every answer of ours wears, whoever it is for: a page, a platform, or who knocked by mistake.

None says what we are made of, and whoever asks at a bad moment is told when to come again. What is to be kept for
longer says so itself, and so does what may do less than a page.
"""

from aiohttp import hdrs, web

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# For what is no page: whoever opens it by itself gets something that can do nothing.
INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
_CSP = "Content-Security-Policy"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that, browsers send "Origin: null" with our own forms. Nobody else learns anything.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    hdrs.SERVER: "Dibs",
}


async def dress_answer(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Put them on, as an application's ``on_response_prepare``."""
    dress(response)


def dress(response: web.StreamResponse) -> None:
    """Put them on."""
    response.headers.update(HEADERS)
    response.headers.setdefault(_CSP, POLICY)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    if response.status == 503:
        response.headers.setdefault(hdrs.RETRY_AFTER, "5")
