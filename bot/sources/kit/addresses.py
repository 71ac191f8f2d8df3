"""Addresses that people paste: whether one stands on a network, and what it names there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from bot.sources.kit.html import web_link
from bot.sources.kit.pictures import Hosts, lies_on


@dataclass(frozen=True, slots=True)
class Pasted:
    """The parts of an address; of one that names a field twice, the first."""

    host: str = ""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    fragment: str = ""


def pasted(url: str, hosts: Hosts) -> Pasted:
    """Return the parts of an address on one of ``hosts`` ("site.example", or "*.site.example" for all below it).

    What is no web address, or stands elsewhere, has none.
    """
    link = urlsplit(web_link(url))
    host = link.hostname or ""
    if not lies_on(host, hosts):
        return Pasted()
    try:
        asked = parse_qs(link.query, max_num_fields=100)
    except ValueError:
        asked = {}
    return Pasted(host, link.path, {name: values[0] for name, values in asked.items()}, link.fragment)
