"""Handshakes: how a network makes sure that a hook is ours, before it sends anything there, and ever again.

Each asks by GET and gives little time: X ten seconds, LinkedIn three. So these are pure. What comes back is bounded,
and plain text or JSON: whatever a stranger writes into an address is drawn by no browser as a page.
"""

import base64
import hmac
import json
from collections.abc import Mapping

from bot.sources.base import Greeting, HookRefused

_LONGEST = 1_000


def echo(query: Mapping[str, str], verify_token: str) -> Greeting | None:
    """Give a challenge back to whoever knows the token that was agreed (Meta, WebSub)."""
    asked = _asked(query, "hub.challenge")
    if asked is None:
        return None
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    if not verify_token or not hmac.compare_digest(given, verify_token.encode()):
        raise HookRefused(403, "The verify token is not the one that was agreed.")
    return Greeting(asked)


def crc(query: Mapping[str, str], secret: str) -> Greeting | None:
    """Prove that we know the consumer's secret (X: a challenge-response check)."""
    asked = _asked(query, "crc_token")
    if asked is None:
        return None
    digest = base64.b64encode(hmac.digest(secret.encode(), asked.encode(), "sha256")).decode()
    return _told({"response_token": f"sha256={digest}"})


def challenge(query: Mapping[str, str], secret: str) -> Greeting | None:
    """Prove that we know the client's secret (LinkedIn)."""
    asked = _asked(query, "challengeCode")
    if asked is None:
        return None
    response = hmac.digest(secret.encode(), asked.encode(), "sha256").hex()
    return _told({"challengeCode": asked, "challengeResponse": response})


def _asked(query: Mapping[str, str], name: str) -> str | None:
    asked = query.get(name)
    if asked is not None and not (0 < len(asked) <= _LONGEST and asked.isascii() and asked.isprintable()):
        raise HookRefused(400, f"What {name} holds is no challenge.")
    return asked


def _told(answer: Mapping[str, str]) -> Greeting:
    return Greeting(json.dumps(answer), "application/json")
