"""Which threads are watched: those in which something was said last, however old they are.

The list of a channel's threads is ordered by their first comments, so an answer in an old thread moves nothing in it.
Of each watched thread it is kept how many answers stood there: where that has changed, all of them are asked for. A
thread that is not shown twice in a row is gone; once may be a trouble of YouTube's.
"""

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

    threads: dict[str, list[int]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    turn: int = 0

    def has_grown(self, thread_id: str, count: int, latest: float) -> bool:
        """Say whether something happened in a thread, and note it; a new one counts as that, too."""
        self.missed = [one for one in self.missed if one != thread_id]
        grown = self.threads.get(thread_id, [_UNREAD])[0] != count
        if grown and len(thread_id) <= _LONGEST_ID:
            self.threads[thread_id] = [count, int(latest)]
        return grown

    def put_off(self, thread_id: str) -> None:
        """Note that what happened in a thread is still to be asked for."""
        if thread_id in self.threads:
            self.threads[thread_id][0] = _UNREAD

    def next(self, most: int) -> list[str]:
        """Return the threads whose turn it is to be looked at."""
        found = list(self.threads)[self.turn : self.turn + most]
        self.turn = self.turn + most if self.turn + most < len(self.threads) else 0
        return found

    def is_gone(self, thread_id: str) -> bool:
        """Note that a thread was not shown; say whether it is gone, and forget it then."""
        if thread_id not in self.missed:
            self.missed.append(thread_id)
            return False
        self.missed.remove(thread_id)
        self.threads.pop(thread_id, None)
        return True

    def latest(self) -> "Watch":
        """Return what a checkpoint keeps."""
        latest = sorted(self.threads, key=lambda one: self.threads[one][1])[-MOST:]
        threads = {name: two for name, two in self.threads.items() if name in set(latest)}
        return Watch(threads, [one for one in self.missed if one in threads], self.turn)
