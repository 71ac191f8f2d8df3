"""What the lexicon of a post demands, by https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky."""

import json
import re
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from handlers.text.graphemes import graphemes

COLLECTION = "app.bsky.feed.post"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_FEATURES = {"app.bsky.richtext.facet#link": "uri", "app.bsky.richtext.facet#tag": "tag"}


class InvalidRecord(Exception):
    """A record is not as the lexicon has it."""


def tid(moment: datetime, clock: int) -> str:
    """Make a record key as clients do."""
    number = (int(moment.timestamp() * 1_000_000) << 10) | clock % 1_024
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def cid_of(record: dict[str, Any]) -> str:
    """Name a record by its content, as the network does."""
    digest = sha256(json.dumps(record, sort_keys=True).encode()).digest()
    return "bafyrei" + b32encode(digest).decode().lower().rstrip("=")


def validate(record: Any) -> None:
    """Raise InvalidRecord unless ``record`` is a post."""
    if not isinstance(record, dict) or record.get("$type") != COLLECTION:
        raise InvalidRecord("Record/$type must be app.bsky.feed.post")
    text = record.get("text")
    if not isinstance(text, str):
        raise InvalidRecord('Record must have the property "text"')
    if graphemes(text) > 300 or len(text.encode()) > 3_000:
        raise InvalidRecord("Record/text must not be longer than 300 graphemes")
    try:
        datetime.fromisoformat(record["createdAt"])
    except (KeyError, ValueError) as error:
        raise InvalidRecord("Record/createdAt must be an valid atproto datetime") from error
    for facet in record.get("facets", []):
        _validate_facet(facet, text.encode())
    if "reply" in record:
        for name in ("root", "parent"):
            reference = record["reply"].get(name, {})
            if not str(reference.get("uri", "")).startswith("at://") or not reference.get("cid"):
                raise InvalidRecord(f"Record/reply/{name} must have uri and cid")


def _validate_facet(facet: Any, text: bytes) -> None:
    start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
    if not 0 <= start < end <= len(text):
        raise InvalidRecord("Record/facets/0/index out of range")
    try:
        text[start:end].decode()
    except UnicodeDecodeError as error:
        raise InvalidRecord("Record/facets/0/index parts a character") from error
    for feature in facet["features"]:
        name = _FEATURES.get(feature["$type"])
        if name is None or not isinstance(feature.get(name), str) or not feature[name]:
            raise InvalidRecord("Record/facets/0/features/0 is not valid")
