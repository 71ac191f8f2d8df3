"""The tree of a query, and when it holds: of what was found, in one look at each of its leaves at most.

A leaf is a number (of what the automaton may find), so a tree holds or not by set arithmetic alone. Each tree knows a
few leaves of which one has to be found before it can hold at all (``watch``): only trees that are called upon so are
looked at, so that ten thousand queries cost what the few cost whose words stand in a post. A tree without such leaves
would hold for everything else, and is refused when it is read.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

Found = Collection[int]
# What it costs to be called upon by a leaf: how many are, by how often.
Cost = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Watch:
    """Leaves of which one is found whenever a tree holds."""

    cost: int
    leaves: frozenset[int]


class Leaf:
    """One thing to be found; ``text`` is how the query writes it."""

    __slots__ = ("number", "text")

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = text

    def holds(self, found: Found) -> bool:
        """Tell whether it was found."""
        return self.number in found

    def reasons(self, found: Found, wanted: bool = True) -> list[str]:
        """Return why a tree holds, or, where that is not ``wanted``, why it does not: the leaves that were found."""
        return [self.text] if wanted else []

    def watch(self, cost: Cost, wanted: bool = True) -> Watch | None:
        """Return leaves of which one is found whenever this holds (or, not ``wanted``, does not); None = none."""
        return Watch(cost(self.number), frozenset({self.number})) if wanted else None


class Not:
    """What must not hold; ``at`` is where the query says so."""

    __slots__ = ("at", "node")

    def __init__(self, node: "Node", at: int = 0) -> None:
        self.node = node
        self.at = at

    def holds(self, found: Found) -> bool:
        """Tell whether it does not hold."""
        return not self.node.holds(found)

    def reasons(self, found: Found, wanted: bool = True) -> list[str]:
        """As ``Leaf.reasons``."""
        return self.node.reasons(found, not wanted)

    def watch(self, cost: Cost, wanted: bool = True) -> Watch | None:
        """As ``Leaf.watch``."""
        return self.node.watch(cost, not wanted)


class _Several:
    """Some trees of one level; leaves stand apart, since most levels have nothing else, and sets are quick."""

    __slots__ = ("leaves", "nodes", "others")

    def __init__(self, nodes: "Iterable[Node]") -> None:
        self.nodes = tuple(nodes)
        self.leaves = frozenset(node.number for node in self.nodes if isinstance(node, Leaf))
        self.others = tuple(node for node in self.nodes if not isinstance(node, Leaf))

    def _all(self, found: Found, wanted: bool) -> list[str]:
        told: list[str] = []
        for node in self.nodes:
            told += node.reasons(found, wanted)
        return told

    def _those(self, found: Found, wanted: bool) -> list[str]:
        told: list[str] = []
        for node in self.nodes:
            if not isinstance(node, Leaf):
                if node.holds(found) is wanted:
                    told += node.reasons(found, wanted)
            elif wanted and node.number in found:
                told.append(node.text)
        return told

    def _each(self, cost: Cost, wanted: bool) -> Watch | None:
        """Any of them may be the one that makes it so: all have to be watched."""
        found = [node.watch(cost, wanted) for node in self.nodes]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        return Watch(sum(one.cost for one in known), frozenset().union(*(one.leaves for one in known)))

    def _cheapest(self, cost: Cost, wanted: bool) -> Watch | None:
        """All of them are so: the one that calls least often will do."""
        found = (node.watch(cost, wanted) for node in self.nodes)
        return min((one for one in found if one is not None), key=lambda one: one.cost, default=None)


class And(_Several):
    """What must all hold."""

    __slots__ = ()

    def holds(self, found: Found) -> bool:
        """Tell whether all hold."""
        return self.leaves.issubset(found) and (not self.others or all(node.holds(found) for node in self.others))

    def reasons(self, found: Found, wanted: bool = True) -> list[str]:
        """As ``Leaf.reasons``."""
        return self._all(found, wanted) if wanted else self._those(found, wanted)

    def watch(self, cost: Cost, wanted: bool = True) -> Watch | None:
        """As ``Leaf.watch``."""
        return self._cheapest(cost, wanted) if wanted else self._each(cost, wanted)


class Or(_Several):
    """What one of must hold."""

    __slots__ = ()

    def holds(self, found: Found) -> bool:
        """Tell whether one holds."""
        if not self.leaves.isdisjoint(found):
            return True
        return bool(self.others) and any(node.holds(found) for node in self.others)

    def reasons(self, found: Found, wanted: bool = True) -> list[str]:
        """As ``Leaf.reasons``."""
        return self._those(found, wanted) if wanted else self._all(found, wanted)

    def watch(self, cost: Cost, wanted: bool = True) -> Watch | None:
        """As ``Leaf.watch``."""
        return self._each(cost, wanted) if wanted else self._cheapest(cost, wanted)


Node = Leaf | Not | And | Or


def lonely(node: Node, wanted: bool = True) -> int:
    """Return where a tree that nothing has to be found for says NOT alone."""
    if isinstance(node, Not):
        return node.at
    if isinstance(node, Leaf):
        return 0
    return next((lonely(one, wanted) for one in node.nodes if one.watch(lambda _: 0, wanted) is None), 0)


def spelt(node: Node) -> str:
    """Write a tree with every operator and bracket that it means, for whoever wants to see how it was read."""
    if isinstance(node, Leaf):
        return f'"{node.text}"' if " " in node.text and node.text[-1] not in '"`' else node.text
    if isinstance(node, Not):
        return f"NOT {_within(node.node)}"
    return (" AND " if isinstance(node, And) else " OR ").join(map(_within, node.nodes))


def _within(node: Node) -> str:
    return f"({spelt(node)})" if isinstance(node, _Several) else spelt(node)
