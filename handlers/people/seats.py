"""Seats: a person sees where they sit at the desk, and ends what is elsewhere: a telephone that was lost.

A seat is named by a part of its hash, which opens nothing; its browser says of itself what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from handlers.people.sign_in import digest_of
from storage.engine.database import Session
from storage.people import sessions

OTHERS, ALL = "others", "all"
_NAMED = 16
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One session of a person, as they are shown it; ``here`` is the one that looks."""

    name: str
    browser: str
    since: datetime | None
    until: datetime
    here: bool


def seats(session: Session, person_id: int, token: str, now: datetime) -> list[Seat]:
    """Return the sessions of a person, the newest first."""
    own = digest_of(token)
    return [
        Seat(
            name=one.hash[:_NAMED],
            browser=describe(one.browser),
            since=one.created_at,
            until=one.expires_at,
            here=one.hash == own,
        )
        for one in sessions.of_person(session, person_id, now)
    ]


def end_elsewhere(session: Session, person_id: int, token: str, which: str, now: datetime) -> int:
    """End one session of a person by its name, all others, or all; returns how many ended.

    The one that asks ends with all of them only.
    """
    if which == ALL:
        return sessions.drop_all(session, person_id)
    chosen = list(_chosen(session, person_id, token, which, now))
    for digest in chosen:
        sessions.drop(session, digest)
    if which == OTHERS:
        sessions.drop_links(session, person_id)
    return len(chosen)


def _chosen(session: Session, person_id: int, token: str, which: str, now: datetime) -> Iterator[str]:
    own = digest_of(token)
    for one in sessions.of_person(session, person_id, now):
        if one.hash != own and which in (OTHERS, one.hash[:_NAMED]):
            yield one.hash


def describe(browser: str) -> str:
    """Say what a browser and its machine are called, of what it says of itself; a stranger's words are not shown."""
    name = next((said for mark, said in _BROWSERS if mark in browser), "")
    system = next((said for mark, said in _SYSTEMS if re.search(rf"\b{mark}\b", browser)), "")
    return " on ".join(filter(None, (name, system))) or "a browser"
