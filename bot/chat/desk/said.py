"""Said: the answer to a press, which waits in a cookie for the next page, and is said there once.

It is signed, so that nobody else can put words into our mouth, or a button beside them.
"""

import base64
import binascii
import hmac
import json
from dataclasses import asdict

from bot.chat.desk.access import sign
from handlers.base.cards import Button, Rank
from handlers.base.command import Answer

_MOST = 600


def seal(token: str, answer: Answer) -> str:
    """Write an answer for this session's cookie: its text, whether it is a refusal, and what may be done next."""
    offer = asdict(answer.offer) if answer.offer is not None else None
    raw = base64.urlsafe_b64encode(json.dumps([answer.text[:_MOST], answer.ok, offer]).encode()).decode()
    return f"{raw}.{sign(token, raw)}"


def unseal(token: str, value: str) -> Answer | None:
    """Read an answer that waited; None where there is none, or where it is not ours."""
    raw, _, signature = value.partition(".")
    if not raw or not hmac.compare_digest(signature.encode(), sign(token, raw).encode()):
        return None
    try:
        text, ok, offer = json.loads(base64.urlsafe_b64decode(raw))
        button = Button(**{**offer, "rank": Rank(offer["rank"])}) if offer else None
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None
    return Answer(text=str(text), ok=bool(ok), offer=button)
