"""Whom a text would notify, and which links it would show under a false name.

https://docs.slack.dev/messaging/formatting-message-text: in mrkdwn, ``<…>`` with ``@U``, ``!channel``, ``!here``,
``!everyone`` or ``!subteam^S`` notifies, and ``<address|label>`` is a link. A plain_text object knows none of that. The
top-level ``text`` is mrkdwn, also when it is only the notification beside blocks.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_ANGLE = re.compile(r"<([^<>]*)>")
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@\s]*@)?((?:[\w-]+\.)+[a-z]{2,24})(?![\w-])", re.IGNORECASE)
_WIDE = {"channel", "here", "everyone", "group"}


@dataclass(frozen=True)
class Pings:
    """What a message does to people: true when it does anything that hostile text must not do."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    channel_wide: tuple[str, ...] = ()
    false_links: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.groups or self.channel_wide or self.false_links)


def pings(text: str, blocks: Any = ()) -> Pings:
    """Return whom ``text`` and ``blocks`` notify, and their links whose label names another host."""
    users: list[str] = []
    groups: list[str] = []
    wide: list[str] = []
    links: list[tuple[str, str]] = []
    for source in [text, *_parsed_texts(blocks)]:
        for inside in _ANGLE.findall(source):
            target, _, label = inside.partition("|")
            if target.startswith("@"):
                users.append(target[1:])
            elif target.startswith("!subteam^"):
                groups.append(target.removeprefix("!subteam^"))
            elif target.startswith("!") and target[1:].split("^")[0] in _WIDE:
                wide.append(target[1:].split("^")[0])
            elif "://" in target and is_false(target, label):
                links.append((target, label))
    for leaf in _walk(blocks):
        kind = leaf.get("type")
        if kind == "user" and "user_id" in leaf:
            users.append(str(leaf["user_id"]))
        elif kind == "usergroup":
            groups.append(str(leaf.get("usergroup_id")))
        elif kind == "broadcast":
            wide.append(str(leaf.get("range")))
        elif kind == "link" and is_false(str(leaf.get("url", "")), str(leaf.get("text", ""))):
            links.append((str(leaf["url"]), str(leaf["text"])))
        elif kind == "markdown":
            found = _MARKDOWN_LINK.findall(str(leaf.get("text", "")))
            links.extend((url, label) for label, url in found if is_false(url, label))
    return Pings(tuple(users), tuple(groups), tuple(wide), tuple(links))


def is_false(url: str, label: str) -> bool:
    """Return whether the label names a host, and not the one that the link leads to."""
    visible = "".join(letter for letter in label if unicodedata.category(letter) != "Cf")
    named = {_bare(host) for host in _HOST.findall(visible)}
    try:
        real = _bare(urlsplit(url).hostname or "")
    except ValueError:
        return bool(named)
    return bool(named - {real})


def _bare(host: str) -> str:
    return host.casefold().removeprefix("www.")


def _parsed_texts(blocks: Any) -> Iterator[str]:
    for leaf in _walk(blocks):
        if leaf.get("type") in ("mrkdwn", "markdown") and isinstance(leaf.get("text"), str):
            yield leaf["text"]


def _walk(thing: Any) -> Iterator[dict[str, Any]]:
    if isinstance(thing, dict):
        yield thing
        for value in thing.values():
            yield from _walk(value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _walk(value)
