"""Reading the body of an answer with a bound, since 500 KB of gzip may become 500 MB.

We ask for identity; what comes compressed all the same is inflated piece by piece and never past the bound.
"""

import zlib

import httpcore
import httpx

from bot.net.errors import SourceUnavailable


async def read_body(host: str, response: httpcore.Response, headers: httpx.Headers, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes, counted both on the wire and after inflation.

    Raises:
        SourceUnavailable: It is larger, or its compression is broken or one that we had not asked for.
    """
    inflater = _inflater(host, headers.get("content-encoding", ""))
    body, wire = bytearray(), 0
    async for chunk in response.aiter_stream():
        wire += len(chunk)
        try:
            body += inflater.feed(chunk, limit - len(body)) if inflater else chunk
        except zlib.error as error:
            raise SourceUnavailable(f"The compression of the answer of {host} is broken.") from error
        if max(wire, len(body)) > limit:
            raise SourceUnavailable(f"The answer of {host} is larger than {limit // 1024 // 1024} MiB.")
    if inflater and wire and not inflater.complete:
        raise SourceUnavailable(f"The compression of the answer of {host} is broken.")
    return bytes(body)


def _inflater(host: str, encoding: str) -> "_Inflater | None":
    """Choose how to inflate what came compressed although we had asked for identity."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip"):
        return _Inflater(zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Inflater(zlib.MAX_WBITS)
    raise SourceUnavailable(f"{host} sent a compression that we had not asked for.")


class _Inflater:
    """Inflates piece by piece and stops one byte past the room that it is given."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the compressed data came to its end."""
        return self._stream.eof

    def feed(self, data: bytes, room: int) -> bytes:
        """Return what ``data`` inflates to, at most ``room + 1`` bytes: the one too many tells that it is too large."""
        out = bytearray()
        while data and len(out) <= room:
            if self._stream.eof:  # gzip may hold several members
                self._stream = zlib.decompressobj(self._window)
            out += self._decompress(data, room + 1 - len(out))
            data = self._stream.unconsumed_tail or self._stream.unused_data
        return bytes(out)

    def _decompress(self, data: bytes, limit: int) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._stream.decompress(data, limit)
        except zlib.error:
            if begun or self._window != zlib.MAX_WBITS:
                raise
            # Some servers mean raw deflate when they say deflate.
            self._window = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window)
            return self._stream.decompress(data, limit)
