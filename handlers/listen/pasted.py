"""Pasted: a post that a person names by its address, and what we know of it before anybody fetches it.

What an address leads to is fetched only by the source that knows it (``bot.sources.lookup``); an address of anywhere
else is kept and linked, and never fetched.
"""

from dataclasses import dataclass
from hashlib import sha256

from handlers.base.command import PostCommand
from handlers.base.errors import NotAllowed, WrongInput
from handlers.base.events import Found, Posted
from handlers.base.organisation import Organisation
from handlers.listen.one_page import other_addresses
from handlers.people.people import require_employee
from handlers.text.addresses import read_web_address
from handlers.text.bounds import MAX_ID, MAX_URL
from handlers.text.urls import canonical_url
from storage.engine.database import Session
from storage.listen import posts
from storage.listen.posts import PostRow
from storage.own import mentions
from storage.own.mentions import MentionRow

# The source of a post that no source showed us.
PASTED = "pasted"
WHICH = "Which post? Paste its address, which begins with https:// or http://."


def read_address(url: str) -> str:
    """Return the address of a page as it was pasted, without what people leave around it.

    One that shows one host and leads to another ("https://acme.example@evil.example") is nothing to link.

    Raises:
        WrongInput: It is none.
    """
    address = url.strip().strip("<>")
    opened = read_web_address(address)
    if opened is None or opened.port == 0 or len(address) > MAX_URL or not _plain(address):
        raise WrongInput(WHICH, {"url": WHICH})
    return address


def _plain(address: str) -> bool:
    authority = address.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    return "@" not in authority and not any(
        letter.isspace() or not letter.isprintable() or letter in '<>"`|\\' for letter in address
    )


def is_news(session: Session, organisation: Organisation, asked: PostCommand) -> bool:
    """Say whether it is worth fetching: an employee asks, for an address that we do not know."""
    try:
        if asked.who is not None:
            require_employee(session, asked.who, organisation)
        url = read_address(asked.url)
    except (NotAllowed, WrongInput):
        return False
    return find_standing(session, url, None) is None and known_post(session, url, None) is None


def find_standing(session: Session, url: str, found: Found | None) -> MentionRow | None:
    """Return the mention that shows this post already, whichever source brought it."""
    pages = [page for address in (url, found.posted.url if found else "") if (page := canonical_url(address))]
    others = other_addresses(session, pages)
    for page in (name for one in pages for name in (one, *others.get(one, ()))):
        if (row := mentions.by_url(session, page)) is not None:
            return row
    for source, external_id in _names(url, found):
        known = posts.known(session, source, [external_id]).get(external_id)
        if known is not None and known.mention_id is not None:
            return mentions.get(session, known.mention_id)
    return None


def _names(url: str, found: Found | None) -> list[tuple[str, str]]:
    pasted = [(PASTED, pasted_id(url))]
    return [(found.source, found.posted.external_id), *pasted] if found else pasted


def pasted_id(url: str) -> str:
    """Return the name of a pasted post: its address, in the one form that can be compared where it has one."""
    name = canonical_url(url) or url
    return name if len(name) <= MAX_ID else "sha256:" + sha256(name.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPost:
    """A post that we have, but that is no mention: it stood there before we listened, or is ours."""

    id: int
    source: str
    role: str
    posted: Posted


def known_post(session: Session, url: str, found: Found | None) -> KnownPost | None:
    """Return what we have of this post, where it is no mention."""
    if found is not None:
        external_id = found.posted.external_id
        row = posts.known(session, found.source, [external_id]).get(external_id)
        if row is not None:
            return _as_known(row, found.source, found.posted)
    for address in (url, found.posted.url if found else ""):
        canonical = canonical_url(address)
        kept = posts.before_us(session, canonical) if canonical else None
        if kept is not None:
            source, row = kept
            stored = Posted(external_id=row.external_id, url=url, title=row.title, text=row.text)
            return _as_known(row, source, found.posted if found else stored)
    return None


def _as_known(row: PostRow, source: str, posted: Posted) -> KnownPost:
    return KnownPost(id=row.id, source=source, role=row.role, posted=posted)
