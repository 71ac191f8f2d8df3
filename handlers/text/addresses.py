"""Web addresses as a browser opens them, by the URL Standard of the WHATWG (https://url.spec.whatwg.org/).

Where an address of a stranger leads is what a browser makes of it, and browsers read much otherwise than RFC 3986 and
the libraries that follow it: a backslash is a slash, ``0x7f.1`` is a host, a full-width dot is a dot. So an address is
taken apart by the browsers' rules, and written anew: host and port in their one form, everything else in ASCII, each
sign that may end an address somewhere percent-encoded. What comes out every parser reads alike, and the host that is
named beside a link is the one that it opens.

What browsers open and others read differently (backslashes before the query, no or more than two slashes), what they
refuse, what holds control characters, lone surrogates or angle brackets (a piece of markup), and what has a host that
no look-up could find, is no address. Names and passwords before the host are left out: they show nothing of the page.
Of international names those are taken that the registries' rules (IDNA 2008) know, too.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

import idna

PORTS = {"http": 80, "https": 443}
LONGEST = 8_192
_PARTS = re.compile(r"(https?)://(?![/\\])([^/\\?#]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_AROUND = " \t\n\r\f"
_BREAKS = str.maketrans("", "", "\t\n\r")
_NEVER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff<>]")
_HOST = re.compile(r"[a-z0-9_.-]+")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_NUMBERS = (
    (re.compile(r"0x([0-9a-f]{0,40})"), 16),
    (re.compile(r"0([0-7]{0,40})"), 8),
    (re.compile(r"([1-9][0-9]{0,40})", re.ASCII), 10),
)
_PORT = re.compile(r"[0-9]{0,8}", re.ASCII)
_ZEROS = re.compile(r"(?:^|:)0(?::0)+(?=:|$)")
# Signs that browsers leave as they are, and of which none ends an address in any markup.
_SAFE_PATH = "/%~!$&()*+,;=:@-._[]"
_SAFE_QUERY = _SAFE_PATH + "?"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http(s) address that was taken apart.

    Attributes:
        host: As a browser shows it in ASCII; an IPv6 address in brackets.
        port: None where it is the scheme's own.
        rest: Path, query and fragment, percent-encoded.
    """

    scheme: str
    host: str
    port: int | None
    rest: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, as browsers send them in ``Origin``."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Host and port, as browsers send them in ``Host``."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def href(self) -> str:
        """The address to open, in ASCII."""
        return self.origin + self.rest


def read_web_address(text: str) -> WebAddress | None:
    """Take an address apart as a browser does; None where it is no http(s) address that all read alike."""
    if len(text) > LONGEST:
        return None
    plain = text.strip(_AROUND).translate(_BREAKS)
    found = _PARTS.fullmatch(plain)
    if found is None or _NEVER.search(plain) or "\\" in (found[3] or ""):
        return None
    scheme = found[1].lower()
    host, port = _host_and_port(found[2].rpartition("@")[2])
    if not host or not _PORT.fullmatch(port) or int(port or 0) > 65_535:
        return None
    number = int(port) if port and int(port) != PORTS[scheme] else None
    rest = quote(found[3] or "/", safe=_SAFE_PATH) + _encoded(found[4]) + _encoded(found[5])
    return WebAddress(scheme, host, number, rest)


def _encoded(part: str | None) -> str:
    return part[0] + quote(part[1:], safe=_SAFE_QUERY) if part else ""


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        inner, closed, after = authority[1:].partition("]")
        return (_ipv6(inner), after[1:]) if closed and after[:1] in ("", ":") else ("", "")
    host, _, port = authority.partition(":")
    return _domain(host), port


def _ipv6(inner: str) -> str:
    """Write an IPv6 address in its shortest form, which is the same as RFC 5952 has but for addresses of IPv4."""
    try:
        pieces = ipaddress.IPv6Address("" if "%" in inner else inner).exploded.split(":")
    except ValueError:
        return ""
    written = ":".join(f"{int(piece, 16):x}" for piece in pieces)
    longest = max((run[0] for run in _ZEROS.finditer(written)), key=len, default="")
    if longest:
        before, _, after = written.partition(longest)
        written = f"{before}::{after.removeprefix(':')}"
    return f"[{written}]"


def _domain(host: str) -> str:
    """Return a domain in ASCII, or an IPv4 address in its one form; empty where a browser refuses it."""
    try:
        named = host if "%" not in host else unquote_to_bytes(host).decode()
        mapped = idna.uts46_remap(named, std3_rules=False)
        labels = [_label(one) for one in mapped.split(".")]
    except (UnicodeError, ValueError):  # IDNAError is a UnicodeError
        return ""
    domain = ".".join(labels)
    if "" in labels[:-1] or not _HOST.fullmatch(domain):
        return ""
    last = labels[-1] or (labels[-2] if len(labels) > 1 else "")
    return _ipv4(domain) if _NUMBER.fullmatch(last) else domain


def _label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode()


def _ipv4(domain: str) -> str:
    """Read an IPv4 address of up to four decimal, octal or hexadecimal numbers; the last fills what is left."""
    parts = domain.removesuffix(".").split(".")
    if len(parts) > 4:
        return ""
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return ""
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return ""
    whole = numbers[-1] + sum(number * 256 ** (3 - place) for place, number in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(whole))


def _number(part: str) -> int:
    for written, base in _NUMBERS:
        if found := written.fullmatch(part):
            return int(found[1] or "0", base)
    raise ValueError(part)
