"""The desk's settings: it is on when people can reach it, which DIBS_PUBLIC_URL says.

Its table says how people come in and how long they stay: by a proxy that signs them in, and until they leave it unused.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from bot.chat.registry import PlatformSettings
from bot.toml.environment import Environment
from bot.toml.problems import quoted
from bot.toml.table import Table

KEYS = ("proxy_header", "proxies", "idle")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
# What has a meaning of its own, and what anybody writes.
_NO_HEADERS = frozenset(
    ("authorization", "cookie", "host", "origin", "referer", "user-agent", "x-forwarded-for", "x-real-ip", "forwarded")
)
_IDLE = re.compile(r"([0-9]{1,4}) ?(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=14)


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningProxy:
    """A proxy that signs people in: the header in which it says who they are, and where it may be."""

    header: str
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody whom a visitor of the demo may act as."""

    person_id: int
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How people come in.

    Attributes:
        personas: Whom a visitor may act as; the demo alone has some.
        proxy: Who else may say who they are.
        idle: A session that was not used for so long ends.
    """

    personas: tuple[Persona, ...] = ()
    proxy: SigningProxy | None = None
    idle: timedelta | None = None


def read_desk(table: Table, environment: Environment) -> DeskSettings | None:
    """Return the settings when DIBS_PUBLIC_URL is set; None = off."""
    table.only(KEYS)
    settings = DeskSettings(proxy=_proxy(table), idle=_idle(table))
    return settings if environment.get("DIBS_PUBLIC_URL") else None


def _proxy(table: Table) -> SigningProxy | None:
    header, networks = _header(table), _networks(table)
    for key, other in (("proxy_header", "proxies"), ("proxies", "proxy_header")):
        if key in table and not table.values.get(other):
            table.wrong(key, f"counts for nothing without {other}: both say whose word is taken for who people are.")
    return SigningProxy(header=header, networks=networks) if header and networks else None


def _header(table: Table) -> str:
    header = table.text("proxy_header") if "proxy_header" in table else ""
    if header and (not _HEADER.fullmatch(header) or header.lower() in _NO_HEADERS):
        table.wrong("proxy_header", f'{quoted(header)} is no header for this; such as "X-Forwarded-Email".')
        return ""
    return header


def _networks(table: Table) -> tuple[Network, ...]:
    found: list[Network] = []
    for position, one in enumerate(table.texts("proxies")):
        fault = ""
        try:
            network = ip_network(one)
        except ValueError:
            fault = 'is no address such as "127.0.0.1", and no network such as "10.0.3.0/24".'
        else:
            found.append(network)
            fault = "is everybody, and anybody could say to be anybody." if network.prefixlen == 0 else ""
        if fault:
            table.problems.at((*table.path, "proxies", position), f"{table.label} proxies: {quoted(one)} {fault}")
    return tuple(found)


def _idle(table: Table) -> timedelta | None:
    if "idle" not in table:
        return None
    found = _IDLE.fullmatch(table.text("idle"))
    idle = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not _SHORTEST <= idle <= _LONGEST:
        table.wrong("idle", 'is a time such as "8h" or "7d", from 5 minutes to 14 days, when every session ends.')
        return None
    return idle


SETTINGS = PlatformSettings(keys=KEYS, variables=(), read=read_desk)
