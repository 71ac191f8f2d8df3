"""The webhook of Discourse: signed over its raw bytes, and named by nothing that is signed but its body.

So what happened is read from the body alone: whoever replays one under another event's header says nothing new. A body
that is announced as a form is JSON all the same, but what stands between may make it one.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from bot.sources.base import HookRefused
from bot.sources.kit.json import mapping
from bot.sources.kit.signatures import Algorithm, Encoding, HmacRule, verify_hmac

_RULE = HmacRule(
    header="x-discourse-event-signature",
    algorithm=Algorithm.SHA256,
    encoding=Encoding.HEX,
    prefix="sha256=",
    timestamp_header="",
)


def read_delivery(headers: Mapping[str, str], raw: bytes, keys: Sequence[bytes], now: datetime) -> Mapping[str, Any]:
    """Return what a delivery holds, by its kind: "post", "topic", "ping" or what we do not know.

    Raises:
        HookRefused: It is not signed (401), or no JSON object (400).
    """
    if not keys:
        raise HookRefused(401, "No secret is set for this hook.")
    verify_hmac({name.lower(): value for name, value in headers.items()}, raw, keys, now, _RULE)
    try:
        text = raw.decode("utf-8")
        if text.startswith("payload="):
            text = parse_qs(text, max_num_fields=4)["payload"][0]
        told = mapping(json.loads(text))
    except (ValueError, KeyError, RecursionError) as error:
        raise HookRefused(400, "The delivery is not JSON.") from error
    if not told:
        raise HookRefused(400, "The delivery holds nothing.")
    return told
