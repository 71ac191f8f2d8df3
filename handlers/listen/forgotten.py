"""Forgotten: what of a batch must not be stored, because it was removed on request, or follows what was.

It is told by keyed hashes: the post itself, whatever its author writes, its page wherever else that is shown, what the
author of a forgotten mention writes below it, and what we say there. It is counted, and nothing else becomes of it.
"""

from collections.abc import Mapping, Sequence

from handlers.base.events import Posted
from handlers.base.organisation import SourceRules
from handlers.listen.arrival import author_key
from handlers.listen.follow_ups import is_ours
from storage.engine.database import Session
from storage.listen import forgotten
from storage.listen.forgotten import Thing
from storage.listen.posts import BLANK


def answer_by(source: str, reply_to: str, author: str) -> Thing:
    """Return by what it is known that somebody answers a post, or nothing where that cannot be known."""
    return Thing("answer", source, f"{reply_to}\n{author}" if reply_to and author else "")


def page_of(canonical: str) -> Thing:
    """Return by what a page is known, whichever source shows it."""
    return Thing("page", "", canonical)


def _names(rules: SourceRules, event: Posted, canonical: str) -> set[Thing]:
    author = author_key(event.author)
    found = {
        Thing("post", rules.name, event.external_id),
        Thing("author", rules.name, author),
        answer_by(rules.name, event.reply_to, author),
        page_of(canonical),
    }
    if is_ours(rules, event.author):
        found.add(Thing("post", rules.name, event.reply_to))
    return {one for one in found if one.name}


def left_out(
    session: Session, rules: SourceRules, fresh: Sequence[Posted], canonical: Mapping[str, str]
) -> frozenset[str]:
    """Return the external ids of what must not be stored, and count it; so is what bears a name that only we give."""
    posing = {event.external_id for event in fresh if BLANK in (event.external_id + author_key(event.author))}
    named = {event.external_id: _names(rules, event, canonical[event.external_id]) for event in fresh}
    gone = forgotten.among(session, {one for things in named.values() for one in things})
    if not gone:
        return frozenset(posing)
    forgotten.count_again(session, gone)
    return frozenset(posing | {name for name, things in named.items() if things & gone})
