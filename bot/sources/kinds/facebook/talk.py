"""Whom an answer in a thread answers. Facebook does not say: whatever stands there answers the first comment.

So what somebody writes there after a reply of ours to them answers that one; and after a comment of ours of which
nobody here knows whom it was for, as by hand, that. All else answers the first comment. Our latest replies are
remembered, also from one process to the next, as far as the checkpoint has room.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.sources.kit.json import string
from bot.sources.kit.replying import facts_of
from handlers.base.events import Posted

MOST = 60


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """A reply of ours: when, in seconds since 1970, its id, in which thread, and to whom, where that is known."""

    at: float
    name: str
    thread: str
    to: str = ""


class Talk:
    """What our Page said lately, and who answers it.

    Large deliveries are read in a thread of their own, beside polls: so what is looped over is a copy.
    """

    def __init__(self, page: str) -> None:
        """Take the number of our Page; nothing is known yet."""
        self._page = page
        self._said: dict[str, Said] = {}

    def say(self, said: Said) -> None:
        """Remember a reply; to whom it was is not forgotten where it is shown again."""
        known = self._said.pop(said.name, None)
        self._said[said.name] = replace(said, to=said.to or (known.to if known else ""))
        if len(self._said) > MOST:
            self._said.pop(min([*self._said.values()]).name, None)

    def is_to_another(self, name: str, author: str) -> bool:
        """Say whether a reply of ours is known to be to somebody else."""
        known = self._said.get(name)
        return known is not None and known.to not in ("", author)

    def placed(self, posts: Iterable[Posted]) -> Iterator[Posted]:
        """Yield posts, oldest first, with what each answers."""
        for one in sorted(posts, key=_at):
            thread = string(facts_of(one), "thread")
            if thread in ("", one.external_id) or not one.reply_to:
                yield one
            elif one.author.external_id == self._page:
                self.say(Said(_at(one), one.external_id, thread))
                yield one
            else:
                yield replace(one, reply_to=self._answered(one, thread) or one.reply_to)

    def told(self) -> list[list[float | str]]:
        """Return it as JSON, for a checkpoint; the latest last."""
        return [[one.at, one.name, one.thread, one.to] for one in sorted([*self._said.values()])]

    def learn(self, told: object) -> None:
        """Read what ``told`` wrote, beside what is known already."""
        for one in told if isinstance(told, list) else []:
            match one:
                case [float(at), str(name), str(thread), str(to)]:
                    self.say(Said(at, name, thread, to))

    def _answered(self, post: Posted, thread: str) -> str:
        before = [one for one in [*self._said.values()] if one.thread == thread and one.at <= _at(post)]
        theirs = [one for one in before if one.to and one.to == post.author.external_id]
        return max(theirs or [one for one in before if not one.to], default=Said(0, "", "")).name


def _at(post: Posted) -> float:
    return post.published_at.timestamp() if post.published_at else 0.0
