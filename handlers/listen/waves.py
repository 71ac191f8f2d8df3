"""Waves: a batch that holds both sides of a talk is written down in its order, what is answered before its answers."""

from collections.abc import Callable, Sequence

from handlers.base.answers import answered_first
from handlers.base.events import Posted


def waves(fresh: Sequence[Posted], may_be_answered: Callable[[Posted], bool]) -> list[list[Posted]]:
    """Part new posts so that none stands in one wave with another one that it answers; most batches are one wave.

    Args:
        fresh: New posts, in their order, which each wave keeps.
        may_be_answered: Whether the answers to a post depend on what becomes of it.
    """
    depths: dict[str, int] = {}
    for event, above in answered_first(fresh):
        waits = above is not None and may_be_answered(above)
        depths[event.external_id] = depths[event.reply_to] + 1 if waits else 0
    parted: list[list[Posted]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for event in fresh:
        parted[depths[event.external_id]].append(event)
    return parted
