"""Sign-in by a proxy: one that asks people who they are says so in a header, and we believe it and nobody else.

Whose word it is tells the address of the connection itself, and never a header such as X-Forwarded-For, which anybody
can write. A header that comes from elsewhere means that somebody tries to be somebody, or that a proxy is not listed;
in both cases a sentence is better than silence.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from bot.chat.desk.settings import SigningProxy
from handlers.base.errors import WrongInput
from handlers.people.operators import read_address

_LONGEST = 320
_STRANGER = (
    "This request says who you are, and comes from an address that may not say so. The proxy that signs people in is "
    "to be listed in proxies, in the [desk] table of dibs.toml."
)
_UNREADABLE = "The proxy that signs you in does not say plainly who you are. Its administrator can mend that."


class NotBelieved(Exception):
    """What a header says counts for nothing; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def email_of(request: web.Request, proxy: SigningProxy) -> str | None:
    """Return the e-mail address of who comes, or None where no proxy says anything.

    Raises:
        NotBelieved: It is said by a stranger, or not plainly.
    """
    told = request.headers.getall(proxy.header, [])
    if not told:
        return None
    if not _is_listed(_peer(request), proxy):
        raise NotBelieved(_STRANGER)
    if len(told) > 1 or "," in told[0] or len(told[0]) > _LONGEST:
        raise NotBelieved(_UNREADABLE)
    try:
        return read_address(told[0])
    except WrongInput:
        raise NotBelieved(_UNREADABLE) from None


def _is_listed(peer: str, proxy: SigningProxy) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in proxy.networks)


def _peer(request: web.Request) -> str:
    found = request.transport.get_extra_info("peername") if request.transport else None
    return str(found[0]) if isinstance(found, tuple) and found else ""
