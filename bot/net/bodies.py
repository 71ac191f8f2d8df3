"""Reading the body of an answer with a bound, since 500 KB of gzip may become 500 MB.

We ask for identity; what comes compressed all the same is inflated piece by piece and never past the bound.
"""

import re
import zlib

import httpcore
import httpx

from bot.net.errors import SourceUnavailable, TooLarge

# What servers write there that is the name of no compression: the encoding of the letters, or the kind of document.
_NO_COMPRESSION = re.compile(
    r"|identity|none|null|no|off|false|default|plain|text|binary|[78]bit|aws-chunked|chunked"
    r"|(?:charset=)?[\"']?(?:utf-?(?:8|16)|us-ascii|ascii|iso-8859-\d+|windows-125\d|latin-?1|unicode)[\"']?|[\w.+-]+/[\w.+-]+"
)


async def read_body(host: str, response: httpcore.Response, headers: httpx.Headers, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes, counted both on the wire and after inflation.

    Raises:
        TooLarge: It is larger.
        SourceUnavailable: Its compression is broken, or one that we had not asked for.
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
            raise TooLarge(f"The answer of {host} is larger than {limit // 1024 // 1024} MiB.")
    if inflater and wire and not inflater.complete:
        raise SourceUnavailable(f"The compression of the answer of {host} is broken.")
    return bytes(body)


def _inflater(host: str, encoding: str) -> "_Inflater | None":
    """Choose how to inflate what came compressed although we had asked for identity."""
    names = [name for one in encoding.lower().split(",") if not _NO_COMPRESSION.fullmatch(name := one.strip())]
    if not names:
        return None
    if names in (["gzip"], ["x-gzip"]):
        return _Inflater(zlib.MAX_WBITS | 16)
    if names == ["deflate"]:
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
