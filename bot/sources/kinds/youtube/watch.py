"""Which threads are watched: those in which something was said last, however old they are.

The list of a channel's threads is ordered by their first comments, so an answer in an old thread moves nothing in it.
Of each watched thread it is kept how many answers stood there: where that has changed, all of them are asked for. A
thread that is not shown twice in a row is gone; once may be a trouble of YouTube's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# About fifty characters each; a checkpoint has ten thousand.
MOST = 100
_LONGEST_ID = 40
_UNREAD = -1


@dataclass(slots=True)
class Watch:
    """The watched threads.

    Attributes:
        threads: How many answers stood in each, and when something was said there last, in seconds since 1970.
        missed: Those that were not shown when they were last asked for.
        turn: Where the next look begins.
    """

    threads: dict[str, tuple[int, int]] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    turn: int = 0

    def has_grown(self, thread_id: str, count: int, latest: float) -> bool:
        """Say whether something happened in a thread, and note it; a new one counts as that, too."""
        self.missed.discard(thread_id)
        grown = self.threads.get(thread_id, (_UNREAD, 0))[0] != count
        if grown and len(thread_id) <= _LONGEST_ID:
            self.threads[thread_id] = (count, int(latest))
        return grown

    def put_off(self, thread_id: str) -> None:
        """Note that what happened in a thread is still to be asked for."""
        if thread_id in self.threads:
            self.threads[thread_id] = (_UNREAD, self.threads[thread_id][1])

    def next(self, most: int) -> list[str]:
        """Return the threads whose turn it is to be looked at."""
        ids = list(self.threads)
        found = ids[self.turn : self.turn + most]
        self.turn = self.turn + most if self.turn + most < len(ids) else 0
        return found

    def is_gone(self, thread_id: str) -> bool:
        """Note that a thread was not shown; say whether it is gone, and forget it then."""
        if thread_id not in self.missed:
            self.missed.add(thread_id)
            return False
        self.missed.discard(thread_id)
        self.threads.pop(thread_id, None)
        return True

    def told(self) -> Mapping[str, object]:
        """Return what a checkpoint keeps."""
        latest = set(sorted(self.threads, key=lambda one: self.threads[one][1])[-MOST:])
        kept = {name: two for name, two in self.threads.items() if name in latest}
        return {"threads": kept, "missed": [one for one in self.missed if one in kept], "turn": self.turn}


def read_watch(told: Mapping[str, object]) -> Watch:
    """Read what a checkpoint keeps; what is not ours is none."""
    threads, missed, turn = told.get("threads"), told.get("missed"), told.get("turn")
    return Watch(
        {name: (two[0], two[1]) for name, two in threads.items() if _is_ours(two)} if isinstance(threads, dict) else {},
        {one for one in missed if isinstance(one, str)} if isinstance(missed, list) else set(),
        turn if type(turn) is int and turn >= 0 else 0,
    )


def _is_ours(two: object) -> bool:
    return isinstance(two, list) and len(two) == 2 and all(type(one) is int for one in two)
