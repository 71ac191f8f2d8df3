"""One page under two names: a post of Bluesky, whose address holds its author's handle or their did.

People and tools copy the handle, which may change; our own addresses hold the did, which stays, and a stream tells no
handle at all. Which handle is whose is told by a view, with the post, and kept with its author. So an address is
compared under its other name too, where that is known; a record key alone names nothing, for anybody may choose one.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from handlers.base.events import Posted
from storage.engine.database import Session
from storage.listen import posts

_PAGE = re.compile(r"https://bsky\.app/profile/([^/]+)/post/([^/?#]+)")
_COLON = re.compile("%3a", re.IGNORECASE)


def other_names(session: Session, fresh: Sequence[Posted], canonical: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the other canonical addresses of posts that just came, by external id; most have none."""
    told = {one.external_id: _told(one, canonical[one.external_id]) for one in fresh}
    known = other_addresses(session, [canonical[one] for one in told if not told[one]])
    return {one: told[one] or known.get(canonical[one], ()) for one in told}


def other_addresses(session: Session, canonical: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return under which other canonical addresses the same pages are known, by what is known of their authors."""
    pages = {url: found for url in canonical if (found := _PAGE.fullmatch(url))}
    handles = {found[1].lower() for found in pages.values() if "." in found[1] and ":" not in found[1]}
    dids = posts.named_by_handle(session, handles) if handles else {}
    return {
        url: tuple(_page(one, found[2]) for one in _names(found[1], dids) if _page(one, found[2]) != url)
        for url, found in pages.items()
    }


def _names(actor: str, dids: Mapping[str, Collection[str]]) -> list[str]:
    plain = _COLON.sub(":", actor)
    return list(dict.fromkeys([plain, plain.lower(), *dids.get(plain.lower(), ())]))


def _told(post: Posted, canonical: str) -> tuple[str, ...]:
    """Return the address by the handle that came with a post, where its own holds the did of the same author."""
    found = _PAGE.fullmatch(canonical)
    handle = post.author.handle.removeprefix("@").lower()
    if not found or not handle or _COLON.sub(":", found[1]) != post.author.external_id:
        return ()
    return (_page(handle, found[2]),)


def _page(actor: str, key: str) -> str:
    return f"https://bsky.app/profile/{actor}/post/{key}"
