"""Own words: a reply is found again by its words, where nothing else tells it from what our account wrote there before.

Just before the send it is kept which answers of ours stand there, and how late it is there by the clock of the network.
Afterwards a reply of ours counts that is none of these, is no older, and reads as what was sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.sources.kit.replying import words

ThingT = TypeVar("ThingT")

KNOWN, AFTER = "known", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords(Generic[ThingT]):
    """How what stands there is read.

    Attributes:
        name: Returns by what a thing is known; empty where it has no name.
        at: Returns when it was written, in a unit of the network's.
        says: Returns what it says.
        skew: By so much the clocks of two of the network's machines may differ, in that unit.
        most: So many of our answers from before the send are told apart from it, the latest.
        reads: Returns a text as it compares.
    """

    name: Callable[[ThingT], str]
    at: Callable[[ThingT], float]
    says: Callable[[ThingT], str]
    skew: float
    most: int = 50
    reads: Callable[[str], str] = words

    def kept(self, answered: ThingT, ours: Sequence[ThingT], others: Iterable[ThingT] = ()) -> dict[str, object]:
        """Return what a look keeps for the one after the send.

        Args:
            answered: The post that is answered.
            ours: What our account wrote there.
            others: What else is seen to stand there.
        """
        latest = sorted(ours, key=self.at)[-self.most :]
        now = max(map(self.at, [answered, *ours, *others]))
        return {KNOWN: [name for one in latest if (name := self.name(one))], AFTER: now - self.skew}

    def later(self, answered: ThingT, ours: Iterable[ThingT]) -> list[ThingT]:
        """Return those that may answer a post, the latest first; what stands there longer than that answers another."""
        found = [one for one in ours if self.name(one) and self.at(one) >= self.at(answered)]
        return sorted(found, key=self.at, reverse=True)

    def sent(self, text: str, kept: Mapping[str, Any], ours: Iterable[ThingT]) -> ThingT | None:
        """Return the reply that was sent; None where it is not among what our account wrote there."""
        for one in ours:
            fresh = self.name(one) and self.name(one) not in kept[KNOWN] and self.at(one) >= kept[AFTER]
            if fresh and self.reads(self.says(one)) == self.reads(text):
                return one
        return None
