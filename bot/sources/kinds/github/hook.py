"""What GitHub posts to a hook: a ring at the door, with something in its hand.

Only the body is signed, not the headers that name the event and the delivery: so what a delivery is follows from its
body, and it is known by that when it comes again. Deliveries come in any order and are never sent again by themselves,
so what rings is asked for, too. What is new of an issue or a discussion is taken at once: the poll that follows reads
again whatever changed in the last minutes, so the newest words stand in the end. A comment rings only, since whom it
answers follows from what stands above it. What is gone is said here alone.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.sources.kinds.github.posts import PULLS, is_public, read_address, read_thing
from bot.sources.kit.build import deleted, iso_moment
from bot.sources.kit.json import mapping, string
from handlers.base.events import Event

# What is older than this was caught and played again, or comes so late that a poll has long been there.
FRESH = timedelta(minutes=10)
_WRITTEN = frozenset({"opened", "created", "edited", "reopened"})
_GONE = frozenset({"deleted", "transferred"})
_PLACES = ("issue", "discussion")

Thing = Mapping[str, Any]


def read_delivery(
    payload: Thing, us: str, repositories: Collection[str], *, pulls: bool, now: datetime
) -> tuple[list[Event], bool]:
    """Return what a delivery says, and whether it rings; nothing for what was not asked for.

    Args:
        payload: What was signed.
        us: Our account.
        repositories: Those that are heard, in lower case.
        pulls: Whether pull requests are heard.
        now: This moment.
    """
    action, topic = string(payload, "action"), next((one for one in _PLACES if one in payload), "")
    about = mapping(payload.get("comment")) or mapping(payload.get(topic))
    at = read_address(string(about, "html_url"))
    heard = _is_heard(mapping(payload.get("repository")), repositories)
    if at is None or not heard or (not pulls and (at.kind == PULLS or "pull_request" in mapping(payload.get(topic)))):
        return [], False
    if action in _GONE:
        moved = _moved(payload, us, repositories, topic) if action == "transferred" else ()
        return [deleted(at.name), *moved], False
    changed = iso_moment(string(about, "updated_at"))
    if action not in _WRITTEN or changed is None or abs(now - changed) > FRESH:
        return [], False
    new = None if at.comment else _read(about, us, topic)
    return [new] if new is not None else [], True


def _is_heard(repository: Thing, repositories: Collection[str]) -> bool:
    """Say whether a repository is one that we hear, and everybody may read."""
    return is_public(repository) and string(repository, "full_name").casefold() in repositories


def _moved(payload: Thing, us: str, repositories: Collection[str], topic: str) -> Iterator[Event]:
    """Yield where it stands now, if we hear that place."""
    changes = mapping(payload.get("changes"))
    new = _read(mapping(changes.get(f"new_{topic}")), us, topic)
    if new is not None and _is_heard(mapping(changes.get("new_repository")), repositories):
        yield new


def _read(thing: Thing, us: str, topic: str) -> Event | None:
    return read_thing(thing, us, discussion=string(thing, "node_id") if topic == "discussion" else "")
