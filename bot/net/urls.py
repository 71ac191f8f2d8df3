"""The parts of a request and of its troubles that fetching and sending share.

Sentences name the host alone: paths and queries often are the credential.
"""

import re
import ssl
from base64 import b64encode
from collections.abc import Mapping

import httpcore
import httpx

from bot.net.errors import SourceError, SourceRefused, SourceUnavailable, Unreached


def parse_url(url: str) -> httpx.URL:
    """Read an address that may be asked.

    Raises:
        SourceRefused: It is no http(s) address of a host.
    """
    try:
        parsed = httpx.URL(url.strip())
        usable = parsed.scheme in ("http", "https") and re.fullmatch(rb"[a-z0-9._:-]+", parsed.raw_host) is not None
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused("This is not a web address that can be fetched.") from error
    if not usable:
        raise SourceRefused("Only http and https addresses are fetched.")
    return parsed


def wire_url(target: httpx.URL) -> httpcore.URL:
    """Return the address as httpcore takes it."""
    return httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path or b"/"
    )


def header_lines(target: httpx.URL, sent: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Write the headers as bytes.

    Raises:
        SourceRefused: One holds what HTTP does not take, as a credential with a stray character does.
    """
    lines = [(b"host", target.netloc), (b"accept-encoding", b"identity")]
    try:
        return lines + [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
    except UnicodeEncodeError as error:
        raise SourceRefused(f"A header for {host_of(target)} holds characters that HTTP does not take.") from error


def without_userinfo(target: httpx.URL) -> str:
    """Return the address without the credentials that may stand in it."""
    return str(target.copy_with(userinfo=b""))


def join_location(base: httpx.URL, location: str) -> str:
    """Resolve a Location header; credentials that it names or inherits are not ours to send."""
    try:
        return str(base.copy_with(userinfo=b"").join(location).copy_with(userinfo=b"", fragment=None))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused(f"{host_of(base)} redirects to something that is not a web address.") from error


def host_of(url: httpx.URL) -> str:
    """Return the host as it may stand in a sentence."""
    return url.raw_host.decode("ascii", "replace")[:100]


def origin_of(url: httpx.URL) -> tuple[str, bytes, int]:
    """Return scheme, host and port: what has to be equal for a credential to be carried along."""
    return url.scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80)


def basic_authorization(url: httpx.URL) -> str:
    """Return the header that the userinfo of an address stands for."""
    return "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")


def unavailable(target: httpx.URL, error: Exception) -> SourceError:
    """Return what an error of the connection means, in a sentence."""
    if error.args and isinstance(error.args[0], ssl.SSLError):  # httpcore wraps what it caught, without a cause
        return SourceUnavailable(f"The certificate or encryption of {host_of(target)} is not valid.")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return Unreached(f"No connection to {host_of(target)}.")
    return SourceUnavailable(f"{host_of(target)} broke off or did not speak HTTP.")
