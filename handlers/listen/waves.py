"""Waves: a batch that holds both sides of a talk is written down in its order, what is answered before its answers."""

from collections.abc import Callable, Sequence

from handlers.base.events import Posted


def waves(fresh: Sequence[Posted], may_be_answered: Callable[[Posted], bool]) -> list[list[Posted]]:
    """Part new posts so that none stands in one wave with another one that it answers; most batches are one wave.

    Args:
        fresh: New posts, in their order, which each wave keeps.
        may_be_answered: Whether the answers to a post depend on what becomes of it.
    """
    by_name = {event.external_id: event for event in fresh}
    depths: dict[str, int] = {}
    for event in fresh:
        chain = {event.external_id: event}
        above = by_name.get(event.reply_to)
        # Up to what is placed already, or answers nothing of this batch; names may go in a circle.
        while above is not None and above.external_id not in depths and above.external_id not in chain:
            chain[above.external_id] = above
            above = by_name.get(above.reply_to)
        for one in reversed(chain.values()):
            above = by_name.get(one.reply_to)
            waits = above is not None and above.external_id in depths and may_be_answered(above)
            depths[one.external_id] = depths[one.reply_to] + 1 if waits else 0
    parted: list[list[Posted]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for event in fresh:
        parted[depths[event.external_id]].append(event)
    return parted
