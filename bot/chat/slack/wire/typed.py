"""Typed: what people typed in Slack, with its own tokens turned into neutral ones, and the links of its messages."""

import re
from urllib.parse import parse_qs

from bot.chat.slack.draw.markup import unescape
from bot.chat.slack.wire.payloads import TIMESTAMP
from handlers.base.command import ByCard, Reference

_PERMALINK = re.compile(
    r"https://([a-z0-9.-]+)/archives/([CGD][A-Z0-9]{2,20})/p([0-9]{10})([0-9]{6})(?:\?([^#]*))?(?:#.*)?", re.ASCII
)
_ANGLE = re.compile(r"<([^<>]{1,2000})>")


def neutral(text: str, team: str) -> tuple[str, list[str]]:
    """Turn Slack's own tokens in typed text into neutral ones; returns the accounts that it names, too.

    ``<@U1|ana>`` becomes ``slack:T1:U1``, ``<#C1|name>`` ``#C1``, ``<https://…|…>`` the bare address.
    """
    accounts: list[str] = []

    def plain(found: re.Match[str]) -> str:
        target = found[1].partition("|")[0]
        if target.startswith("@"):
            accounts.append(target[1:])
            return f"slack:{team}:{target[1:]}"
        return target.removeprefix("mailto:")

    return unescape(_ANGLE.sub(plain, text)), accounts


def read_permalink(url: str, team_url: str) -> Reference | None:
    """Return the card that a permalink of this workspace points to, or in whose thread its message stands, or None."""
    found = _PERMALINK.fullmatch(url)
    if not found or (team_url and not team_url.startswith(f"https://{found[1]}/")):
        return None
    thread = parse_qs(found[5] or "").get("thread_ts", [""])[0]
    return ByCard("slack", found[2], thread if TIMESTAMP.fullmatch(thread) else f"{found[3]}.{found[4]}")
