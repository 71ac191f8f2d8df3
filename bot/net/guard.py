"""Which addresses the bot may fetch from, and a way to connect that cannot be talked out of it.

A host name is resolved by us, every answer is judged, and the connection goes to exactly the address that was
judged, so a name server that answers differently the second time (DNS rebinding) gains nothing. Host header, SNI and
certificate check still use the name, because only the socket is ours; the rest is httpcore's.

The ranges are written out here, since ``ipaddress`` differs in its judgement between patch releases of Python 3.11.
https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpcore

from bot.net.errors import SourceRefused, Unreached

Resolver = Callable[[str, int], Awaitable[list[str]]]
Judge = Callable[[str], bool]

_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MAX_ADDRESSES = 8


def is_public(address: str) -> bool:
    """Say whether ``address`` is one that the whole internet reaches.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged by what it embeds; 6to4 and Teredo are refused.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        embedded = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if embedded is None:
            return ip in _OPEN_V6 and not any(ip in network for network in _CLOSED_V6)
        ip = embedded
    return not any(ip in network for network in _CLOSED_V4)


async def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of ``host`` as the system's resolver tells them, in its order."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects by address only, after every address of the host was judged."""

    def __init__(self, resolve: Resolver, judge: Judge) -> None:
        """Take who resolves a name, and who says whether an address may be connected to."""
        self._resolve = resolve
        self._judge = judge
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to the first judged address that answers.

        Raises:
            SourceRefused: One of the host's addresses is not public.
            Unreached: The host has no address.
        """
        addresses = await self._judged(host, port)
        for address in addresses[:-1]:
            try:
                # Each gets its share of the time, so that one dead address does not hide a living one.
                return await self._sockets.connect_tcp(address, port, 4.0, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = (await self._resolve(host, port))[:_MAX_ADDRESSES]
        except (OSError, UnicodeError) as error:
            raise Unreached(f"The name {host[:100]} could not be resolved.") from error
        if not addresses:
            raise Unreached(f"The name {host[:100]} has no address.")
        if not all(self._judge(address) for address in addresses):
            raise SourceRefused(
                f"{host[:100]} is not a public address; allow_private = true on the source permits an intranet."
            )
        return addresses
