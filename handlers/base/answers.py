"""Answers: posts that answer each other, walked so that what is answered comes before its answers."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar


class Answering(Protocol):
    """A post that may answer another one of the same source."""

    @property
    def external_id(self) -> str:
        """By what it is known."""
        ...

    @property
    def reply_to(self) -> str:
        """The external id of what it answers, or empty."""
        ...


P = TypeVar("P", bound=Answering)


def answered_first(posts: Sequence[P]) -> Iterator[tuple[P, P | None]]:
    """Yield posts with what each answers, where that is among them and was yielded already.

    For each post in turn, whatever it answers comes first, from above down to it. A post whose answer came before it is
    yielded once more in its own turn, and names may go in a circle: what counts is the last time.
    """
    by_name = {one.external_id: one for one in posts}
    placed: set[int] = set()
    for post in posts:
        chain = {id(post): post}
        above = by_name.get(post.reply_to)
        # Up to what is placed already, or answers nothing that we know.
        while above is not None and id(above) not in placed and id(above) not in chain:
            chain[id(above)] = above
            above = by_name.get(above.reply_to)
        for one in reversed(chain.values()):
            above = by_name.get(one.reply_to)
            yield one, above if above is not None and id(above) in placed else None
            placed.add(id(one))
