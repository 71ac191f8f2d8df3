"""Reading the body of what others send to us, bounded in size and time, for every door that we have.

What says itself that it is too large is turned away before a byte of it is read. A door keeps its own words: it
catches ``BodyRefused``, whose status is 415, 413, 408 or 400, and answers as those who knock there expect.
"""

import asyncio

from aiohttp import hdrs, web

LARGEST = 1024 * 1024
SECONDS = 10.0
_PART = 65_536


class BodyRefused(Exception):
    """A body is compressed (415), too large (413), too slow (408) or broken (400)."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def is_compressed(request: web.BaseRequest) -> bool:
    """Say whether a body says that it has to be inflated, which none is: no caller of ours compresses a request."""
    return request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower() not in ("", "identity")


def check_head(request: web.Request, largest: int = LARGEST) -> None:
    """Look at what a request says of its own body.

    Raises:
        BodyRefused: It is compressed, or too large.
    """
    if is_compressed(request):
        raise BodyRefused(415)
    if request.content_length is not None and request.content_length > largest:
        raise BodyRefused(413)


async def read_request(request: web.Request, largest: int = LARGEST, seconds: float = SECONDS) -> bytes:
    """Return the whole body.

    Raises:
        BodyRefused: There is none to be had within these bounds.
    """
    check_head(request, largest)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_chunked(_PART):
                body += part
                if len(body) > largest:
                    raise BodyRefused(413)
    except TimeoutError:
        raise BodyRefused(408) from None
    except (web.HTTPException, web.RequestPayloadError, ValueError, OSError):
        raise BodyRefused(400) from None
    return bytes(body)
