"""What every part that replies does: see whether a post is still what we know, and keep what was seen for the send."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.sources.kit.json import read_object
from handlers.base.charter import ReplyRules, length
from handlers.base.events import Posted, content_digest
from handlers.base.replying import Alive, Changed, Parent, Published
from handlers.text.urls import canonical_url
from handlers.text.weights import without_links


def reads_as(post: Posted, parent: Parent) -> bool:
    """Say whether a post still reads as we know it; one from before digests were kept is compared by its words."""
    if parent.digest:
        return content_digest(post) == parent.digest
    return words(post.text) == words(parent.text)


def facts_of(parent: Parent | Posted) -> Mapping[str, Any]:
    """Return what its source noted of a post; nothing where it noted nothing."""
    return read_object(parent.facts)


def words(text: str) -> str:
    """Return a text as it compares: however its spaces and lines were set."""
    return " ".join(text.split())


def but_links(text: str) -> str:
    """Return a text as it compares, whatever its network made of its links."""
    return words(without_links(text, "↗"))


def is_known(parent: Parent, external_id: str, url: str) -> bool:
    """Say whether a reply of ours that stands there is one that we know of, by its name or by its address."""
    return external_id in parent.ours or (bool(url) and canonical_url(url) in parent.ours)


def edited(parent: Parent, now: Posted, context: str, what: str = "The author edited it.") -> Changed | None:
    """Return that a post reads differently ``now``; None where it reads as we know it."""
    return None if reads_as(now, parent) else Changed(what, context, now)


def unless_answered(
    parent: Parent, ours: Iterable[tuple[str, str]], context: str, who: str = "Our account"
) -> Alive | Changed:
    """Return that one of ``ours``, our answers by name and address, is none that we know of; else that all is well."""
    for name, url in ours:
        if not is_known(parent, name, url):
            return Changed(f"{who} answered it already: {url}", context)
    return Alive(context)


def named(external_id: str, url: str, *, held: bool = False) -> Published | None:
    """Return that a reply stands there by this name, or is held; None where it was given none."""
    return Published(external_id, url, held=held) if external_id else None


def fitting(text: str, rules: ReplyRules, taker: str) -> str:
    """Return a reply without the blanks around it.

    Raises:
        ValueError: It is longer than ``taker`` takes.
    """
    text = text.strip()
    if (count := length(text, rules)) > rules.limit:
        raise ValueError(f"It has {count:,} {rules.unit}, and {taker} takes {rules.limit:,}.")
    return text


def read_context(context: str, *names: str) -> Mapping[str, Any]:
    """Return what ``check`` saw, as ``prepare`` is given it.

    Raises:
        ValueError: It is not what this version writes; the post has to be looked at again.
    """
    try:
        seen = json.loads(context)
    except ValueError:
        seen = None
    if not isinstance(seen, dict) or not set(names) <= seen.keys():
        raise ValueError("The post has to be looked at again before it is answered.")
    return seen
