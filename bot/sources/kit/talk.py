"""Talk: whom somebody answers in a row of comments, where the network does not say (Facebook, GitHub).

All that stands in such a row answers what it stands below, as its network has it. So what somebody writes there after
a reply of ours to them answers that one; and after a comment of ours of which nobody here knows whom it was for, as by
hand, that. All else answers what the row stands below. Our latest replies are remembered, also from one process to the
next, as far as a checkpoint has room. Where rows say more, ``bot.sources.kit.rows`` tells whom a comment answers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.sources.base import Batch
from bot.sources.kit.json import string
from bot.sources.kit.remembered import fitting, old_news
from bot.sources.kit.replying import facts_of
from handlers.base.events import Event, Posted

MOST = 300
# Under this name it stands in a checkpoint, which has 10,000 characters.
SAID, ROOM = "said", 9_500


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """A reply of ours: its place in the order of its row, its id, that row, and to whom, where that is known."""

    at: float
    name: str
    row: str
    to: str = ""


def written_at(post: Posted) -> float:
    """Return when a post was written, in seconds since 1970; 0 where it does not say."""
    return post.published_at.timestamp() if post.published_at else 0.0


class Talk:
    """What our account said lately, and who answers it.

    Large deliveries are read in a thread of their own, beside polls: so what is looped over is a copy.
    """

    def __init__(
        self, row: str, is_ours: Callable[[Posted], bool], order: Callable[[Posted], float] = written_at
    ) -> None:
        """Take how comments are told from each other; nothing is known yet.

        Args:
            row: The fact that names in which row a comment stands. Another one, ``to``, says whom one of ours answers.
            is_ours: Whether our account wrote it.
            order: In which order the comments of a row stand.
        """
        self._fact = row
        self._is_ours = is_ours
        self._order = order
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

    def placed(self, events: Iterable[Event]) -> list[Event]:
        """Return events with what each comment answers."""
        told = list(events)
        comments = sorted((one for one in told if isinstance(one, Posted) and self._row(one)), key=self._order)
        answered = {one.external_id: self._answered(one) for one in comments}
        return [
            replace(one, reply_to=answered[one.external_id])
            if isinstance(one, Posted) and one.external_id in answered
            else one
            for one in told
        ]

    def batch(self, events: Iterable[Event], kept: Mapping[str, object], *, more: bool, began: float) -> Batch:
        """Return what a poll brought, with what was said as far as its checkpoint has room for that.

        Args:
            events: Oldest first.
            kept: What else the checkpoint holds.
            more: There is more to fetch at once.
            began: When we first listened, in seconds since 1970.
        """
        brought = tuple(events)
        checkpoint = fitting(ROOM, lambda said: {**kept, SAID: said}, self.told())
        return Batch(events=brought, checkpoint=checkpoint, more=more, stale=old_news(brought, began))

    def told(self) -> list[list[float | str]]:
        """Return it as JSON, for a checkpoint; the latest last."""
        return [[one.at, one.name, one.row, one.to] for one in sorted([*self._said.values()])]

    def learn(self, stored: Mapping[str, Any]) -> None:
        """Read what a checkpoint says of it, beside what is known already."""
        told = stored.get(SAID)
        for one in told if isinstance(told, list) else []:
            match one:
                case [float(at), str(name), str(row), str(to)]:
                    self.say(Said(at, name, row, to))

    def _row(self, comment: Posted) -> str:
        """Return in which row a comment stands; empty for what is none, and for the one with which a row begins."""
        row = string(facts_of(comment), self._fact)
        return row if comment.reply_to and row != comment.external_id else ""

    def _answered(self, comment: Posted) -> str:
        row, at = self._row(comment), float(self._order(comment))
        if self._is_ours(comment):
            self.say(Said(at, comment.external_id, row, string(facts_of(comment), "to")))
            return comment.reply_to
        before = [one for one in [*self._said.values()] if one.row == row and one.at <= at]
        theirs = [one for one in before if one.to and one.to == comment.author.external_id]
        latest = max(theirs or [one for one in before if not one.to], default=None)
        return latest.name if latest else comment.reply_to
