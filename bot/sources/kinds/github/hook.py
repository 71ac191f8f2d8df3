"""What GitHub posts to a hook: a ring at the door, with something in its hand.

Only the body is signed, not the headers that name the event and the delivery: so what a delivery is follows from its
body, and it is known by that when it comes again. Deliveries come in any order and are never sent again by themselves,
so what rings is asked for, too. What is new of an issue or a discussion is taken at once: the poll that follows reads
again whatever changed in the last minutes, so the newest words stand in the end. A comment rings only, since whom it
answers follows from what stands above it. What is gone is said here alone.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.sources.kinds.github.posts import PULLS, is_public, read_address, read_thing
from bot.sources.kit.build import deleted, iso_moment
from bot.sources.kit.fields import inside
from bot.sources.kit.json import mapping, string
from handlers.base.events import Event

# What is older than this was caught and played again, or comes so late that a poll has long been there.
FRESH = timedelta(minutes=10)
_WRITTEN = frozenset({"opened", "created", "edited", "reopened"})
# With the second, where it stands now is told, too.
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
        moved = _is_heard(inside(payload, "changes.new_repository"), repositories)
        new = read_thing(inside(payload, f"changes.new_{topic}"), us) if moved else None
        return [deleted(at.name), *filter(None, [new])], False
    changed = iso_moment(string(about, "updated_at"))
    if action not in _WRITTEN or changed is None or abs(now - changed) > FRESH:
        return [], False
    new = None if at.comment else read_thing(about, us)
    return [*filter(None, [new])], True


def _is_heard(repository: Thing, repositories: Collection[str]) -> bool:
    """Say whether a repository is one that we hear, and everybody may read."""
    return is_public(repository) and string(repository, "full_name").casefold() in repositories
