"""What the entries of one document are called in it; ``handlers.listen.entries`` has the table, and the reasons.

An entry with a guid of its own is called by it. One without is called by link and title; where its link carries what
looks like a token, or where several share link and title, by the rest of the link with title, text and date.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.sources.kit.build import stable_id
from handlers.base.events import Entry
from handlers.listen.entries import TOLD
from handlers.text.redirects import is_address
from handlers.text.urls import canonical_url

# What programs write where an entry has no guid.
_SAYS_NOTHING = frozenset(
    {"", "-", "--", "?", "n/a", "n.a.", "na", "nan", "nil", "null", "none", "no", "undefined", "unknown", "tbd"}
    | {"guid", "id", "false", "true", "(null)", "<null>", "[object object]", "00000000-0000-0000-0000-000000000000"}
)
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])|[0-9]{11,}|.{65,}", re.DOTALL)
_ADDRESS = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
# By what the version before named an entry that had neither guid nor link nor title.
_FORMERLY = ("id", "title", "text", "url", "author", "author_url", "published", "lang", "links")

Raw = dict[str, Any]


def name_entries(entries: Sequence[Raw]) -> list[tuple[str, Entry]]:
    """Return the external id of each entry, and what else it may be called."""
    shared = _shared([(_form(entry["id"]), canonical_url(entry["url"]) or _link_and_title(entry)) for entry in entries])
    sure = [_form(entry["id"]) not in shared and _says_something(entry["id"]) for entry in entries]
    ways = [_without_guid(entry, guid_is_sure=is_sure) for entry, is_sure in zip(entries, sure, strict=True)]
    vague = _shared([(name, _all(entry)) for entry, names in zip(entries, ways, strict=True) for name in names])
    return [
        _name(entry, [name for name in names if name not in vague] or [_all(entry)], guid_is_sure=is_sure)
        for entry, names, is_sure in zip(entries, ways, sure, strict=True)
    ]


def _name(entry: Raw, names: Sequence[str], *, guid_is_sure: bool) -> tuple[str, Entry]:
    guid = stable_id(entry["id"])
    named = guid_is_sure and not _repeats_link(entry)
    external_id = guid if named else names[0]
    also = [guid, *_other_forms(guid)] if guid_is_sure else []
    if not guid:
        also += [stable_id(entry["former"]) or _formerly(entry)]
    return external_id, Entry(named=named, also=tuple(one for one in dict.fromkeys(also) if one and one != external_id))


def _without_guid(entry: Raw, *, guid_is_sure: bool) -> list[str]:
    """Return what an entry is called where no guid of its own names it, the best first."""
    rest, is_told_by_token = _without_token(entry["url"])
    told = _told(rest, entry["title"], entry["text"], entry["published"])
    link = stable_id(entry["id"]) if guid_is_sure and _repeats_link(entry) else stable_id(_link_and_title(entry))
    return [name for name in ([told, link] if is_told_by_token else [link]) if name]


def _shared(borne: Iterable[tuple[str, str]]) -> set[str]:
    """Return the names that several different entries bear."""
    return {name for name, number in Counter(name for name, _ in set(borne)).items() if number > 1}


def _says_something(guid: str) -> bool:
    return guid.strip().casefold() not in _SAYS_NOTHING


def _form(guid: str) -> str:
    return _ADDRESS.sub("https://", guid.strip())


def _other_forms(guid: str) -> list[str]:
    """Return a guid that is an address under the other scheme, and with or without "www."."""
    address = _ADDRESS.match(guid)
    rest = guid[address.end() :] if address else ""
    return [f"{scheme}://{www}{rest}" for scheme in ("https", "http") for www in ("", "www.")] if rest else []


def _repeats_link(entry: Raw) -> bool:
    guid, url = entry["id"].strip(), entry["url"]
    return guid == url or (is_address(guid) and canonical_url(guid) == canonical_url(url) != "")


def _link_and_title(entry: Raw) -> str:
    return f"{entry['url']} {entry['title']}".strip()


def _all(entry: Raw) -> str:
    if _link_and_title(entry):
        return _told(entry["url"], entry["title"], entry["text"])
    return _told(entry["text"], entry["published"], entry["author"])


def _told(*parts: object) -> str:
    return TOLD + sha256(json.dumps(parts).encode()).hexdigest()


def _formerly(entry: Raw) -> str:
    return (
        "sha256:" + sha256(json.dumps({name: entry[name] for name in _FORMERLY}, sort_keys=True).encode()).hexdigest()
    )


def _without_token(url: str) -> tuple[str, bool]:
    """Return a link without what may change at every look, and whether there was any: a token, or a redirect."""
    page, _, query = canonical_url(url).partition("?")
    fields = parse_qsl(query, keep_blank_values=True)
    inner = next((value for _, value in fields if is_address(value)), "")
    if inner:
        return inner, True
    kept = [(name, value) for name, value in fields if not _TOKEN.match(value)]
    return f"{page}?{urlencode(kept)}", len(kept) < len(fields)
