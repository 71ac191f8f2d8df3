"""Pictures: which addresses of pictures that strangers name may stand on a card.

Slack and Teams fetch what stands there through proxies of their own, and the desk through our guarded client: so who
names an address chooses whom these ask. Therefore an address counts only where it is https on the scheme's own port,
without a name or password before its host, and on a host that the kind of source allows: where the network keeps the
files that people upload there, and what the operator adds as ``picture_hosts``. Anything else is no picture: a face is
left out, and what a post shows is named in words, as is whatever is marked as sensitive.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from bot.sources.kit.html import SIGNS, read_tag, web_link
from bot.sources.kit.options import OptionError
from handlers.base.media import MOST_ALT, Media, MediaKind
from handlers.text.addresses import read_web_address
from handlers.text.bounds import clip

# "files.example" is that host alone, "*.files.example" every host below it.
Hosts = tuple[str, ...]

# What Slack takes (https://docs.slack.dev/reference/block-kit/blocks/image-block).
LONGEST = 3_000
# No name before the host, and nothing inside it that a browser would leave out.
_PLAIN = re.compile(r"https://[^/?#\\@\s]+(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\s([^<>]{0,8000})>", re.IGNORECASE)
# A film, or what stands in its place until it is played (Discourse).
_FILM = re.compile(r"<video\b|\bvideo-placeholder-container\b", re.IGNORECASE)
# Pictures that nobody put there, and those that are read as a sign: Discourse, Khoros.
_DECOR = SIGNS | {"avatar", "site-icon", "emoticon"}
_NAMED = re.compile(r"(?:[a-z0-9_-]+\.)+(?=[0-9-]*[a-z])[a-z0-9-]+")


def picture(address: str, hosts: Hosts) -> str:
    """Return the address of a picture as a browser opens it, where it lies on one of ``hosts``; else nothing."""
    address = address.strip()
    if not hosts or len(address) > LONGEST or not _PLAIN.fullmatch(address):
        return ""
    read = read_web_address(address)
    if read is None or read.port is not None or not lies_on(read.host, hosts):
        return ""
    return read.href if len(read.href) <= LONGEST else ""


def media(kind: MediaKind, address: str = "", *, alt: str = "", hosts: Hosts = (), hidden: bool = False) -> Media:
    """Build what a post shows with every field within its bound.

    Args:
        kind: What it is.
        address: Where it lies; of a video its still.
        alt: What it shows, as its author says.
        hosts: Where pictures of this source may lie.
        hidden: It is marked as sensitive, and never shown.
    """
    may_be_shown = kind != MediaKind.OTHER and not hidden
    return Media(
        kind=kind,
        url=picture(address, hosts) if may_be_shown else "",
        alt=clip(" ".join(clip(alt, 4 * MOST_ALT).split()), MOST_ALT),
        hidden=hidden,
    )


def each(kind: MediaKind, addresses: Iterable[str], hosts: Hosts) -> list[Media]:
    """Return what a post shows, of one kind: what lies at each of these addresses, of which empty ones are none."""
    return [media(kind, one, hosts=hosts) for one in addresses if one]


def in_markup(markup: str, base: str, hosts: Hosts, *, hidden: bool = False) -> Iterator[Media]:
    """Yield what a piece of HTML shows: its pictures in order, but for signs, faces and icons, and then its films.

    Args:
        markup: The HTML.
        base: From where its addresses are read.
        hosts: Where pictures of this source may lie.
        hidden: It is marked as sensitive.
    """
    for image in (read_tag(found[1]) for found in _IMAGE.finditer(markup)):
        if not image.classes & _DECOR:
            source = web_link(image.get("src"), base)
            yield media(MediaKind.PICTURE, source, alt=image.get("alt"), hosts=hosts, hidden=hidden)
    for _ in _FILM.finditer(markup):
        yield media(MediaKind.VIDEO, hidden=hidden)


def hosts_of(host: str) -> Hosts:
    """Return a host and those below it, as a server keeps its files; nothing for what is no name with a dot."""
    return (host, f"*.{host}") if _NAMED.fullmatch(host) else ()


def check_hosts(key: str, hosts: Hosts) -> None:
    """See that an option is a list of hosts.

    Raises:
        OptionError: One of them is none; addresses of four numbers and hosts without a dot are none.
    """
    if not all(_NAMED.fullmatch(host.removeprefix("*.")) for host in hosts):
        raise OptionError(key, 'is a list of hosts, such as "files.acme.example" or "*.acme.example".')


PictureHosts = Annotated[Hosts, check_hosts]


def lies_on(host: str, hosts: Hosts) -> bool:
    """Say whether a host, in lower case, is one of ``hosts``, or below one that begins with a star."""
    return host in hosts or any(one.startswith("*.") and host.endswith(one[1:]) for one in hosts)
